package io.logfold.api.testing;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One partition of {@link ReferenceStore}: the rules of a commit, in the order in which they are applied. Guarded by
 * the store's lock.
 *
 * <p>Requests are remembered for ever; that those older than the dedupe window are refused makes it the same as
 * forgetting them.
 */
final class ReferencePartition {
  /** How far a request's time may lie behind the last event's, milliseconds. */
  static final long DEDUPE_WINDOW_MS = 10 * 60_000;

  /** How far a request's time may lie ahead of the clock, milliseconds. */
  static final long CLOCK_AHEAD_MS = 30_000;

  private final NavigableMap<Bytes, NavigableMap<Bytes, Versioned>> rows = new TreeMap<>();
  private final Map<RequestId, Resolution> requests = new HashMap<>();
  private long revision;
  private long logTimeMs;

  long revision() {
    return revision;
  }

  Set<Bytes> partitionKeys() {
    return rows.keySet();
  }

  /** Of one partition key; to be read only. */
  NavigableMap<Bytes, Versioned> rows(Bytes partitionKey) {
    return rows.getOrDefault(partitionKey, new TreeMap<>());
  }

  CommitOutcome commit(CommitRequest request, long nowMs) {
    RequestInfo info = request.request();
    checkTime(info.id(), info.timeMs(), nowMs);
    Resolution before = requests.get(info.id());
    if (before != null) {
      return again(request, before);
    }
    CommitOutcome outcome = decide(request);
    boolean changes = outcome instanceof CommitOutcome.Applied applied && applied.changed();
    if (changes || info.attempt() != 1) {
      // An event. Where it changes nothing it is there to keep the answer, since an earlier attempt may still arrive.
      revision++;
      logTimeMs = Math.max(logTimeMs, nowMs);
      requests.put(info.id(), switch (outcome) {
        case CommitOutcome.Applied applied -> new Resolution.Applied(applied.revision(), applied.changed());
        case CommitOutcome.PredicateFailed failed ->
            new Resolution.PredicateFailed(failed.index(), failed.currentRevision());
      });
    }
    if (changes) {
      request.mutations().forEach(mutation -> apply(request.partitionKey(), mutation));
    }
    return outcome;
  }

  /** What is logged of the request; where it is not known, that it was withdrawn. */
  Resolution resolve(ResolveRequest request, long nowMs) {
    checkTime(request.requestId(), request.requestTimeMs(), nowMs);
    Resolution known = requests.get(request.requestId());
    if (known != null) {
      return known;
    }
    revision++;
    logTimeMs = Math.max(logTimeMs, nowMs);
    Resolution cancelled = new Resolution.Cancelled(revision);
    requests.put(request.requestId(), cancelled);
    return cancelled;
  }

  private void checkTime(RequestId id, long timeMs, long nowMs) {
    if (timeMs + DEDUPE_WINDOW_MS < logTimeMs) {
      throw new StoreException(ErrorCode.REQUEST_EXPIRED, "request " + id + " was made at " + timeMs
          + " ms, more than " + DEDUPE_WINDOW_MS + " ms before the last event; read before writing again");
    }
    if (timeMs > nowMs + CLOCK_AHEAD_MS) {
      throw new StoreException(ErrorCode.CLOCK_AHEAD, "request " + id + " was made at " + timeMs
          + " ms, more than " + CLOCK_AHEAD_MS + " ms after now; set the clock of its maker");
    }
  }

  private static CommitOutcome again(CommitRequest request, Resolution before) {
    return switch (before) {
      case Resolution.Applied applied -> new CommitOutcome.Applied(applied.revision(), applied.changed());
      case Resolution.PredicateFailed failed -> new CommitOutcome.PredicateFailed(
          failed.index(), request.predicates().get(failed.index()).key(), failed.revision());
      case Resolution.Cancelled cancelled -> throw new StoreException(ErrorCode.CANCELLED, "request "
          + request.request().id() + " was withdrawn before it was applied; it never will be");
    };
  }

  private CommitOutcome decide(CommitRequest request) {
    NavigableMap<Bytes, Versioned> current = rows(request.partitionKey());
    List<Predicate> predicates = request.predicates();
    for (int i = 0; i < predicates.size(); i++) {
      Bytes key = predicates.get(i).key();
      @Nullable Versioned row = current.get(key);
      if (!predicates.get(i).holds(row == null ? null : row.value(), row == null ? 0 : row.revision())) {
        return new CommitOutcome.PredicateFailed(i, key,
            row == null ? OptionalLong.empty() : OptionalLong.of(row.revision()));
      }
    }
    boolean changes = request.mutations().stream()
        .anyMatch(mutation -> mutation instanceof Mutation.Put || current.containsKey(mutation.key()));
    return new CommitOutcome.Applied(changes ? revision + 1 : revision, changes);
  }

  private void apply(Bytes partitionKey, Mutation mutation) {
    switch (mutation) {
      case Mutation.Put put -> rows.computeIfAbsent(partitionKey, k -> new TreeMap<>())
          .put(put.key(), new Versioned(put.value(), revision));
      case Mutation.Delete delete -> rows.computeIfPresent(partitionKey, (k, keys) -> {
        keys.remove(delete.key());
        return keys.isEmpty() ? null : keys;
      });
    }
  }
}
