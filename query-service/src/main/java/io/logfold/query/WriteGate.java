package io.logfold.query;

import io.logfold.api.StoreException;
import java.util.Optional;

/** Says whether writes may be accepted at all, for reasons outside the partition: a disk that is nearly full. */
@FunctionalInterface
public interface WriteGate {
  WriteGate OPEN = Optional::empty;

  /** Empty where writes may pass; else what to answer. Called on the leader's thread for every write: must be quick. */
  Optional<StoreException> refusal();
}
