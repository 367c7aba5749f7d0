package io.logfold.projector.history;

import io.logfold.api.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array of bytes; for one thread. */
final class ByteArray {
  private byte[] bytes;
  private int size;

  ByteArray(int room) {
    this.bytes = new byte[room];
  }

  ByteArray add(byte one) {
    room(1);
    bytes[size++] = one;
    return this;
  }

  ByteArray add(byte[] more) {
    room(more.length);
    System.arraycopy(more, 0, bytes, size, more.length);
    size += more.length;
    return this;
  }

  /** With its length in front. */
  ByteArray addSized(Bytes more) {
    return addNumber(more.size()).add(more.unsafeArray());
  }

  ByteArray addText(String text) {
    return addSized(Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Seven bits a byte, the lowest first; 0 or more. */
  ByteArray addNumber(long number) {
    long rest = number;
    while (rest > 0x7F) {
      add((byte) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    return add((byte) rest);
  }

  /** The first bytes of an array, 00 as 00 01. */
  ByteArray addEscaped(byte[] plain, int length) {
    for (int i = 0; i < length; i++) {
      add(plain[i]);
      if (plain[i] == 0) {
        add((byte) 1);
      }
    }
    return this;
  }

  Bytes bytes() {
    return Bytes.wrap(Arrays.copyOf(bytes, size));
  }

  private void room(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }

  /** Reads what {@link ByteArray} wrote, from front to back. */
  static final class Reader {
    private final byte[] bytes;
    private int next;

    Reader(Bytes from) {
      this.bytes = from.unsafeArray();
    }

    byte one() {
      return bytes[next++];
    }

    long number() {
      long number = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        byte part = bytes[next++];
        number |= (long) (part & 0x7F) << shift;
        if (part >= 0) {
          return number;
        }
      }
      throw new IllegalArgumentException("a number without an end");
    }

    Bytes take(int length) {
      if (length < 0 || length > bytes.length - next) {
        throw new IllegalArgumentException("it ends too early");
      }
      next += length;
      return Bytes.wrap(Arrays.copyOfRange(bytes, next - length, next));
    }

    Bytes sized() {
      return take(Math.toIntExact(number()));
    }

    String text() {
      return sized().utf8();
    }

    Bytes rest() {
      return take(bytes.length - next);
    }

    boolean atEnd() {
      return next == bytes.length;
    }
  }
}
