package io.logfold.api;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable byte string, ordered by its bytes as unsigned numbers: keys, values, hashes.
 *
 * <p>Bytes carry no text assumption; 0x00 and 0xFF may stand anywhere. {@link #wrap} and {@link #unsafeArray} do not
 * copy: the array's owner must never change it afterwards. Safe to share between threads.
 */
public final class Bytes implements Comparable<Bytes> {
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] data;
  private int hash;

  private Bytes(byte[] data) {
    this.data = data;
  }

  /** Takes the array as it is; the caller gives it up. */
  public static Bytes wrap(byte[] data) {
    return data.length == 0 ? EMPTY : new Bytes(data);
  }

  public static Bytes copyOf(byte[] data) {
    return wrap(data.clone());
  }

  public static Bytes utf8(String text) {
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  public static Bytes hex(String digits) {
    return wrap(HexFormat.of().parseHex(digits));
  }

  public int size() {
    return data.length;
  }

  public boolean isEmpty() {
    return data.length == 0;
  }

  public byte at(int index) {
    return data[index];
  }

  public byte[] toArray() {
    return data.clone();
  }

  /** The array inside, to be read and never changed. */
  public byte[] unsafeArray() {
    return data;
  }

  public boolean startsWith(Bytes prefix) {
    return data.length >= prefix.data.length
        && Arrays.equals(data, 0, prefix.data.length, prefix.data, 0, prefix.data.length);
  }

  /** The least byte string greater than this one: this one with a zero byte behind it. */
  public Bytes successor() {
    return wrap(Arrays.copyOf(data, data.length + 1));
  }

  /** The least byte string greater than all that start with this one; empty where there is none (all bytes 0xFF). */
  public java.util.Optional<Bytes> prefixEnd() {
    for (int i = data.length - 1; i >= 0; i--) {
      if (data[i] != (byte) 0xFF) {
        byte[] end = Arrays.copyOf(data, i + 1);
        end[i]++;
        return java.util.Optional.of(wrap(end));
      }
    }
    return java.util.Optional.empty();
  }

  /** As text; bytes that are not UTF-8 become replacement characters. */
  public String utf8() {
    return new String(data, StandardCharsets.UTF_8);
  }

  public String hex() {
    return HexFormat.of().formatHex(data);
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(data, other.data);
  }

  @Override
  public boolean equals(Object other) {
    return other == this || (other instanceof Bytes b && Arrays.equals(data, b.data));
  }

  @Override
  public int hashCode() {
    int h = hash;
    if (h == 0) {
      h = Arrays.hashCode(data);
      hash = h;
    }
    return h;
  }

  /** For people: printable ASCII as it is, the rest as \xHH; shortened beyond 64 bytes. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < Math.min(data.length, 64); i++) {
      int b = data[i] & 0xFF;
      if (b == '"' || b == '\\') {
        text.append('\\').append((char) b);
      } else if (b >= 0x20 && b < 0x7F) {
        text.append((char) b);
      } else {
        text.append("\\x").append(HexFormat.of().toHexDigits((byte) b));
      }
    }
    return text.append(data.length > 64 ? "\"... (" + data.length + " bytes)" : "\"").toString();
  }
}
