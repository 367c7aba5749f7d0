package io.logfold.log.model;

/** Packs small non-negative numbers into 64-bit words. A number never straddles two words. */
final class Bits {
  private Bits() {}

  static final class Writer {
    private final long[] words;
    private int word;
    private int used;

    Writer(int words) {
      this.words = new long[words];
    }

    void reset() {
      java.util.Arrays.fill(words, 0L);
      word = 0;
      used = 0;
    }

    long[] words() {
      return words;
    }

    void put(int value, int width) {
      // A value that does not fit would silently merge different states, and so hide violations.
      if (value < 0 || value >>> width != 0) {
        throw new IllegalArgumentException(value + " does not fit into " + width + " bits");
      }
      if (used + width > 64) {
        word++;
        used = 0;
      }
      words[word] |= (long) value << used;
      used += width;
    }

    void put(boolean value) {
      put(value ? 1 : 0, 1);
    }
  }

  static final class Reader {
    private long[] words = {};
    private int base;
    private int word;
    private int used;

    Reader at(long[] source, int offset) {
      words = source;
      base = offset;
      word = 0;
      used = 0;
      return this;
    }

    int take(int width) {
      if (used + width > 64) {
        word++;
        used = 0;
      }
      int value = (int) ((words[base + word] >>> used) & ((1L << width) - 1));
      used += width;
      return value;
    }

    boolean takeFlag() {
      return take(1) == 1;
    }
  }
}
