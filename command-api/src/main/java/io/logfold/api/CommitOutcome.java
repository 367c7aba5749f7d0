package io.logfold.api;

import java.util.OptionalLong;

/** How a commit was decided. */
public sealed interface CommitOutcome {

  /**
   * It holds, for ever.
   *
   * @param revision the revision the commit got; where nothing had to change (a delete of missing keys), the revision
   *     it was decided at
   * @param changed false where nothing had to change
   */
  record Applied(long revision, boolean changed) implements CommitOutcome {}

  /**
   * It changed nothing, because a predicate did not hold.
   *
   * @param index which predicate failed first, counted from 0
   * @param currentRevision of that predicate's key; empty where the key is absent
   */
  record PredicateFailed(int index, Bytes key, OptionalLong currentRevision) implements CommitOutcome {}
}
