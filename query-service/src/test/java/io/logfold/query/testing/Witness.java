package io.logfold.query.testing;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.api.Mutation;
import io.logfold.api.RequestId;
import io.logfold.api.ScanPage;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Notes each call and its answer, and judges them by the log when all is over. The log orders the writes, so
 * linearizability comes down to this:
 *
 * <ul>
 *   <li>J1 A write that was answered OK is in the log exactly once, at the revision it was told; one that was answered
 *       "surely not applied" is not in the log.
 *   <li>J2 A read equals the fold at the one LSN it names, for all its keys together; that is not before anything that was
 *       answered (to anybody) before the read was called, and not behind the log's end when it was answered.
 *   <li>J3 Nor does a read show a key older than a consumer of the log had seen it before the read was called.
 *   <li>J4 What a failed condition tells was so at such an LSN too.
 * </ul>
 */
final class Witness {
  private final SimulatedPartition world;
  private final List<Call> calls = new ArrayList<>();

  /** Greatest LSN that any answer so far has shown. */
  private long shownLsn;

  /** Greatest LSN that a consumer of the log has seen, acknowledged to its writer or not. */
  private long consumedLsn;

  Witness(SimulatedPartition world) {
    this.world = world;
  }

  private static final class Call {
    final SimulatedNode node;
    final String what;
    final long shownBefore;
    final long consumedBefore;
    final CompletableFuture<?> future;
    final @Nullable RequestId request;
    final List<Bytes> keys;
    long endAtAnswer;

    Call(SimulatedNode node, String what, long shownBefore, long consumedBefore, CompletableFuture<?> future, @Nullable RequestId request, List<Bytes> keys) {
      this.node = node;
      this.what = what;
      this.shownBefore = shownBefore;
      this.consumedBefore = consumedBefore;
      this.future = future;
      this.request = request;
      this.keys = keys;
    }
  }

  /** Somebody who reads the log sees what is in it now. */
  void consume() {
    consumedLsn = world.state().lsn();
  }

  void write(SimulatedNode node, String what, RequestId request, List<Bytes> conditionKeys, CompletableFuture<CommitOutcome> future) {
    Call call = note(node, what, request, conditionKeys, future);
    future.whenComplete((outcome, failure) -> {
      call.endAtAnswer = world.log().end();
      if (outcome instanceof CommitOutcome.Applied applied) {
        shownLsn = Math.max(shownLsn, applied.revision());
      }
    });
  }

  void get(SimulatedNode node, String what, List<Bytes> keys, CompletableFuture<GetResult> future) {
    Call call = note(node, what, null, keys, future);
    future.whenComplete((result, failure) -> {
      call.endAtAnswer = world.log().end();
      if (result != null) {
        shownLsn = Math.max(shownLsn, result.entries().stream().flatMap(Optional::stream).mapToLong(Versioned::revision).max().orElse(0));
      }
    });
  }

  void scan(SimulatedNode node, String what, CompletableFuture<ScanPage> future) {
    Call call = note(node, what, null, List.of(), future);
    future.whenComplete((page, failure) -> {
      call.endAtAnswer = world.log().end();
      if (page != null) {
        shownLsn = Math.max(shownLsn, page.entries().stream().mapToLong(Entry::revision).max().orElse(0));
      }
    });
  }

  private Call note(SimulatedNode node, String what, @Nullable RequestId request, List<Bytes> keys, CompletableFuture<?> future) {
    Call call = new Call(node, what, shownLsn, consumedLsn, future, request, keys);
    calls.add(call);
    return call;
  }

  int calls() {
    return calls.size();
  }

  long answered() {
    return calls.stream().filter(call -> call.future.isDone() && !call.future.isCompletedExceptionally()).count();
  }

  // ---- the judgement

  /** Key to value, with the revision, at each LSN; index 0 is the empty store. */
  private final List<Map<Bytes, Versioned>> states = new ArrayList<>();
  /** LSN of each key's last change, deletes included, at each LSN. */
  private final List<Map<Bytes, Long>> changes = new ArrayList<>();
  private final Map<RequestId, List<LogRecord.Event>> events = new HashMap<>();

  /** LSN at each offset: the state a reader has that has folded the log up to there. */
  private final TreeMap<Long, Long> lsnBefore = new TreeMap<>();

  List<String> judge() {
    fold();
    List<String> violations = new ArrayList<>();
    for (Call call : calls) {
      // A process that died answers nobody.
      String violation = call.future.isDone() ? judge(call) : call.node.killed() ? null : "was never answered";
      if (violation != null) {
        violations.add(call.what + ": " + violation);
      }
    }
    return violations;
  }

