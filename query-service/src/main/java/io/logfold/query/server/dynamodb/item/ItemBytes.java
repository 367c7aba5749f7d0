package io.logfold.query.server.dynamodb.item;

import io.logfold.api.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;

/**
 * An item as it lies in the store. Stable: bytes once written are read by every later version, and canonical: equal
 * items are equal bytes, and only these bytes are that item.
 *
 * <pre>
 * item    0x01 (the form's version)  members
 * members count  { bytes(name as UTF-8)  value }   ascending by the names' bytes
 * value   0x01 bytes(UTF-8)            S
 *         0x02 bytes({@link NumberKeys})       N
 *         0x03 bytes                   B
 *         0x04                         BOOL false
 *         0x05                         BOOL true
 *         0x06                         NULL
 *         0x07 members                 M
 *         0x08 count { value }         L
 *         0x09 count { bytes(UTF-8) }  SS, ascending
 *         0x0A count { bytes({@link NumberKeys}) } NS, ascending
 *         0x0B count { bytes }         BS, ascending
 * bytes   count  that many bytes
 * count   seven bits a byte, low bits first, 0x80 says that more follow; the shortest form
 * </pre>
 */
public final class ItemBytes {
  static final int VERSION = 1;
  static final int STRING = 1;
  static final int NUMBER = 2;
  static final int BINARY = 3;
  static final int FALSE = 4;
  static final int TRUE = 5;
  static final int NULL = 6;
  static final int MAP = 7;
  static final int LIST = 8;
  static final int STRINGS = 9;
  static final int NUMBERS = 10;
  static final int BINARIES = 11;

  private ItemBytes() {}

  public static Bytes encode(Item item) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(64);
    out.write(VERSION);
    members(out, item.attributes());
    return Bytes.wrap(out.toByteArray());
  }

  /** The item of {@link #encode}; anything else is an {@link IllegalArgumentException} that says what is wrong. */
  public static Item decode(Bytes bytes) {
    return new ItemBytesReader(bytes).item();
  }

  private static void members(ByteArrayOutputStream out, Map<String, AttributeValue> members) {
    count(out, members.size());
    members.forEach((name, value) -> {
      text(out, name);
      value(out, value);
    });
  }

  private static void value(ByteArrayOutputStream out, AttributeValue value) {
    switch (value) {
      case AttributeValue.S s -> {
        out.write(STRING);
        text(out, s.value());
      }
      case AttributeValue.N n -> {
        out.write(NUMBER);
        bytes(out, NumberKeys.encode(n.value()));
      }
      case AttributeValue.B b -> {
        out.write(BINARY);
        bytes(out, b.value());
      }
      case AttributeValue.Bool b -> out.write(b.value() ? TRUE : FALSE);
      case AttributeValue.Null ignored -> out.write(NULL);
      case AttributeValue.M m -> {
        out.write(MAP);
        members(out, m.value());
      }
      case AttributeValue.L l -> {
        out.write(LIST);
        count(out, l.value().size());
        l.value().forEach(member -> value(out, member));
      }
      case AttributeValue.SS set ->
          set(out, STRINGS, set.value().stream().map(Bytes::utf8).toList());
      case AttributeValue.NS set ->
          set(out, NUMBERS, set.value().stream().map(NumberKeys::encode).toList());
      case AttributeValue.BS set -> set(out, BINARIES, set.value());
    }
  }

  private static void set(ByteArrayOutputStream out, int tag, Collection<Bytes> members) {
    out.write(tag);
    count(out, members.size());
    members.forEach(member -> bytes(out, member));
  }

  private static void text(ByteArrayOutputStream out, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    count(out, utf8.length);
    out.write(utf8, 0, utf8.length);
  }

  private static void bytes(ByteArrayOutputStream out, Bytes bytes) {
    count(out, bytes.size());
    out.write(bytes.unsafeArray(), 0, bytes.size());
  }

  private static void count(ByteArrayOutputStream out, int count) {
    int rest = count;
    while (rest >= 0x80) {
      out.write(rest & 0x7F | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }
}
