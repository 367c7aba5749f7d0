package io.logfold.log.audit;

import io.logfold.api.Bytes;
import io.logfold.log.FoldState;
import io.logfold.log.Hash;
import io.logfold.log.LogRecord;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHasher;
import java.util.Optional;

/**
 * A place where the chain is broken: a record that is not chained to the one before it. Either that one was changed, or
 * this one's link was. The records behind it tell which: they are chained to this one as it was when they were written.
 *
 * <p>Owned by one {@link LogAudit}.
 */
final class Break {
  /** So many records are looked at behind it. */
  private static final int LOOK_AHEAD = 64;

  private final long offset;
  private final FoldState before;
  private final Hash link;
  /** The chain behind this record, on the history that it names, and on the one that is here. */
  private final Hash asLinked;
  private final Hash asFound;
  private final Optional<Long> overtaken;
  private int seen;
  private boolean linkIsRight;
  private boolean decided;

  /** @param overtaken offset of the skipped record that this one is chained to, where there is one */
  Break(long offset, LogRecord record, FoldState before, Optional<Long> overtaken) {
    this.offset = offset;
    this.before = before;
    this.link = record.header().prevHash();
    this.asLinked = RecordHasher.next(link, record);
    this.asFound = RecordHasher.next(before.hash(), record);
    this.overtaken = overtaken;
  }

  /** Takes a record behind the break; returns whether it wants another one. */
  boolean lookAt(Bytes raw) {
    if (overtaken.isEmpty() && RecordCodec.decode(raw) instanceof RecordCodec.Decoded.Ok ok) {
      Hash next = ok.record().header().prevHash();
      linkIsRight = next.equals(asLinked);
      decided = linkIsRight || next.equals(asFound);
    }
    return overtaken.isEmpty() && !decided && ++seen < LOOK_AHEAD;
  }

  Misfit misfit() {
    long last = before.lastValidOffset();
    String what = "it is chained to " + link + ", but the log up to here has " + before.hash() + ": ";
    if (overtaken.isPresent()) {
      return new Misfit(before.partition(), last, Misfit.Kind.INSERTED, last, last, "the record at offset " + offset
          + " is chained to the one at offset " + overtaken.get() + ", which has the same LSN " + before.lsn()
          + " as this one: this one was put in before it");
    }
    if (decided && !linkIsRight) {
      return new Misfit(before.partition(), offset, Misfit.Kind.CHANGED, offset, offset, what
          + "its link was changed, the records around it fit each other");
    }
    String touched = last <= 0 ? "the record at offset " + last + " was changed"
        : "the record at offset " + last + " was changed, or all up to it was written anew";
    return decided
        ? new Misfit(before.partition(), offset, Misfit.Kind.CHANGED, last, last, what + touched
            + "; this one and what follows fit each other")
        : new Misfit(before.partition(), offset, Misfit.Kind.CHANGED, last, offset, what + touched
            + ", or this one was");
  }
}
