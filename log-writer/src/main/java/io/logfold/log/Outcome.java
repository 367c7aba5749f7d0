package io.logfold.log;

/** What a request was answered, kept so that a retry is answered the same. */
public sealed interface Outcome {
  Outcome APPLIED = new Applied();
  Outcome UNCHANGED = new Unchanged();
  Outcome CANCELLED = new Cancelled();

  /** Its mutations happened; the revision is the event's LSN. */
  record Applied() implements Outcome {}

  /** Nothing had to change (a delete of missing keys). */
  record Unchanged() implements Outcome {}

  /**
   * @param index which predicate failed first, counted from 0
   * @param revision of its key; 0 where the key was absent
   */
  record PredicateFailed(int index, long revision) implements Outcome {
    public PredicateFailed {
      if (index < 0 || revision < 0) {
        throw new IllegalArgumentException(
            "index and revision must not be negative, got index " + index + ", revision " + revision);
      }
    }
  }

  /** Withdrawn before it was applied. */
  record Cancelled() implements Outcome {}
}
