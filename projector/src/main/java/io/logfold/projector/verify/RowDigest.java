package io.logfold.projector.verify;

import io.logfold.api.Bytes;
import io.logfold.log.Hash;
import io.logfold.projector.table.Table.RowOf;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.SortedMap;

/**
 * What a table holds, in 32 bytes: two tables at one position hold the same rows if their digests are the same. A public
 * format, like that of the hash chain.
 *
 * <pre>
 * of a partition   SHA-256( row · row · ... )   in the order of (partition key, key)
 * row              i32 partition · bytes partitionKey · bytes key · i64 revision · bytes value
 * of a table       SHA-256( i32 partition · digest[32] · ... )   in the order of partitions
 * i32 i64          big-endian;   bytes: i32 length · the bytes
 * </pre>
 */
final class RowDigest {
  private final int partition;
  private final MessageDigest sha256 = sha256();
  private final ByteBuffer number = ByteBuffer.allocate(8);
  private long rows;

  RowDigest(int partition) {
    this.partition = partition;
  }

  void add(RowOf row) {
    i32(partition);
    bytes(row.partitionKey());
    bytes(row.row().key());
    number.clear().putLong(row.row().revision());
    sha256.update(number.array(), 0, 8);
    bytes(row.row().value());
    rows++;
  }

  long rows() {
    return rows;
  }

  /** Ends it. */
  Hash digest() {
    return new Hash(Bytes.wrap(sha256.digest()));
  }

  static Hash of(SortedMap<Integer, Hash> partitions) {
    MessageDigest sha256 = sha256();
    for (Map.Entry<Integer, Hash> each : partitions.entrySet()) {
      sha256.update(ByteBuffer.allocate(4).putInt(each.getKey()).array());
      sha256.update(each.getValue().bytes().unsafeArray());
    }
    return new Hash(Bytes.wrap(sha256.digest()));
  }

  private void bytes(Bytes bytes) {
    i32(bytes.size());
    sha256.update(bytes.unsafeArray());
  }

  private void i32(int value) {
    number.clear().putInt(value);
    sha256.update(number.array(), 0, 4);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256, this one does not", e);
    }
  }
}
