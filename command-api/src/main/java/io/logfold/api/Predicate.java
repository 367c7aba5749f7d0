package io.logfold.api;

import org.jspecify.annotations.Nullable;

/** What must hold of a key for a commit to happen. A missing key satisfies {@link Absent} and nothing else. */
public sealed interface Predicate {
  Bytes key();

  /** True of the key's current state; revision is ignored where value is null (the key is absent). */
  boolean holds(@Nullable Bytes value, long revision);

  record Absent(Bytes key) implements Predicate {
    public Absent {
      Limits.checkKey(key);
    }

    @Override
    public boolean holds(@Nullable Bytes value, long revision) {
      return value == null;
    }
  }

  record Exists(Bytes key) implements Predicate {
    public Exists {
      Limits.checkKey(key);
    }

    @Override
    public boolean holds(@Nullable Bytes value, long revision) {
      return value != null;
    }
  }

  /** Compares the bytes; an empty value is a value. */
  record ValueEquals(Bytes key, Bytes value) implements Predicate {
    public ValueEquals {
      Limits.checkKey(key);
      Limits.checkValue(value);
    }

    @Override
    public boolean holds(@Nullable Bytes current, long revision) {
      return current != null && value.equals(current);
    }
  }

  record RevisionIs(Bytes key, long revision) implements Predicate {
    public RevisionIs {
      Limits.checkKey(key);
      if (revision < 1) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT,
            "revision must be 1 or more, got " + revision + "; for a key that must be missing use absent");
      }
    }

    @Override
    public boolean holds(@Nullable Bytes value, long current) {
      return value != null && current == revision;
    }
  }
}
