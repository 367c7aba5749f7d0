package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.RequestId;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.LogBatch;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.Verdict;
import io.logfold.projector.table.Table;
import io.logfold.standalone.e2e.Load.Fate;
import io.logfold.standalone.e2e.Load.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Reads whole logs, from the first record on, and compares what they say with what callers were told. Owes nothing to
 * the leader: only {@link LogFold} says which records count.
 */
final class LogChecker {
  private final String store;
  private final Map<RequestId, Write> writes;
  private final Set<RequestId> seen = new HashSet<>();
  private final Map<Bytes, TreeMap<Bytes, Value>> rows = new HashMap<>();

  int events;
  int records;
  int resolvedAsHappened;
  int resolvedByRetry;
  int resolvedAsRefused;

  record Value(Bytes value, long revision) {}

  LogChecker(String store, Map<RequestId, Write> writes) {
    this.store = store;
    this.writes = writes;
  }

  /** What the logs say each partition key holds. */
  Map<Bytes, TreeMap<Bytes, Value>> rows() {
    return rows;
  }

  /** Reads one partition to its end; where there is a table, compares it with the fold at the table's checkpoint. */
  void check(PartitionLog log, int partition, Optional<Table> table) throws Exception {
    LogFold fold = new LogFold(FoldState.empty(store, partition), false);
    Map<Bytes, TreeMap<Bytes, Value>> mine = new HashMap<>();
    long tablePosition = table.map(each -> each.checkpoint(partition).at().position()).orElse(-1L);
    boolean tableChecked = table.isEmpty();
    for (boolean more = true; more;) {
      LogBatch batch = log.read(fold.state().position(), 4 << 20, 0).get(30, TimeUnit.SECONDS);
      more = !batch.records().isEmpty() || batch.nextOffset() < batch.highWatermark();
      for (RawRecord record : batch.records()) {
        records++;
        judge(mine, fold.apply(record.offset(), record.value()), record.offset());
        if (fold.state().position() == tablePosition) {
          compare(table.orElseThrow(), fold, mine);
          tableChecked = true;
        }
      }
    }
    assertThat(tableChecked).as("partition " + partition + ": the table's checkpoint is a place in the log").isTrue();
    assertThat(fold.stopped()).as("partition " + partition + ": the chain verifies to its end").isEmpty();
    for (Verdict.Reason never : List.of(
        Verdict.Reason.UNDECODABLE, Verdict.Reason.FOREIGN, Verdict.Reason.MISPLACED_GENESIS)) {
      assertThat(fold.skipped(never)).as("partition " + partition + ": " + never).isZero();
    }
    rows.putAll(mine);
  }

  /** To be called when all partitions were read. */
  void checkAnswers() {
    writes.forEach((id, write) -> {
      switch (write.fate) {
        case OPEN -> throw new AssertionError("request " + id + " was never decided");
        case APPLIED -> {
          if (write.changed) {
            assertThat(seen).as("acknowledged, so it is in the log").contains(id);
          }
        }
        case REFUSED, NOT_APPLIED -> {
          // Looked at where it lies, if it does.
        }
      }
    });
  }

  private void judge(Map<Bytes, TreeMap<Bytes, Value>> mine, Verdict verdict, long offset) {
    if (!(verdict instanceof Verdict.Valid valid) || !(valid.record() instanceof LogRecord.Event event)) {
      assertThat(verdict).as("at offset " + offset).isNotInstanceOf(Verdict.Corrupt.class)
          .isNotInstanceOf(Verdict.NewerFormat.class);
      return;
    }
    events++;
    RequestId id = event.request().id();
    Write write = writes.get(id);
    if (write == null) {
      throw new AssertionError("nobody made request " + id + ", which is at offset " + offset);
    }
    assertThat(seen.add(id)).as("request " + id + " is in the log once").isTrue();
    assertThat(event.partitionKey()).isEqualTo(write.first.partitionKey());
    assertThat(write.fate).as("request " + id + " surely did not happen, yet it is at offset " + offset)
        .isNotEqualTo(Fate.NOT_APPLIED);
    TreeMap<Bytes, Value> keys = mine.computeIfAbsent(event.partitionKey(), any -> new TreeMap<>());
    boolean holds = write.first.predicates().stream().allMatch(predicate -> holds(predicate, keys));
    if (write.wasUnknown) {
      count(event);
    }
    if (event.outcome() instanceof Outcome.PredicateFailed) {
      assertThat(holds).as("the predicate of request " + id + " did not hold at LSN " + event.lsn()).isFalse();
      assertThat(event.mutations()).isEmpty();
      assertThat(write.fate).isEqualTo(Fate.REFUSED);
      return;
    }
    assertThat(holds).as("the predicate of request " + id + " held at LSN " + event.lsn()).isTrue();
    List<Mutation> expected = new ArrayList<>(write.first.mutations());
    expected.removeIf(mutation -> mutation instanceof Mutation.Delete && !keys.containsKey(mutation.key()));
    assertThat(event.mutations()).as("request " + id + " is whole").isEqualTo(expected);
    assertThat(event.outcome()).isEqualTo(expected.isEmpty() ? Outcome.UNCHANGED : Outcome.APPLIED);
    assertThat(write.fate).as("request " + id).isEqualTo(Fate.APPLIED);
    assertThat(write.revision).as("revision told for request " + id).isEqualTo(event.lsn());
    assertThat(write.changed).isEqualTo(!expected.isEmpty());
    for (Mutation mutation : event.mutations()) {
      if (mutation instanceof Mutation.Put put) {
        keys.put(put.key(), new Value(put.value(), event.lsn()));
      } else {
        keys.remove(mutation.key());
      }
    }
  }

  private void count(LogRecord.Event event) {
    if (event.outcome() instanceof Outcome.PredicateFailed) {
      resolvedAsRefused++;
    } else if (event.request().attempt() == 1) {
      resolvedAsHappened++;
    } else {
      resolvedByRetry++;
    }
  }

  private static boolean holds(Predicate predicate, TreeMap<Bytes, Value> keys) {
    Value now = keys.get(predicate.key());
    return now == null ? predicate.holds(null, 0) : predicate.holds(now.value(), now.revision());
  }

  private static void compare(Table table, LogFold fold, Map<Bytes, TreeMap<Bytes, Value>> mine) {
    int partition = fold.state().partition();
    assertThat(table.checkpoint(partition).at()).as("the table's checkpoint is the log's fold").isEqualTo(fold.state());
    mine.forEach((partitionKey, keys) -> {
      TreeMap<Bytes, Value> found = new TreeMap<>();
      var page = table.scan(partition, partitionKey, io.logfold.api.KeyRange.ALL, 10_000, false, false);
      page.rows().forEach(row -> found.put(row.key(), new Value(row.value(), row.revision())));
      assertThat(page.more()).isFalse();
      assertThat(found).as("table of " + partitionKey).isEqualTo(keys);
    });
  }
}
