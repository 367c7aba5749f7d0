package io.logfold.projector.history;

import io.logfold.api.Bytes;
import io.logfold.api.Limits;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * Where the rows of a history lie. The first byte of a row's partition key says of which family it is, so that families
 * never meet, whatever bytes people's keys are made of.
 *
 * <pre>
 *   partition key        key                                       what lies there
 *   01 PK                01 escape(KEY) 00 00 ~REV                 a change of KEY, with its value
 *   01 PK                01 escape(HEAD) 00 02 SHA-256(KEY) ~REV   the same, where escape(KEY) is longer than 900 bytes
 *   01 PK                02 ~REV                                   an event of PK: the keys it changed
 *   01 PK                03, then as a change of KEY               which event made this change's value unreadable
 *   02 principal         ~REV                                      an event of this principal: PK and the keys it changed
 *   03                   time, 8 bytes                             the last event of this millisecond
 *
 *   escape   00 is written as 00 01
 *   HEAD     the longest beginning of KEY that is at most 900 bytes long when escaped
 *   ~REV     8 bytes, big-endian, all bits turned: what is newer comes first
 * </pre>
 *
 * <p>The order of rows is the order of keys, newest first within a key. Long keys of the same HEAD form a group: it lies
 * where all its keys belong (00 02 is behind the HEAD itself, 00 00, and before whatever else begins with HEAD), but within
 * it digests decide, so that a reader puts the keys of a group in order by itself. No row's key is longer than 944 bytes:
 * DynamoDB's sort keys end at 1,024, and Postgres's index row, with the longest partition key, at 2,704.
 */
final class HistoryKeys {
  static final int MOST_ESCAPED = 900;

  /** Of all times; the rows of a partition's time index. */
  static final Bytes TIMES = Bytes.wrap(new byte[] {3});

  static final byte PARTITION_KEY = 1;
  private static final byte PRINCIPAL = 2;
  private static final byte CHANGES = 1;
  private static final byte EVENTS = 2;
  private static final byte REDACTED = 3;

  private static final byte SHORT = 0;
  private static final byte ESCAPED = 1;
  private static final byte LONG = 2;
  private static final int REVISION_BYTES = 8;

  /** What the keys of event rows begin with, in the family of a partition key. */
  static final Bytes EVENTS_PREFIX = Bytes.wrap(new byte[] {EVENTS});

  private HistoryKeys() {}

  static Bytes ofPartitionKey(Bytes partitionKey) {
    return concat(new byte[] {PARTITION_KEY}, partitionKey.unsafeArray());
  }

  static Bytes ofPrincipal(String principal) {
    return concat(new byte[] {PRINCIPAL}, principal.getBytes(StandardCharsets.UTF_8));
  }

  /** What the keys of all changes of a key begin with, and of no other's. */
  static Bytes place(Bytes key) {
    byte[] plain = key.unsafeArray();
    int head = head(plain);
    ByteArray place = new ByteArray(Math.min(plain.length, MOST_ESCAPED) + 40).add(CHANGES).addEscaped(plain, head).add((byte) 0);
    return head == plain.length
        ? place.add(SHORT).bytes()
        : place.add(LONG).add(sha256(plain)).bytes();
  }

  /** Where the row lies that says by what event the value of this revision was made unreadable. */
  static Bytes redacted(Bytes key, long revision) {
    return concat(new byte[] {REDACTED}, at(place(key), revision).unsafeArray());
  }

  /** Whether a row's key, in the family of a partition key, is such a place. */
  static boolean isRedacted(Bytes rowKey) {
    return rowKey.at(0) == REDACTED;
  }

  /** The key of the row of this revision; of revision 0: behind all that there can be. */
  static Bytes at(Bytes place, long revision) {
    return Bytes.wrap(ByteBuffer.allocate(place.size() + REVISION_BYTES).put(place.unsafeArray()).putLong(~revision).array());
  }

  /** At or before the rows of all keys that are not below this one. */
  static Bytes lowerBound(Bytes startInclusive) {
    return bound(startInclusive, LONG);
  }

  /** Behind the rows of all keys that are below this one. */
  static Bytes upperBound(Bytes endExclusive) {
    return bound(endExclusive, (byte) (LONG + 1));
  }

  /** Behind the rows of all keys. */
  static Bytes end() {
    return EVENTS_PREFIX;
  }

  private static Bytes bound(Bytes key, byte behindHead) {
    byte[] plain = key.unsafeArray();
    int head = head(plain);
    ByteArray bound = new ByteArray(Math.min(plain.length, MOST_ESCAPED) + 8).add(CHANGES).addEscaped(plain, head);
    return head == plain.length ? bound.bytes() : bound.add((byte) 0).add(behindHead).bytes();
  }

  /** The place of a row of a change. */
  static Bytes placeOf(Bytes rowKey) {
    return Bytes.wrap(Arrays.copyOf(rowKey.unsafeArray(), rowKey.size() - REVISION_BYTES));
  }

  /** Whether a place is that of a long key: which one, its rows alone can say. */
  static boolean isLong(Bytes place) {
    return place.at(endOfEscaped(place) + 1) == LONG;
  }

  /** What the places of a group begin with; a short key is a group by itself. */
  static Bytes groupOf(Bytes place) {
    return Bytes.wrap(Arrays.copyOf(place.unsafeArray(), endOfEscaped(place) + 2));
  }

  /** The key of a place that is not {@link #isLong}. */
  static Bytes keyOf(Bytes place) {
    int end = endOfEscaped(place);
    byte[] plain = new byte[end];
    int size = 0;
    for (int i = 1; i < end; i++) {
      plain[size++] = place.at(i);
      if (place.at(i) == 0) {
        i++;
      }
    }
    return Bytes.wrap(Arrays.copyOf(plain, size));
  }

  /** Of the group of a place that {@link #isLong}: the group's keys lie from here to {@link #lastOfGroup}, and no others. */
  static Bytes firstOfGroup(Bytes place) {
    return keyOf(place).successor();
  }

  /** The other end. */
  static Bytes lastOfGroup(Bytes place) {
    Bytes head = keyOf(place);
    byte[] last = Arrays.copyOf(head.unsafeArray(), Limits.MAX_KEY_BYTES);
    // A head of one byte less than may be ends before a 00, which would be two.
    int rest = head.size() + (endOfEscaped(place) - 1 < MOST_ESCAPED ? 1 : 0);
    Arrays.fill(last, rest, last.length, (byte) 0xff);
    return Bytes.wrap(last);
  }

  static Bytes time(long timeMs) {
    return Bytes.wrap(ByteBuffer.allocate(8).putLong(timeMs).array());
  }

  static long timeOf(Bytes key) {
    return ByteBuffer.wrap(key.unsafeArray()).getLong();
  }

  /** Where the 00 stands that does not mean 00. */
  private static int endOfEscaped(Bytes place) {
    int i = 1;
    while (place.at(i) != 0 || place.at(i + 1) == ESCAPED) {
      i += place.at(i) == 0 ? 2 : 1;
    }
    return i;
  }

  /** How many bytes of the key go into the place as they are, or escaped. */
  private static int head(byte[] plain) {
    int escaped = 0;
    for (int i = 0; i < plain.length; i++) {
      escaped += plain[i] == 0 ? 2 : 1;
      if (escaped > MOST_ESCAPED) {
        return i;
      }
    }
    return plain.length;
  }

  private static byte[] sha256(byte[] plain) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(plain);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static Bytes concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return Bytes.wrap(both);
  }
}
