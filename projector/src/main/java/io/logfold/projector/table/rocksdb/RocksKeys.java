package io.logfold.projector.table.rocksdb;

import io.logfold.api.Bytes;
import io.logfold.projector.table.Table.Row;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * How rows lie in the folder: bytes whose unsigned order is the order of (partition, partition key, key).
 *
 * <pre>
 *   key    | partition: 4, big-endian | partition key, 00 written as 00 01 | 00 00 | key as it is |
 *   value  | revision: 8, big-endian  | value as it is |
 *
 *   (3, "a", "b/c")      00 00 00 03  61        00 00  62 2F 63
 *   (3, "a\0", "x")      00 00 00 03  61 00 01  00 00  78          behind every row of "a"
 * </pre>
 *
 * <p>No escaped partition key holds 00 00, so the end of it is found, no pair of keys equals another pair (T5), and
 * ...00 01 is the least key behind all rows of a partition key.
 */
final class RocksKeys {
  /** What no row begins with. */
  static final byte[] NO_PREFIX = {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0};
  private static final int REVISION_BYTES = 8;
  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private RocksKeys() {}

  static byte[] partition(int partition) {
    return ByteBuffer.allocate(4).putInt(partition).array();
  }

  /** What all rows of the partition key begin with, and no others. */
  static byte[] prefix(int partition, Bytes partitionKey) {
    return prefix(partition, partitionKey, 0);
  }

  static byte[] row(byte[] prefix, Bytes key) {
    byte[] row = Arrays.copyOf(prefix, prefix.length + key.size());
    System.arraycopy(key.unsafeArray(), 0, row, prefix.length, key.size());
    return row;
  }

  static byte[] row(int partition, Bytes partitionKey, Bytes key) {
    byte[] row = prefix(partition, partitionKey, key.size());
    System.arraycopy(key.unsafeArray(), 0, row, row.length - key.size(), key.size());
    return row;
  }

  /** The least key behind everything that begins with the prefix. */
  static byte[] behind(byte[] prefix) {
    byte[] end = prefix.clone();
    end[end.length - 1]++;
    return end;
  }

  static boolean startsWith(byte[] row, byte[] prefix) {
    return row.length >= prefix.length && Arrays.equals(row, 0, prefix.length, prefix, 0, prefix.length);
  }

  static Bytes partitionKey(byte[] row) {
    byte[] plain = new byte[row.length];
    int size = 0;
    for (int i = 4; i < row.length; i++) {
      if (row[i] == 0) {
        i++;
        if (row[i] == 0) {
          break;
        }
        plain[size++] = 0;
      } else {
        plain[size++] = row[i];
      }
    }
    return Bytes.wrap(Arrays.copyOf(plain, size));
  }

  static byte[] value(long revision, Bytes value) {
    byte[] plain = value.unsafeArray();
    byte[] stored = new byte[REVISION_BYTES + plain.length];
    LONG.set(stored, 0, revision);
    System.arraycopy(plain, 0, stored, REVISION_BYTES, plain.length);
    return stored;
  }

  static Row decode(Bytes key, byte[] value, boolean keysOnly) {
    long revision = ByteBuffer.wrap(value).getLong();
    Bytes plain = keysOnly ? Bytes.EMPTY : Bytes.wrap(Arrays.copyOfRange(value, REVISION_BYTES, value.length));
    return new Row(key, plain, revision);
  }

  private static byte[] prefix(int partition, Bytes partitionKey, int room) {
    byte[] plain = partitionKey.unsafeArray();
    int zeros = 0;
    for (byte b : plain) {
      zeros += b == 0 ? 1 : 0;
    }
    byte[] out = new byte[4 + plain.length + zeros + 2 + room];
    INT.set(out, 0, partition);
    if (zeros == 0) {
      System.arraycopy(plain, 0, out, 4, plain.length);
      return out;
    }
    int end = 4;
    for (byte b : plain) {
      out[end++] = b;
      if (b == 0) {
        out[end++] = 1;
      }
    }
    return out;
  }
}
