package io.logfold.projector.table.dynamodb;

import io.logfold.api.Bytes;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.RowId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Names of a batch's rows as bytes: for each the lengths of partition key and key (2 bytes each), and both. */
final class BatchNames {
  private BatchNames() {}

  static Bytes encode(List<RowChange> changes) {
    int size = changes.stream().mapToInt(each -> 4 + each.partitionKey().size() + each.key().size()).sum();
    ByteBuffer out = ByteBuffer.allocate(size);
    for (RowChange change : changes) {
      out.putShort((short) change.partitionKey().size()).putShort((short) change.key().size())
          .put(change.partitionKey().unsafeArray()).put(change.key().unsafeArray());
    }
    return Bytes.wrap(out.array());
  }

  static List<RowId> decode(Bytes names) {
    List<RowId> rows = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(names.unsafeArray());
    while (in.hasRemaining()) {
      byte[] partitionKey = new byte[in.getShort()];
      byte[] key = new byte[in.getShort()];
      in.get(partitionKey).get(key);
      rows.add(new RowId(Bytes.wrap(partitionKey), Bytes.wrap(key)));
    }
    return rows;
  }
}
