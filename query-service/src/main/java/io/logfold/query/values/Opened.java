package io.logfold.query.values;

import io.logfold.api.Bytes;

/** A stored value as callers see it. */
public sealed interface Opened {
  Opened REDACTED = new Redacted();

  record Plain(Bytes value) implements Opened {}

  /** There is a value, and its key is destroyed. */
  record Redacted() implements Opened {}

  /** What stands for it in answers: empty where it is redacted. */
  default Bytes shown() {
    return this instanceof Plain plain ? plain.value() : Bytes.EMPTY;
  }
}
