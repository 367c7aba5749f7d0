package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Limits;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends the steps of a {@link StepWindow} without waiting for each, and moves the mark behind them, one move at a time.
 *
 * <p>There is one answer to everything that goes wrong, from a refused step to a crash of an earlier run: stop sending,
 * let what is under way come back, read mark and values, see from them how far the store is ({@link StepWindow}, W2),
 * and go on from there. All state belongs to the thread that calls {@link #run}; the store's threads only put what
 * they have to say into a queue.
 */
final class Pipeline {
  /** At most so many steps may be ahead of the mark; a rerun looks as far ahead as any run before could have been. */
  static final int CAPACITY = 64;
  private static final int MOST_LOOKS = 3;

  private sealed interface Event {
    record Answered(Flight flight, CommitOutcome outcome) implements Event {}

    record Failed(Flight flight, StoreException why) implements Event {}

    record MarkMoved(int steps, Mark to, CommitOutcome outcome) implements Event {}

    record MarkFailed(StoreException why) implements Event {}
  }

  /** No path begins so; it stands for none. */
  private static final Bytes NO_PATH = Bytes.utf8("//");

  private final Store store;
  private final CallOptions call;
  private final Patience patience;
  private final LongSupplier nowMs;
  private final MarkKeeper marks;
  private final Bytes partitionKey;
  private final GitHistory history;
  private final long endIndex;
  private final ImportListener listener;

  private final StepWindow window = new StepWindow(CAPACITY);
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final Queue<Step> read = new ArrayDeque<>();
  private MarkKeeper.Kept kept;
  private int skipChanges;
  private boolean readToTheEnd;
  private @Nullable RuntimeException ending;
  private int underWay;
  private boolean markUnderWay;
  private @Nullable StoreException trouble;
  private int failures;
  private long commits;
  private long changes;
  private long storeCommits;
  /** The position of the last look at the values. */
  private long readAt;
  /** Where the partition key holds the tree of the last commit that was told; empty where that was before this run. */
  private OptionalLong toldRevision = OptionalLong.empty();

  /**
   * @param history begins behind the mark, or with the mark's commit where that is not complete
   * @param endIndex commits from this index on are left for another run
   */
  Pipeline(Store store, CallOptions call, Patience patience, LongSupplier nowMs, MarkKeeper marks, MarkKeeper.Kept kept,
      Bytes partitionKey, GitHistory history, long endIndex, ImportListener listener) {
    this.store = store;
    this.call = call;
    this.patience = patience;
    this.nowMs = nowMs;
    this.marks = marks;
    this.kept = kept;
    this.partitionKey = partitionKey;
    this.history = history;
    this.endIndex = endIndex;
    this.listener = listener;
    this.skipChanges = kept.mark().complete() ? 0 : kept.mark().done();
  }

  long commits() {
    return commits;
  }

  long changes() {
    return changes;
  }

  long storeCommits() {
    return storeCommits;
  }

  /** Where the store is. */
  Mark mark() {
    return kept.mark();
  }

  /** Imports to the end; on a failure, what was applied before stays and the next run goes on from there. */
  void run() throws InterruptedException {
    fill(Long.MAX_VALUE);
    Set<Flight> perhapsSentBefore = Set.copyOf(window.flights());
    resync();
    while (true) {
      if (trouble == null) {
        fill(endIndex);
        send(perhapsSentBefore);
        moveMark();
      }
      if (underWay > 0 || markUnderWay) {
        handle(events.take());
      } else if (trouble != null) {
        patience.waitAfter(trouble, ++failures);
        listener.retrying(trouble.code() + ": " + trouble.getMessage());
        resync();
        trouble = null;
      } else {
        break;
      }
    }
    if (ending != null) {
      throw ending;
    }
  }

  private void fill(long readBelowIndex) {
    while (true) {
      if (read.isEmpty() && !readCommit(readBelowIndex)) {
        return;
      }
      if (window.offer(read.element()).isEmpty()) {
        return;
      }
      read.remove();
    }
  }

  private boolean readCommit(long belowIndex) {
    if (readToTheEnd || history.nextIndex() >= belowIndex) {
      return false;
    }
    int index = history.nextIndex();
    try {
      Optional<GitCommit> commit = history.next();
      if (commit.isEmpty()) {
        readToTheEnd = true;
        return false;
      }
      if (skipChanges > 0 && commit.get().changes().size() != kept.mark().total()) {
        throw new ImportRefusedException("the mark says that commit " + commit.get().oid() + " has "
            + kept.mark().total() + " changes, git says " + commit.get().changes().size());
      }
      read.addAll(Step.of(commit.get(), skipChanges));
      skipChanges = 0;
      return true;
    } catch (ImportRefusedException | GitException e) {
      readToTheEnd = true;
      if (index < endIndex) {
        ending = e;
      }
      return false;
    }
  }

  private void send(Set<Flight> perhapsSentBefore) {
    for (Flight flight : window.flights()) {
      if (flight.state() == Flight.State.WAITING && flight.step().commitIndex() < endIndex) {
        int attempt = perhapsSentBefore.contains(flight) ? 0 : 1;
        underWay++;
        store.commit(flight.send(partitionKey, kept.mark().importId(), attempt, nowMs.getAsLong()), call)
            .whenComplete((outcome, failure) -> events.add(failure == null
                ? new Event.Answered(flight, outcome) : new Event.Failed(flight, StoreException.from(failure))));
      }
    }
  }

  private void moveMark() {
    if (markUnderWay) {
      return;
    }
    int steps = 0;
    Mark to = kept.mark();
    for (Flight flight : window.flights()) {
      if (flight.state() != Flight.State.APPLIED || leftForAnotherRun(flight)) {
        break;
      }
      steps++;
      to = to.after(flight.step());
    }
    if (steps == 0) {
      return;
    }
    tell(steps);
    int moved = steps;
    Mark target = to;
    markUnderWay = true;
    marks.move(Optional.of(kept), target).whenComplete((outcome, failure) -> events.add(failure == null
        ? new Event.MarkMoved(moved, target, outcome) : new Event.MarkFailed(StoreException.from(failure))));
  }

  /** Before the mark moves: whoever moves it has told of what is in front of it. */
  private void tell(int steps) {
    int n = 0;
    for (Flight flight : window.flights()) {
      if (n++ == steps) {
        return;
      }
      // A commit without changes leaves the tree as it found it.
      OptionalLong at = flight.revision().isPresent() ? flight.revision() : toldRevision;
      toldRevision = at;
      if (flight.tell() && flight.step().endsCommit() && at.isPresent()) {
        listener.imported(flight.step().oid(), at.getAsLong());
      }
    }
  }

  /**
   * A commit without changes behind this run's end; one with changes there is applied only if an earlier run did so.
   */
  private boolean leftForAnotherRun(Flight flight) {
    return flight.step().changes().isEmpty() && flight.step().commitIndex() >= endIndex;
  }

  private void handle(Event event) {
    switch (event) {
      case Event.Answered(Flight flight, CommitOutcome.Applied applied) -> {
        underWay--;
        flight.answered(true);
        flight.heldAt(applied.revision());
        failures = 0;
      }
      case Event.Answered(Flight flight, CommitOutcome.PredicateFailed failed) -> {
        underWay--;
        flight.answered(false);
        troubled(new StoreException(ErrorCode.NOT_APPLIED,
            flight.step() + " was refused: " + failed.key() + " is not what the commit before left"));
      }
      case Event.Failed(Flight flight, StoreException why) -> {
        underWay--;
        if (why.code() == ErrorCode.REQUEST_EXPIRED) {
          flight.answered(false);
        }
        troubled(why);
      }
      case Event.MarkMoved(int steps, Mark to, CommitOutcome.Applied applied) -> {
        markUnderWay = false;
        passed(steps, new MarkKeeper.Kept(to, applied.revision()));
      }
      case Event.MarkMoved moved -> {
        markUnderWay = false;
        troubled(new StoreException(ErrorCode.NOT_APPLIED, "the mark was not where it was left"));
      }
      case Event.MarkFailed(StoreException why) -> {
        markUnderWay = false;
        troubled(why);
      }
    }
  }

  /** The first trouble is the one to tell of; what is refused behind it is its consequence. */
  private void troubled(StoreException why) {
    if (trouble == null || trouble.code() == ErrorCode.NOT_APPLIED) {
      trouble = why;
    }
  }

  private void passed(int steps, MarkKeeper.Kept to) {
    int n = 0;
    for (Flight flight : window.flights()) {
      if (n++ == steps) {
        break;
      }
      if (flight.step().changes().isEmpty()) {
        commits++;
      } else if (flight.sentByThisRun()) {
        commits += flight.step().endsCommit() ? 1 : 0;
        changes += flight.step().changes().size();
        storeCommits++;
      }
    }
    window.drop(steps);
    kept = to;
    listener.advanced(commits, changes);
  }

  /** Looks where mark and data are, and sets every flight's state by that. Nothing is under way. */
  private void resync() {
    alignWithMark();
    List<Bytes> paths = new ArrayList<>(window.paths());
    Map<Bytes, Versioned> found = Map.of();
    Map<Bytes, Bytes> values = Map.of();
    for (int look = 0; look < MOST_LOOKS; look++) {
      // More than one look, because a write of unknown fate may arrive between two reads.
      found = found(paths);
      values = values(found);
      OptionalInt applied = window.locate(values);
      if (applied.isPresent()) {
        int n = 0;
        for (Flight flight : window.flights()) {
          flight.found(n++ < applied.getAsInt());
        }
        placeInHistory(applied.getAsInt(), found);
        return;
      }
    }
    throw new ImportRefusedException("what partition key " + partitionKey + " holds is the state of none of the commits"
        + " behind " + kept.mark().oid().orElse("the start") + ": " + firstSurprise(values) + ". Somebody else wrote to"
        + " it, or the branch was rewritten. Import into another --partition-key, or use --rewritten to make it equal"
        + " to the branch's tip");
  }

  private void alignWithMark() {
    MarkKeeper.Kept found = marks.read().orElseThrow(MarkKeeper::secondImporter);
    if (found.equals(kept)) {
      return;
    }
    int n = 0;
    for (Flight flight : window.flights()) {
      n++;
      if (found.mark().importId().equals(kept.mark().importId()) && found.mark().isAfter(flight.step())) {
        passed(n, found);
        // Whoever moved it has told of these; where the partition key is now, the values will tell.
        toldRevision = OptionalLong.empty();
        return;
      }
    }
    throw MarkKeeper.secondImporter();
  }

  /**
   * Says at which revisions the states that were found are held, where no answer said it. A path that no later step changes
   * still has the revision of its step's event. Where a step has none, the state behind it lasted until right before the next
   * step's event; the last one lasts now.
   */
  private void placeInHistory(int applied, Map<Bytes, Versioned> found) {
    List<Flight> flights = window.flights().stream().limit(applied).toList();
    Set<Bytes> changedLater = new HashSet<>();
    long next = readAt + 1;
    for (Flight flight : flights.reversed()) {
      if (flight.step().changes().isEmpty()) {
        continue;
      }
      for (Bytes path : flight.step().paths()) {
        Versioned value = found.get(path);
        if (changedLater.add(path) && value != null) {
          flight.heldAt(value.revision());
        }
      }
      flight.heldAt(next - 1);
      next = flight.revision().orElseThrow();
    }
    if (toldRevision.isEmpty()) {
      toldRevision = OptionalLong.of(next - 1);
    }
  }

  private static Map<Bytes, Bytes> values(Map<Bytes, Versioned> found) {
    Map<Bytes, Bytes> values = new HashMap<>();
    found.forEach((path, value) -> values.put(path, value.value()));
    return values;
  }

  private Map<Bytes, Versioned> found(List<Bytes> paths) {
    Map<Bytes, Versioned> values = new HashMap<>();
    if (paths.isEmpty() && window.isEmpty()) {
      return values;
    }
    // Also where the window's commits change nothing: to know the revision at which that is so.
    List<Bytes> asked = paths.isEmpty() ? List.of(NO_PATH) : paths;
    for (int from = 0; from < asked.size(); from += Limits.MAX_GET_KEYS) {
      List<Bytes> some = asked.subList(from, Math.min(asked.size(), from + Limits.MAX_GET_KEYS));
      GetRequest request = new GetRequest(partitionKey, some, Consistency.LINEARIZABLE);
      GetResult result = patience.ask(() -> store.get(request, call));
      readAt = result.position().revision();
      for (int i = 0; i < some.size(); i++) {
        Bytes path = some.get(i);
        result.entries().get(i).ifPresent(value -> values.put(path, value));
      }
    }
    return values;
  }

  private String firstSurprise(Map<Bytes, Bytes> values) {
    for (Flight flight : window.flights()) {
      for (TreeChange change : flight.step().changes()) {
        Optional<Bytes> value = Optional.ofNullable(values.get(change.path()));
        if (!value.equals(change.before())) {
          return change.path() + " is " + value.map(Bytes::utf8).orElse("absent") + ", expected "
              + change.before().map(Bytes::utf8).orElse("absent") + " before " + flight.step();
        }
      }
    }
    return "it holds some of their changes and not others";
  }
}
