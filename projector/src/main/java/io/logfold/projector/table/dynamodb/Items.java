package io.logfold.projector.table.dynamodb;

import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.log.CheckpointCodec;
import io.logfold.log.FoldState;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The items of both tables.
 *
 * <pre>
 *   TABLE              PartitionKey (B)     ItemKey (B)   ItemValue (B), Revision (N)
 *   TABLE_checkpoints  Group (B)            Name (B)
 *                      "meta"               "-"           Schema, Store, Partitions, RowsTableId
 *                      "checkpoint/P"       "-"           Position, Lsn, Hash, Record, Batch
 *                      "tail/P"             "-"           Position, Hash, Names: the rows of the last batch
 *                      "keys/P", ...        ...           see {@link PartitionKeyNames}
 * </pre>
 *
 * <p>The largest row: partition key 1,536, key 1,024, value 399,360, revision at most 12, and 36 for the names of the
 * attributes are 401,968 bytes of the 409,600 that DynamoDB allows.
 */
final class Items {
  static final String PARTITION_KEY = "PartitionKey";
  static final String ITEM_KEY = "ItemKey";
  static final String ITEM_VALUE = "ItemValue";
  static final String REVISION = "Revision";

  static final String GROUP = "Group";
  static final String NAME = "Name";
  static final String POSITION = "Position";
  static final String LSN = "Lsn";
  static final String HASH = "Hash";
  static final String RECORD = "Record";
  static final String BATCH = "Batch";
  static final String NAMES = "Names";

  private static final Bytes ONLY = Bytes.utf8("-");

  private Items() {}

  static AttributeValue b(Bytes bytes) {
    return AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(bytes.unsafeArray()));
  }

  static AttributeValue n(long number) {
    return AttributeValue.fromN(Long.toString(number));
  }

  static Bytes bytes(Map<String, AttributeValue> item, String attribute) {
    return Bytes.wrap(attribute(item, attribute).b().asByteArrayUnsafe());
  }

  static long number(Map<String, AttributeValue> item, String attribute) {
    return Long.parseLong(attribute(item, attribute).n());
  }

  static String text(Map<String, AttributeValue> item, String attribute) {
    AttributeValue value = item.get(attribute);
    return value == null || value.s() == null ? "" : value.s();
  }

  static Map<String, AttributeValue> rowKey(Bytes partitionKey, Bytes key) {
    return Map.of(PARTITION_KEY, b(partitionKey), ITEM_KEY, b(key));
  }

  static Map<String, AttributeValue> row(RowChange change, Bytes value) {
    return Map.of(PARTITION_KEY, b(change.partitionKey()), ITEM_KEY, b(change.key()), ITEM_VALUE, b(value),
        REVISION, n(change.revision()));
  }

  static Row row(Map<String, AttributeValue> item, boolean keyOnly) {
    return new Row(bytes(item, ITEM_KEY), keyOnly ? Bytes.EMPTY : bytes(item, ITEM_VALUE), number(item, REVISION));
  }

  static Map<String, AttributeValue> groupKey(Bytes group, Bytes name) {
    return Map.of(GROUP, b(group), NAME, b(name));
  }

  static Map<String, AttributeValue> metaKey() {
    return groupKey(Bytes.utf8("meta"), ONLY);
  }

  static Map<String, AttributeValue> checkpointKey(int partition) {
    return groupKey(Bytes.utf8("checkpoint/" + partition), ONLY);
  }

  static Map<String, AttributeValue> tailKey(int partition) {
    return groupKey(Bytes.utf8("tail/" + partition), ONLY);
  }

  /** @param batch names the one apply that writes it */
  static Map<String, AttributeValue> checkpoint(int partition, Checkpoint checkpoint, String batch) {
    FoldState at = checkpoint.at();
    Map<String, AttributeValue> key = checkpointKey(partition);
    return Map.of(GROUP, attribute(key, GROUP), NAME, attribute(key, NAME), POSITION, n(at.position()),
        LSN, n(at.lsn()), HASH, b(at.hash().bytes()), RECORD, b(CheckpointCodec.encode(checkpoint)),
        BATCH, AttributeValue.fromS(batch));
  }

  static Map<String, AttributeValue> tail(int partition, Checkpoint checkpoint, Bytes names) {
    Map<String, AttributeValue> key = tailKey(partition);
    return Map.of(GROUP, attribute(key, GROUP), NAME, attribute(key, NAME), POSITION, n(checkpoint.at().position()),
        HASH, b(checkpoint.at().hash().bytes()), NAMES, b(names));
  }

  /** @param item empty, or null, where there is none: nothing was applied yet */
  static Checkpoint checkpoint(@Nullable Map<String, AttributeValue> item, String store, int partition) {
    return item == null || item.isEmpty()
        ? Checkpoint.empty(store, partition)
        : CheckpointCodec.decode(bytes(item, RECORD));
  }

  static AttributeValue attribute(Map<String, AttributeValue> item, String name) {
    return Optional.ofNullable(item.get(name)).orElseThrow(() -> new IllegalArgumentException(
        "an item has no attribute " + name + ": something else than Logfold writes to this table"));
  }
}
