package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.AppendCallback;
import io.logfold.log.PartitionLog.AppendFailure;
import io.logfold.log.PartitionLog.LogBatch;
import io.logfold.log.PartitionLog.OffsetGoneException;
import io.logfold.log.PartitionLog.RawRecord;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log for the leader: all the time while it does not lead, and for as long as it takes while it leads and an
 * acknowledgement left a gap. One read is under way at a time; it pauses while the memtable is full. Owned by the
 * leader's thread.
 */
final class LogTail {
  private static final int BATCH_BYTES = 4 << 20;
  private static final long LONG_POLL_MS = 500;

  /** Nothing rests on hearing of an end that has not moved: a quiet partition is asked for less and less. */
  private static final long LONGEST_POLL_MS = 16_000;
  private static final long RETRY_NANOS = 200_000_000;
  private static final long PAUSE_NANOS = 20_000_000;

  /** Whom it reads for; called on the leader's thread. */
  interface Listener {
    /** Where to read on. */
    long position();

    /** Whether what is read can be kept. */
    boolean mayRead();

    void record(long offset, Bytes raw);

    /** Everything below the high watermark was given. */
    void atEnd();

    /** Whether the end, told again, would say nothing new: then it need not be asked for often. */
    boolean patient();

    /** The gap was read. */
    void gapClosed();

    /** The log does not hold this position. */
    void gone(String why);
  }

  private enum Mode { STOPPED, FOLLOWING, CLOSING_GAP }

  private final PartitionLog log;
  private final Executor leaderThread;
  private final LeaderClock clock;
  private final Listener listener;

  private Mode mode = Mode.STOPPED;
  private boolean reading;

  /** Changes with the mode: what was read for an earlier one says nothing of the log's end as it is now, and is dropped. */
  private long generation;

  /** Behind offsets that were read and hold no record. */
  private long readTo;
  private boolean ended;

  /** How long the next read at the end waits: doubled by each that brought nothing. */
  private long patienceMs = LONG_POLL_MS;
  private long gapEnd;
  private long notBeforeNanos;
  private boolean delayed;
  private @Nullable Runnable later;
  private long laterNanos;

  LogTail(PartitionLog log, Executor leaderThread, LeaderClock clock, Listener listener) {
    this.log = log;
    this.leaderThread = leaderThread;
    this.clock = clock;
    this.listener = listener;
  }

  /** An append callback for records whose only news is that there is something to read. */
  record Nudge(Executor leaderThread, LogTail tail) implements AppendCallback {
    @Override
    public void appended(long offset) {
      leaderThread.execute(tail::nudge);
    }

    @Override
    public void failed(AppendFailure failure) {
      leaderThread.execute(tail::nudge);
    }
  }

  void follow() {
    become(Mode.FOLLOWING);
    ended = false;
    patienceMs = LONG_POLL_MS;
    read();
  }

  /** Reads up to and including this offset; -1: to the end as it is now. */
  void closeGap(long offset) {
    become(Mode.CLOSING_GAP);
    gapEnd = offset;
    read();
  }

  boolean closingGap() {
    return mode == Mode.CLOSING_GAP;
  }

  void stop() {
    become(Mode.STOPPED);
  }

  private void become(Mode next) {
    mode = next;
    generation++;
    reading = false;
  }

  /** There may be something to read. */
  void nudge() {
    read();
  }

  void later(Runnable what, long atNanos) {
    later = what;
    laterNanos = atNanos;
  }

  void tick(long now) {
    Runnable what = later;
    if (what != null && now - laterNanos >= 0) {
      later = null;
      what.run();
    }
    if (mode != Mode.STOPPED && !reading && (!delayed || now - notBeforeNanos >= 0)) {
      delayed = false;
      read();
    }
  }

  long nextWakeupNanos(long now) {
    if (later != null) {
      return Math.max(1, laterNanos - now);
    }
    return mode != Mode.STOPPED && !reading ? Math.max(1, delayed ? notBeforeNanos - now : PAUSE_NANOS) : Long.MAX_VALUE;
  }

  private void read() {
    if (reading || mode == Mode.STOPPED || delayed || (mode == Mode.FOLLOWING && !listener.mayRead())) {
      return;
    }
    reading = true;
    long mine = generation;
    // While the end was not reached yet, no wait: the end shall be found at once. What a gap waits for is there already.
    long waitMs = mode == Mode.CLOSING_GAP ? (gapEnd >= 0 ? LONG_POLL_MS : 0) : ended ? patienceMs : 0;
    log.read(Math.max(listener.position(), readTo), BATCH_BYTES, waitMs).whenComplete((batch, failure) ->
        leaderThread.execute(() -> {
          if (mine != generation) {
            return;
          }
          reading = false;
          if (failure != null) {
            failed(failure);
          } else {
            took(batch);
          }
        }));
  }

  private void took(LogBatch batch) {
    long mine = generation;
    patienceMs = batch.records().isEmpty() && ended && listener.patient() ? Math.min(2 * patienceMs, LONGEST_POLL_MS) : LONG_POLL_MS;
    for (RawRecord record : batch.records()) {
      listener.record(record.offset(), record.value());
      if (mine != generation) {
        return;
      }
    }
    readTo = Math.max(readTo, batch.nextOffset());
    long reached = Math.max(readTo, listener.position());
    if (mode == Mode.CLOSING_GAP) {
      if (gapEnd >= 0 ? reached > gapEnd : reached >= batch.highWatermark()) {
        stop();
        listener.gapClosed();
        return;
      }
    } else if (reached >= batch.highWatermark()) {
      ended = true;
      listener.atEnd();
      if (mine != generation) {
        return;
      }
    }
    read();
  }

  private void failed(Throwable failure) {
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    if (cause instanceof OffsetGoneException gone) {
      stop();
      listener.gone(String.valueOf(gone.getMessage()));
      return;
    }
    delayed = true;
    notBeforeNanos = clock.monotonicNanos() + RETRY_NANOS;
  }
}