  private void fold() {
    TreeMap<Bytes, Versioned> state = new TreeMap<>();
    states.add(Map.of());
    TreeMap<Bytes, Long> changed = new TreeMap<>();
    changes.add(Map.of());
    for (SimulatedPartition.Judged each : world.judged()) {
      if (each.valid() && each.record() instanceof LogRecord.TokenRecord record) {
        if (record instanceof LogRecord.Event event) {
          events.computeIfAbsent(event.request().id(), id -> new ArrayList<>()).add(event);
          for (Mutation mutation : event.mutations()) {
            changed.put(mutation.key(), event.lsn());
            switch (mutation) {
              case Mutation.Put put -> state.put(put.key(), new Versioned(put.value(), event.lsn()));
              case Mutation.Delete delete -> state.remove(delete.key());
            }
          }
        }
        states.add(new TreeMap<>(state));
        changes.add(new TreeMap<>(changed));
      }
      lsnBefore.put(each.offset() + 1, (long) states.size() - 1);
    }
  }

  private long lsnAtEnd(long end) {
    Map.Entry<Long, Long> entry = lsnBefore.floorEntry(end);
    return entry == null ? 0 : entry.getValue();
  }

  private @Nullable String judge(Call call) {
    Object answer;
    try {
      answer = call.future.join();
    } catch (RuntimeException e) {
      return judgeFailure(call, StoreException.from(e));
    }
    long from = call.shownBefore;
    long to = lsnAtEnd(call.endAtAnswer);
    return switch (answer) {
      case CommitOutcome.Applied applied -> judgeApplied(call, applied);
      case CommitOutcome.PredicateFailed failed -> {
        Bytes key = failed.key();
        long told = failed.currentRevision().orElse(0);
        boolean logged = call.request != null && events.containsKey(call.request);
        yield logged || retried(call) || some(from, to, state -> revision(state, key) == told) ? null
            : "failed on revision " + told + ", which was not so at any LSN from " + from + " to " + to;
      }
      case GetResult result ->
          judgeRead(call, from, to, result.position().revision(), call.keys, state -> matches(state, call.keys, result));
      case ScanPage page ->
          judgeRead(call, from, to, page.position().revision(), changes.getLast().keySet(), state -> matches(state, page));
      default -> "answered " + answer;
    };
  }

  private @Nullable String judgeRead(Call call, long from, long to, long told, Collection<Bytes> keys, Test test) {
    if (told < from || told > to) {
      return "says that it is of LSN " + told + ", and should be of one from " + from + " to " + to;
    }
    for (Bytes key : keys) {
      long seen = changes.get((int) call.consumedBefore).getOrDefault(key, 0L);
      if (seen > told) {
        return "is of LSN " + told + ", and a consumer had seen " + key + " change at " + seen;
      }
    }
    return test.holds(states.get((int) told)) ? null
        : "answered " + call.future.join() + ", which is not the state at LSN " + told + ": " + states.get((int) told);
  }

  private @Nullable String judgeApplied(Call call, CommitOutcome.Applied applied) {
    List<LogRecord.Event> logged = events.getOrDefault(call.request, List.of());
    if (!applied.changed()) {
      // The law lets a client ignore an answer that is not in the log once it has sent a further attempt.
      return logged.stream().anyMatch(event -> event.outcome() instanceof Outcome.Applied) && !retried(call)
          ? "changed nothing, and is in the log as applied" : null;
    }
    if (logged.size() != 1) {
      return "applied, and in the log " + logged.size() + " times";
    }
    return logged.get(0).lsn() == applied.revision() ? null
        : "applied as revision " + applied.revision() + ", and the log has " + logged.get(0).lsn();
  }

  private @Nullable String judgeFailure(Call call, StoreException failure) {
    List<LogRecord.Event> logged = events.getOrDefault(call.request, List.of());
    if (failure.code() == ErrorCode.INTERNAL || failure.code() == ErrorCode.CORRUPT) {
      return "failed with " + failure;
    }
    // A retry may have been applied: then the request is in the log, and the attempt that failed is not what put it there.
    return call.request == null || failure.code().fate() == ErrorCode.Fate.MAY_HAVE || logged.isEmpty() || retried(call) ? null
        : "surely not applied (" + failure.code() + "), and in the log";
  }

  private boolean retried(Call call) {
    return calls.stream().filter(other -> call.request != null && call.request.equals(other.request)).count() > 1;
  }

  private interface Test {
    boolean holds(Map<Bytes, Versioned> state);
  }

  private boolean some(long from, long to, Test test) {
    for (long lsn = from; lsn <= to; lsn++) {
      if (test.holds(states.get((int) lsn))) {
        return true;
      }
    }
    return false;
  }

  private static long revision(Map<Bytes, Versioned> state, Bytes key) {
    Versioned versioned = state.get(key);
    return versioned == null ? 0 : versioned.revision();
  }

  private static boolean matches(Map<Bytes, Versioned> state, List<Bytes> keys, GetResult result) {
    for (int i = 0; i < keys.size(); i++) {
      if (!result.entries().get(i).equals(Optional.ofNullable(state.get(keys.get(i))))) {
        return false;
      }
    }
    return true;
  }

  /** Pages of these tests are as large as the partition key. */
  private static boolean matches(Map<Bytes, Versioned> state, ScanPage page) {
    return page.entries().size() == state.size() && page.entries().stream()
        .allMatch(entry -> new Versioned(entry.value(), entry.revision()).equals(state.get(entry.key())));
  }
}
