package io.logfold.api;

import java.util.Optional;

/**
 * A half-open range of keys: all that are at or above {@code startInclusive} and below {@code endExclusive}; an empty
 * bound is open. Keys are never empty, so an open start is the empty byte string.
 */
public record KeyRange(Bytes startInclusive, Optional<Bytes> endExclusive) {
  public static final KeyRange ALL = new KeyRange(Bytes.EMPTY, Optional.empty());

  public static KeyRange prefix(Bytes prefix) {
    return new KeyRange(prefix, prefix.prefixEnd());
  }

  public boolean contains(Bytes key) {
    return key.compareTo(startInclusive) >= 0 && (endExclusive.isEmpty() || key.compareTo(endExclusive.get()) < 0);
  }

  public boolean isEmpty() {
    return endExclusive.isPresent() && startInclusive.compareTo(endExclusive.get()) >= 0;
  }

  public KeyRange intersect(KeyRange other) {
    Bytes start = startInclusive.compareTo(other.startInclusive) >= 0 ? startInclusive : other.startInclusive;
    Optional<Bytes> end;
    if (endExclusive.isEmpty()) {
      end = other.endExclusive;
    } else if (other.endExclusive.isEmpty() || endExclusive.get().compareTo(other.endExclusive.get()) <= 0) {
      end = endExclusive;
    } else {
      end = other.endExclusive;
    }
    return new KeyRange(start, end);
  }

  /** What is left of the range behind this key, in the direction of the scan. */
  public KeyRange beyond(Bytes key, boolean reverse) {
    return reverse
        ? intersect(new KeyRange(Bytes.EMPTY, Optional.of(key)))
        : intersect(new KeyRange(key.successor(), Optional.empty()));
  }
}
