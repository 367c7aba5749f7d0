package io.logfold.query.server.dynamodb.item;

import io.logfold.api.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one item's bytes, once; refuses whatever {@link ItemBytes#encode} would not have written. */
final class ItemBytesReader {
  /** More than any item that was let in is deep; a damaged one shall not run out of stack. */
  private static final int MAX_DEPTH = 64;

  private final byte[] data;
  private int at;

  ItemBytesReader(Bytes bytes) {
    this.data = bytes.unsafeArray();
  }

  Item item() {
    int version = next();
    if (version != ItemBytes.VERSION) {
      throw wrong("version " + version + " where 1 is known");
    }
    Item item = Item.of(members(0));
    if (at != data.length) {
      throw wrong("more bytes behind the item");
    }
    return item;
  }

  private Map<String, AttributeValue> members(int depth) {
    int count = count();
    Map<String, AttributeValue> members = new HashMap<>();
    byte @Nullable [] before = null;
    for (int i = 0; i < count; i++) {
      byte[] name = ascending(before);
      before = name;
      members.put(text(name), value(depth));
    }
    return members;
  }

  private AttributeValue value(int depth) {
    if (depth > MAX_DEPTH) {
      throw wrong("deeper than an item can be");
    }
    int tag = next();
    return switch (tag) {
      case ItemBytes.STRING -> new AttributeValue.S(text(bytes()));
      case ItemBytes.NUMBER -> new AttributeValue.N(number(bytes()));
      case ItemBytes.BINARY -> new AttributeValue.B(Bytes.wrap(bytes()));
      case ItemBytes.FALSE -> new AttributeValue.Bool(false);
      case ItemBytes.TRUE -> new AttributeValue.Bool(true);
      case ItemBytes.NULL -> new AttributeValue.Null();
      case ItemBytes.MAP -> AttributeValue.M.of(members(depth + 1));
      case ItemBytes.LIST -> list(depth + 1);
      case ItemBytes.STRINGS -> AttributeValue.SS.of(set().stream().map(this::text).toList());
      case ItemBytes.NUMBERS -> AttributeValue.NS.of(set().stream().map(this::number).toList());
      case ItemBytes.BINARIES -> AttributeValue.BS.of(set().stream().map(Bytes::wrap).toList());
      default -> throw wrong("unknown tag " + tag);
    };
  }

  private AttributeValue list(int depth) {
    int count = count();
    List<AttributeValue> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      members.add(value(depth));
    }
    return new AttributeValue.L(members);
  }

  private List<byte[]> set() {
    int count = count();
    List<byte[]> members = new ArrayList<>();
    byte @Nullable [] before = null;
    for (int i = 0; i < count; i++) {
      byte[] member = ascending(before);
      before = member;
      members.add(member);
    }
    return members;
  }

  private byte[] ascending(byte @Nullable [] before) {
    byte[] bytes = bytes();
    if (before != null && Arrays.compareUnsigned(before, bytes) >= 0) {
      throw wrong("names or members of a set that are not ascending");
    }
    return bytes;
  }

  private String text(byte[] utf8) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw wrong("text that is not UTF-8");
    }
  }

  private DynamoNumber number(byte[] key) {
    try {
      return NumberKeys.decode(Bytes.wrap(key));
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private byte[] bytes() {
    int count = count();
    if (count > data.length - at) {
      throw wrong("cut off");
    }
    at += count;
    return Arrays.copyOfRange(data, at - count, at);
  }

  private int count() {
    int count = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      int b = next();
      count |= (b & 0x7F) << shift;
      if (b < 0x80) {
        if (b == 0 && shift > 0) {
          throw wrong("a count that is not in its shortest form");
        }
        return count;
      }
    }
    throw wrong("a count that no item can have");
  }

  private int next() {
    if (at >= data.length) {
      throw wrong("cut off");
    }
    return data[at++] & 0xFF;
  }

  private IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException("not the bytes of an item: " + what + ", at byte " + at + " of " + data.length);
  }
}
