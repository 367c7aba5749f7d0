package io.logfold.standalone.jsonl;

import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Provenance;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.standalone.importgit.ImportRefusedException;
import io.logfold.standalone.importgit.Patience;
import io.logfold.standalone.importgit.RequestIds;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes the rows of a file, many batches under way at a time, and moves the mark behind them.
 *
 * <ul>
 *   <li>R1 A row is written only on the condition under which that was decided: its key is absent, or still has the revision
 *       whose value it is to replace. A batch whose condition does not hold is looked at again and decided anew.
 *   <li>R2 A request whose fate is not known is asked again under its own id until it is known; only then is the batch looked
 *       at. So no late request of this run can undo what was done after it.
 *   <li>R3 A key that has the row's value is left alone. So a run that knows nothing of an earlier one repeats nothing of it.
 *   <li>R4 A resumed run begins behind the mark, cuts the same batches as the run before, and asks under the same ids: what
 *       that run had sent and never learnt of is not done again, even where somebody has changed the key since (within the
 *       dedupe window, and where that run's first try went through; else R1 and R3 stand alone).
 * </ul>
 *
 * <p>All state belongs to the thread that calls {@link #run}; the store's threads only put what they have to say into a queue.
 */
final class RowPipeline {
  static final int MAX_BATCHES = 64;
  private static final long MAX_BYTES = 16 << 20;
  /** Of one batch, by somebody else's writing in between. */
  private static final int MOST_ROUNDS = 100;
  private static final long MARK_EVERY_NANOS = 1_000_000_000;
  private static final long MARK_EVERY_ROWS = 100_000;

  private sealed interface Event {
    RowBatch batch();

    record Committed(RowBatch batch, CommitOutcome outcome) implements Event {}

    record Looked(RowBatch batch, GetResult found) implements Event {}

    record Failed(RowBatch batch, StoreException why) implements Event {}
  }

  private final Store store;
  private final CallOptions call;
  private final Patience patience;
  private final LongSupplier nowMs;
  private final LongSupplier nanoTime;
  private final StateFile file;
  private final OnConflict onConflict;
  private final Provenance provenance;
  private final RowMark marks;
  private final ImportProgress progress;
  private final boolean resumed;

  private final ArrayDeque<RowBatch> window = new ArrayDeque<>();
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private long windowBytes;
  private Optional<StateRow> readAhead = Optional.empty();
  private @Nullable RowBatch heldBack;
  private RowMark.Kept kept;
  private long read;
  private long passed;
  private long markedNanos;
  private boolean lookFirst;
  private boolean ended;
  private int underWay;
  private @Nullable StoreException trouble;
  private int failures;
  private @Nullable StateRow conflict;
  private long imported;
  private long overwritten;
  private long skipped;
  private long unchanged;

  RowPipeline(Store store, CallOptions call, Patience patience, LongSupplier nowMs, LongSupplier nanoTime, StateFile file,
      OnConflict onConflict, Provenance provenance, RowMark marks, RowMark.Kept kept, boolean resumed,
      ImportProgress progress) {
    this.store = store;
    this.call = call;
    this.patience = patience;
    this.nowMs = nowMs;
    this.nanoTime = nanoTime;
    this.file = file;
    this.onConflict = onConflict;
    this.provenance = provenance;
    this.marks = marks;
    this.kept = kept;
    this.resumed = resumed;
    this.lookFirst = resumed;
    this.progress = progress;
    this.passed = kept.rows();
    this.markedNanos = nanoTime.getAsLong();
  }

  /** Imports to the end; on a failure what was done before stays, and a resumed run goes on from there. */
  ImportSummary run() throws InterruptedException {
    long before = kept.rows();
    while (read < before && file.next().isPresent()) {
      read++;
    }
    while (true) {
      StoreException failure = trouble;
      StateRow conflicting = conflict;
      if (failure == null && conflicting == null) {
        fill();
        window.stream().filter(batch -> !batch.done() && !batch.underWay()).forEach(this::send);
      }
      if (underWay > 0) {
        handle(events.take());
        pass();
      } else if (conflicting != null) {
        mark();
        throw refused(conflicting);
      } else if (failure != null) {
        patience.waitAfter(failure, ++failures);
        progress.retrying(failure.code() + ": " + failure.getMessage());
        trouble = null;
      } else {
        break;
      }
    }
    mark();
    return new ImportSummary(imported, overwritten, skipped, unchanged, before, 0);
  }

  private void fill() {
    while (!ended && window.size() < MAX_BATCHES && windowBytes < MAX_BYTES) {
      RowBatch held = heldBack;
      RowBatch next = held != null ? held : cut();
      if (next == null) {
        ended = true;
        return;
      }
      if (window.stream().anyMatch(next::mustFollow)) {
        heldBack = next;
        return;
      }
      heldBack = null;
      window.add(next);
      windowBytes += next.bytes();
    }
  }

  /** The next batch of the file; null at its end. Where it is cut follows from its first row alone. */
  private @Nullable RowBatch cut() {
    List<StateRow> rows = new ArrayList<>();
    long bytes = 0;
    while (rows.size() < RowBatch.MAX_ROWS) {
      Optional<StateRow> next = readAhead.isPresent() ? readAhead : file.next();
      readAhead = next;
      if (next.isEmpty()) {
        break;
      }
      StateRow row = next.get();
      boolean fits = rows.isEmpty() || (rows.getFirst().partitionKey().equals(row.partitionKey())
          && rows.getLast().key().compareTo(row.key()) < 0 && bytes + row.bytes() <= RowBatch.MAX_BYTES);
      if (!fits) {
        break;
      }
      rows.add(row);
      bytes += row.bytes();
      readAhead = Optional.empty();
    }
    if (rows.isEmpty()) {
      return null;
    }
    RowBatch batch = new RowBatch(rows, read);
    read = batch.to();
    return batch;
  }

  private void send(RowBatch batch) {
    Optional<CommitRequest> again = batch.again();
    if (again.isPresent()) {
      commit(batch, again.get());
    } else if (lookFirst || batch.round() > 0) {
      look(batch);
    } else {
      batch.guessAbsent();
      write(batch);
    }
  }

  private void look(RowBatch batch) {
    began(batch);
    store.get(new GetRequest(batch.partitionKey(), batch.keys(), Consistency.LINEARIZABLE), call).whenComplete(
        (found, failure) -> events.add(failure == null
            ? new Event.Looked(batch, found) : new Event.Failed(batch, StoreException.from(failure))));
  }

  private void write(RowBatch batch) {
    String line = "lines " + batch.rows().getFirst().line() + "-" + batch.rows().getLast().line();
    Optional<CommitRequest> request = batch.commit(
        round -> RequestIds.named("import-jsonl batch", kept.importId(), batch.name(), "" + round), resumed ? 0 : 1,
        nowMs.getAsLong(), new Provenance(provenance.principal(), provenance.reason() + ", " + line, provenance.source()));
    if (request.isPresent()) {
      commit(batch, request.get());
    } else {
      finish(batch);
    }
  }

  private void commit(RowBatch batch, CommitRequest request) {
    began(batch);
    store.commit(request, call).whenComplete((outcome, failure) -> events.add(failure == null
        ? new Event.Committed(batch, outcome) : new Event.Failed(batch, StoreException.from(failure))));
  }

  private void began(RowBatch batch) {
    batch.underWay(true);
    underWay++;
  }

  private void handle(Event event) {
    RowBatch batch = event.batch();
    batch.underWay(false);
    underWay--;
    switch (event) {
      case Event.Committed(RowBatch same, CommitOutcome.Applied applied) -> {
        failures = 0;
        finish(batch);
      }
      case Event.Committed(RowBatch same, CommitOutcome.PredicateFailed failed) -> {
        batch.answered();
        lookFirst = true;
        if (batch.round() > MOST_ROUNDS) {
          throw new StoreException(ErrorCode.UNAVAILABLE, "the keys of lines " + batch.rows().getFirst().line() + " to "
              + batch.rows().getLast().line() + " are changed by somebody else all the time; try again when that is over");
        }
      }
      case Event.Looked(RowBatch same, GetResult found) -> {
        failures = 0;
        Optional<StateRow> conflicting = batch.decide(found.entries(), onConflict);
        if (conflicting.isPresent()) {
          StateRow first = conflict;
          conflict = first == null || conflicting.get().line() < first.line() ? conflicting.get() : first;
        } else if (trouble == null && conflict == null) {
          lookFirst = batch.imported() < batch.rows().size();
          write(batch);
        }
      }
      case Event.Failed(RowBatch same, StoreException why) -> {
        if (why.code() == ErrorCode.REQUEST_EXPIRED || why.code() == ErrorCode.CANCELLED) {
          batch.answered();
        }
        StoreException earlier = trouble;
        if (earlier == null || earlier.code().retry() != ErrorCode.Retry.NEVER) {
          trouble = why;
        }
      }
    }
  }

  private void finish(RowBatch batch) {
    batch.finish();
    imported += batch.imported();
    overwritten += batch.overwritten();
    skipped += batch.skipped();
    unchanged += batch.unchanged();
  }

  private void pass() {
    while (!window.isEmpty() && window.getFirst().done()) {
      RowBatch first = window.remove();
      windowBytes -= first.bytes();
      passed = first.to();
    }
    progress.advanced(passed, kept.total());
    if (passed - kept.rows() >= MARK_EVERY_ROWS
        || (passed > kept.rows() && nanoTime.getAsLong() - markedNanos >= MARK_EVERY_NANOS)) {
      mark();
    }
  }

  private void mark() {
    if (passed > kept.rows()) {
      RowMark.Kept to = new RowMark.Kept(kept.importId(), passed, kept.total());
      marks.move(to);
      kept = to;
    }
    markedNanos = nanoTime.getAsLong();
  }

  private ImportRefusedException refused(StateRow row) {
    return new ImportRefusedException("line " + row.line() + ": partition key " + row.partitionKey() + " has key " + row.key()
        + " with another value, and conflicts are to fail. Before it stopped, the import wrote " + imported + " rows ("
        + unchanged + " were there); nothing of the batch of this line. Choose --on-conflict skip or overwrite, or settle"
        + " the key and run again with --resume");
  }
}
