package io.logfold.api.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.logfold.api.Bytes;
import io.logfold.api.Entry;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The rows of a page of a scan as one block of bytes, {@code ScanPage.rows}, since a message for each row costs more than
 * the store takes to find it.
 *
 * <pre>
 * block: nothing where there are no rows, else
 *   varint count, count x row
 * row:
 *   varint keyLength              key bytes
 *   varint valueLength * 2 + r    value bytes      r: 1 where the value is redacted, else 0
 *   varint revision
 *
 * "a" = "xy" of revision 300, then "b", redacted, of revision 7:
 *   02  01 61 04 78 79 AC 02  01 62 01 07
 * </pre>
 *
 * A varint is protobuf's, of a number that is not negative: seven bits a byte, the lowest first, the top bit set in all but
 * the last; at most nine bytes. Keys are written whole: sharing prefixes would let a small block stand for any number of
 * bytes, while this way what is decoded is never larger than what came (but for the objects around it).
 *
 * <p>Pure; any thread.
 */
final class ScanRows {
  /** More than the numbers of a row can take. */
  static final int ROW_OVERHEAD_BYTES = 24;

  /** Of an empty key and an empty value. */
  private static final int LEAST_ROW_BYTES = 3;
  private static final int VARINT_BITS = 63;

  private ScanRows() {}

  /** How many of these entries, from the first on, stay within so many bytes together; at least one where there are any. */
  static int fitting(List<Entry> entries, int maxBytes) {
    long bytes = 0;
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      bytes += entry.key().size() + entry.value().size() + ROW_OVERHEAD_BYTES;
      if (bytes > maxBytes && i > 0) {
        return i;
      }
    }
    return entries.size();
  }

  /** Their partition key is not in it. A negative revision, which nothing has, throws IllegalArgumentException. */
  static ByteString encode(List<Entry> entries) {
    if (entries.isEmpty()) {
      return ByteString.EMPTY;
    }
    long size = sizeOf(entries.size());
    for (Entry entry : entries) {
      int key = entry.key().size();
      int value = entry.value().size();
      size += sizeOf(key) + key + sizeOf(valueHead(entry)) + value + sizeOf(checked(entry.revision()));
    }
    byte[] block = new byte[Math.toIntExact(size)];
    int at = write(block, 0, entries.size());
    for (Entry entry : entries) {
      at = write(block, at, entry.key().size());
      at = write(block, at, entry.key());
      at = write(block, at, valueHead(entry));
      at = write(block, at, entry.value());
      at = write(block, at, entry.revision());
    }
    return UnsafeByteOperations.unsafeWrap(block);
  }

  private static long valueHead(Entry entry) {
    return entry.value().size() * 2L + (entry.redacted() ? 1 : 0);
  }

  private static long checked(long revision) {
    if (revision < 0) {
      throw new IllegalArgumentException("a revision is 0 or more, got " + revision);
    }
    return revision;
  }

  private static int sizeOf(long number) {
    return (63 - Long.numberOfLeadingZeros(number | 1)) / 7 + 1;
  }

  private static int write(byte[] block, int at, long number) {
    int next = at;
    long rest = number;
    while (rest > 0x7F) {
      block[next++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    block[next++] = (byte) rest;
    return next;
  }

  private static int write(byte[] block, int at, Bytes bytes) {
    System.arraycopy(bytes.unsafeArray(), 0, block, at, bytes.size());
    return at + bytes.size();
  }

  /**
   * Each key and value is one copy of its bytes, so that whoever keeps one row does not keep the page.
   *
   * @throws IllegalArgumentException where this is no such block
   */
  static List<Entry> decode(ByteString rows, Bytes partitionKey) {
    if (rows.isEmpty()) {
      return List.of();
    }
    ByteBuffer block = rows.asReadOnlyByteBuffer();
    long count = number(block, "the number of rows");
    if (count > block.remaining() / LEAST_ROW_BYTES) {
      throw broken(block, "says that it has " + count + " rows, which do not fit into what is left");
    }
    Entry[] entries = new Entry[(int) count];
    for (int i = 0; i < entries.length; i++) {
      Bytes key = bytes(block, number(block, "a key's length"), "a key");
      long head = number(block, "a value's length");
      Bytes value = bytes(block, head >>> 1, "a value");
      entries[i] = new Entry(partitionKey, key, value, number(block, "a revision"), (head & 1) != 0);
    }
    if (block.hasRemaining()) {
      throw broken(block, "has something behind the last of its " + count + " rows");
    }
    return List.of(entries);
  }

  private static long number(ByteBuffer block, String what) {
    long number = 0;
    for (int shift = 0; shift < VARINT_BITS; shift += 7) {
      if (!block.hasRemaining()) {
        throw broken(block, "ends within " + what);
      }
      byte next = block.get();
      number |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return number;
      }
    }
    throw broken(block, "has a number of more than nine bytes for " + what);
  }

  private static Bytes bytes(ByteBuffer block, long length, String what) {
    if (length > block.remaining()) {
      throw broken(block, "ends within " + what + " of " + length + " bytes");
    }
    byte[] bytes = new byte[(int) length];
    block.get(bytes);
    return Bytes.wrap(bytes);
  }

  private static IllegalArgumentException broken(ByteBuffer block, String how) {
    return new IllegalArgumentException("the block of a page's rows, of " + block.limit() + " bytes, " + how + " (at byte "
        + block.position() + ")");
  }
}
