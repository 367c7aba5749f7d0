package io.logfold.api;

/** What a watch tells. */
public sealed interface WatchEvent {
  /**
   * Where a later watch goes on without missing or repeating anything, once this event and all before it are dealt with. It
   * is the revision of the last event that was told as a whole: an event that changes several keys is told key by key, and
   * only its last one moves this on.
   */
  long resumeAfter();

  /** A key was changed. */
  record Changed(Change change, long resumeAfter) implements WatchEvent {}

  /**
   * Nothing that is watched was changed up to this revision but what was told.
   *
   * @param timeMs when that was known, milliseconds since the epoch by the clock of the node that answers
   */
  record Progress(long revision, long timeMs) implements WatchEvent {
    @Override
    public long resumeAfter() {
      return revision;
    }
  }
}
