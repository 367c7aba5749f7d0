package io.logfold.query.simulation;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.RequestId;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.Verdict;
import io.logfold.query.testing.SimulatedLink.Landing;
import io.logfold.query.testing.SimulatedLink.Sent;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the log says, folded record by record as they come into it, for one partition key; and who sent each record when.
 * The log is the witness: it orders the writes, so an answer is right where it fits to a place in it.
 */
final class Truth implements Landing {
  private final LogFold fold = new LogFold(FoldState.empty(SimulatedPartition.STORE, 0), true);
  private final Consumer<Landed> listener;
  private final List<Bytes> raw = new ArrayList<>();

  /** The fold's state by position. */
  private final List<FoldState> states = new ArrayList<>();
  /** Log time by LSN. */
  private final List<Long> logTimes = new ArrayList<>();
  /** By key: its value from each LSN on that changed it; empty where it was deleted. */
  private final Map<Bytes, TreeMap<Long, Optional<Bytes>>> keys = new TreeMap<>();
  private final Map<RequestId, List<LogRecord.Event>> events = new HashMap<>();
  private final List<Term> terms = new ArrayList<>();

  /** A record in the log. @param record null where it could not be read, or was skipped */
  record Landed(long offset, @Nullable LogRecord record, Verdict verdict, @Nullable Sent sent, FoldState before, FoldState after) {
    boolean valid() {
      return record != null;
    }
  }

  /** One leadership: who claimed, and when it last sent a record that counts. */
  static final class Term {
    final long token;
    final @Nullable SimulatedNode by;
    private @Nullable Sent last;
    boolean resigned;

    Term(long token, @Nullable Sent claimed) {
      this.token = token;
      this.by = claimed == null ? null : claimed.by();
      this.last = claimed;
    }

    /** Its last record that counts, by when it was sent. */
    @Nullable Sent last() {
      return last;
    }
  }

  Truth(Consumer<Landed> listener) {
    this.listener = listener;
    states.add(fold.state());
    logTimes.add(0L);
  }

  @Override
  public void landed(long offset, Bytes record, @Nullable Sent sent) {
    FoldState before = fold.state();
    Verdict verdict = fold.apply(offset, record);
    FoldState after = fold.state();
    raw.add(record);
    if (after.position() > states.size() - 1L) {
      states.add(after);
    }
    LogRecord accepted = switch (verdict) {
      case Verdict.GenesisAccepted genesis -> genesis.genesis();
      case Verdict.ClaimEffective effective -> {
        terms.add(new Term(effective.token(), sent));
        yield effective.claim();
      }
      case Verdict.Valid valid -> {
        note(valid.record(), sent);
        yield valid.record();
      }
      default -> null;
    };
    listener.accept(new Landed(offset, accepted, verdict, sent, before, after));
  }

  private void note(LogRecord.TokenRecord record, @Nullable Sent sent) {
    while (logTimes.size() <= record.lsn()) {
      logTimes.add(fold.state().logTimeMs());
    }
    Term term = terms.getLast();
    Sent last = term.last;
    if (sent != null && (last == null || sent.trueNanos() > last.trueNanos())) {
      term.last = sent;
    }
    term.resigned |= record instanceof LogRecord.Resign;
    if (record instanceof LogRecord.Event event) {
      events.computeIfAbsent(event.request().id(), id -> new ArrayList<>(1)).add(event);
      for (Mutation mutation : event.mutations()) {
        Optional<Bytes> value = mutation instanceof Mutation.Put put ? Optional.of(put.value()) : Optional.empty();
        keys.computeIfAbsent(mutation.key(), key -> new TreeMap<>()).put(event.lsn(), value);
      }
    }
  }

  FoldState state() {
    return fold.state();
  }

  LogFold fold() {
    return fold;
  }

  long lsn() {
    return fold.state().lsn();
  }

  /** Null where there is none at this position. */
  @Nullable FoldState stateAt(long position) {
    return position < states.size() ? states.get((int) position) : null;
  }

  long logTimeAt(long lsn) {
    return logTimes.get((int) lsn);
  }

  /** The records as they lie in the log. */
  List<Bytes> raw() {
    return raw;
  }

  Collection<Bytes> keys() {
    return keys.keySet();
  }

  /** LSN of the key's last change at or before this LSN, deletes too; 0: there was none. */
  long changedAt(Bytes key, long lsn) {
    TreeMap<Long, Optional<Bytes>> history = keys.get(key);
    Long changed = history == null ? null : history.floorKey(lsn);
    return changed == null ? 0 : changed;
  }

  Optional<Bytes> valueAt(Bytes key, long lsn) {
    TreeMap<Long, Optional<Bytes>> history = keys.get(key);
    Map.Entry<Long, Optional<Bytes>> entry = history == null ? null : history.floorEntry(lsn);
    return entry == null ? Optional.empty() : entry.getValue();
  }

  /** Of a key that is absent: 0. */
  long revisionAt(Bytes key, long lsn) {
    return valueAt(key, lsn).isPresent() ? changedAt(key, lsn) : 0;
  }

  List<LogRecord.Event> events(RequestId id) {
    return events.getOrDefault(id, List.of());
  }

  Map<RequestId, List<LogRecord.Event>> events() {
    return events;
  }

  List<Term> terms() {
    return terms;
  }

  /** The leadership that this process claimed last with effect. */
  @Nullable Term termOf(SimulatedNode node) {
    for (int i = terms.size() - 1; i >= 0; i--) {
      if (terms.get(i).by == node) {
        return terms.get(i);
      }
    }
    return null;
  }
}
