package io.logfold.api;

import java.util.OptionalLong;

/** What became of a request, for good: no later attempt of it is answered otherwise. */
public sealed interface Resolution {
  /**
   * @param revision the revision it got; where it changed nothing, the one it was decided at
   * @param changed false where nothing had to change
   */
  record Applied(long revision, boolean changed) implements Resolution {}

  /**
   * It changed nothing, and that is logged.
   *
   * @param index of the first predicate that failed, counted from 0
   * @param revision of that predicate's key at the time; empty where it was absent
   */
  record PredicateFailed(int index, OptionalLong revision) implements Resolution {}

  /**
   * It was not applied and never will be.
   *
   * @param revision of the event that withdrew it
   */
  record Cancelled(long revision) implements Resolution {}
}
