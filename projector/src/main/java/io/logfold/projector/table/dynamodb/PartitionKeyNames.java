package io.logfold.projector.table.dynamodb;

import io.logfold.api.Bytes;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Where the registry keeps the name of a partition key, so that names come back in order. A sort key of DynamoDB ends
 * at 1,024 bytes and a partition key at 1,536; so a long one lies one level deeper, in a group of its first 1,000
 * bytes, and a node on the first level points there.
 *
 * <pre>
 *   Group                       Name
 *   keys/P                      partition key of 1 to 1,000 bytes
 *   keys/P                      1,000 bytes and 0x00: a node. 1,001 bytes long, as nothing else is
 *   keys/P/ and 1,000 bytes     the rest of a partition key of 1,001 to 1,536 bytes
 * </pre>
 */
final class PartitionKeyNames {
  private static final int SPLIT = 1_000;

  private PartitionKeyNames() {}

  static boolean isLong(Bytes partitionKey) {
    return partitionKey.size() > SPLIT;
  }

  static Map<String, AttributeValue> item(int partition, Bytes partitionKey) {
    return isLong(partitionKey)
        ? Items.groupKey(below(partition, head(partitionKey)), rest(partitionKey))
        : Items.groupKey(top(partition), partitionKey);
  }

  static Map<String, AttributeValue> nodeItem(int partition, Bytes longPartitionKey) {
    return Items.groupKey(top(partition), node(longPartitionKey));
  }

  static Bytes top(int partition) {
    return Bytes.utf8("keys/" + partition);
  }

  static Bytes below(int partition, Bytes head) {
    return concat(Bytes.utf8("keys/" + partition + "/"), head);
  }

  static Bytes node(Bytes longPartitionKey) {
    return head(longPartitionKey).successor();
  }

  /** The head that a name on the first level points to, where it is a node. */
  static Optional<Bytes> headOfNode(Bytes name) {
    return name.size() == SPLIT + 1 ? Optional.of(head(name)) : Optional.empty();
  }

  static Bytes head(Bytes partitionKey) {
    return Bytes.wrap(Arrays.copyOf(partitionKey.unsafeArray(), SPLIT));
  }

  static Bytes rest(Bytes longPartitionKey) {
    return Bytes.wrap(Arrays.copyOfRange(longPartitionKey.unsafeArray(), SPLIT, longPartitionKey.size()));
  }

  static Bytes concat(Bytes first, Bytes second) {
    byte[] both = Arrays.copyOf(first.unsafeArray(), first.size() + second.size());
    System.arraycopy(second.unsafeArray(), 0, both, first.size(), second.size());
    return Bytes.wrap(both);
  }
}
