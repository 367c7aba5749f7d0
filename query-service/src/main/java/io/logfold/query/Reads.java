package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.KeyRange;
import io.logfold.api.ReadPosition;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import io.logfold.log.FoldState;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.projector.table.Table.TableRead;
import io.logfold.query.values.Values;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Linearizable reads (L5): wait for the in-flight writes to the keys, capture, then check the lease, or wait for a
 * Barrier that was sent after the read arrived. And the way of every miss: the table is asked, and its answer counts
 * only if its checkpoint is not below the memtable's floor; one whose checkpoint is ahead of what is committed here
 * waits until that is committed, lest one answer mix two moments.
 *
 * <p>A follower reads the same way from its own memtable and table, which hold what it has applied of the log; instead of
 * the lease it has a position, which it is given (AT_LEAST), finds recent enough (STALE), or asks the leader for (READ_INDEX).
 */
final class Reads {
  private static final int MAX_STALE_TABLE_READS = 3;

  private final Leadership leader;
  private final Incumbent incumbent;
  private final Map<Bytes, List<Joined>> wholeReads = new HashMap<>();

  Reads(Leadership leader, Incumbent incumbent) {
    this.leader = leader;
    this.incumbent = incumbent;
  }

  static final class Get extends Operation<GetResult> {
    final GetRequest request;
    private final Values values;

    Get(GetRequest request, Values values, long deadlineNanos) {
      super(deadlineNanos);
      this.request = request;
      this.values = values;
      this.followerMayAnswer = followerMayAnswer(request.consistency());
    }

    /** Stored bytes become values here, and nowhere else on a get's way out. */
    @Override
    void answer(GetResult stored) {
      if (Values.allPlain(stored)) {
        super.answer(stored);
      } else {
        open(values.open(request, stored));
      }
    }
  }

  /** Whether this asks for something that a follower knows, or can find out. */
  static boolean followerMayAnswer(Consistency consistency) {
    return switch (consistency) {
      case Consistency.Linearizable linearizable -> false;
      case Consistency.Barrier barrier -> false;
      case Consistency.ReadIndex readIndex -> true;
      case Consistency.AtLeast atLeast -> true;
      case Consistency.Stale stale -> true;
      case Consistency.AsOf asOf -> true;
    };
  }

  /** A follower's question how far it must apply the log. */
  static final class Index extends Operation<ReadIndex> {
    Index(long deadlineNanos) {
      super(deadlineNanos);
    }
  }

  /** The position first, then the lease (L5): whatever was complete before the question is at or below it. */
  void index(Index operation) {
    if (operation.ended()) {
      return;
    }
    if (!leader.leading()) {
      leader.parkUntilLeading(operation, () -> index(operation));
      return;
    }
    ReadIndex position = new ReadIndex(leader.fold().state().token(), leader.pipeline().appendedLsn());
    certify(ServedBy.LEASE, operation, () -> index(operation), () -> operation.answer(position));
  }

  void get(Get operation) {
    if (operation.ended()) {
      return;
    }
    if (!leader.answers(operation)) {
      leader.parkUntilLeading(operation, () -> get(operation));
      return;
    }
    long pending = redactions();
    for (Bytes key : operation.request.keys()) {
      MemtableEntry entry = leader.memtable().entry(operation.request.partitionKey(), key);
      if (entry != null) {
        pending = Math.max(pending, entry.pendingRevision);
      }
    }
    after(pending, operation, operation.request.consistency(), () -> get(operation), servedBy -> capture(operation, servedBy));
  }

  /**
   * The redaction that a read must see which begins now: it may lie in the log, and have been told by a follower, before
   * its acknowledgement has come here, and until then the value would still open here.
   */
  long redactions() {
    return leader.leading() ? leader.pipeline().redactedLsn() : 0;
  }

  /** What is done once a read may capture; servedBy says by what right it will be answered. */
  interface Capture {
    void capture(ServedBy servedBy);
  }

  /** By what right a read is answered. */
  enum ServedBy {
    LEASE("lease"),
    BARRIER("barrier"),
    INDEX("read-index"),
    POSITION("at-least"),
    AGE("stale");

    final String label;

    ServedBy(String label) {
      this.label = label;
    }
  }

  /** The common way of reads: waits for {@code pending} and for what the consistency asks, then captures. */
  void after(long pending, Operation<?> operation, Consistency consistency, Runnable again, Capture then) {
    long epoch = leader.epoch();
    if (leader.leading() && !leader.lease().valid()) {
      leader.leaseUsed(); // wanted back at once, and not when a slow table has answered: others wait to hear of this leader
    }
    switch (consistency) {
      case Consistency.Linearizable linearizable -> whenCommitted(pending, epoch, operation, again, () -> then.capture(ServedBy.LEASE));
      case Consistency.ReadIndex readIndex -> {
        if (leader.leading()) {
          whenCommitted(pending, epoch, operation, again, () -> then.capture(ServedBy.LEASE));
        } else {
          askIncumbent(operation, again, then);
        }
      }
      case Consistency.Barrier barrier -> leader.whenBarrierCommitted(operation, () -> {
        if (epoch == leader.epoch() && leader.leading()) {
          whenCommitted(pending, epoch, operation, again, () -> then.capture(ServedBy.BARRIER));
        } else {
          again.run();
        }
      });
      case Consistency.AtLeast atLeast -> whenCommitted(atLeast.revision(), epoch, operation, again, () -> then.capture(ServedBy.POSITION));
      case Consistency.AsOf asOf ->
          operation.fail(ErrorCode.UNSUPPORTED, "this node keeps no history, so it cannot read the past");
      case Consistency.Stale stale -> {
        long ageMs = leader.clock().wallMs() - leader.fold().state().logTimeMs();
        boolean fresh = ageMs <= stale.maxAge().toMillis();
        if (!fresh && !leader.leading()) {
          toTheLeader(operation, again);
          return;
        }
        whenCommitted(fresh ? 0 : pending, epoch, operation, again, () -> then.capture(fresh ? ServedBy.AGE : ServedBy.LEASE));
      }
    }
  }

  /** This follower cannot answer it: it starts anew, as an operation for the leader. */
  void toTheLeader(Operation<?> operation, Runnable again) {
    operation.followerMayAnswer = false;
    again.run();
  }

  /** The follower's linearizable read: the leader tells how far the log goes, this node applies it to there. */
  private void askIncumbent(Operation<?> operation, Runnable again, Capture then) {
    String address = leader.fold().state().leaderAddress();
    if (address.isEmpty() || address.equals(leader.config().address())) {
      toTheLeader(operation, again);
      return;
    }
    long epoch = leader.epoch();
    operation.waitingFor = "the leader's position";
    leader.watch(operation);
    Duration left = Duration.ofNanos(Math.max(1_000_000, operation.deadlineNanos - leader.clock().monotonicNanos()));
    incumbent.readIndex(leader.partition(), address, left).whenComplete((index, failure) -> leader.onLeaderThread(() -> {
      if (operation.ended()) {
        return;
      }
      if (index == null) {
        toTheLeader(operation, again);
      } else {
        applyTo(index, epoch, operation, again, then);
      }
    }));
  }

  private void applyTo(ReadIndex index, long epoch, Operation<?> operation, Runnable again, Capture then) {
    if (operation.ended()) {
      return;
    }
    FoldState state = leader.fold().state();
    if (epoch != leader.epoch() || !leader.answers(operation) || state.token() > index.token()) {
      again.run(); // who answered leads no more, so what it had appended may be void
    } else if (state.token() < index.token() || state.lsn() < index.appendedLsn()) {
      leader.whenLogMoved(operation, () -> applyTo(index, epoch, operation, again, then));
    } else {
      then.capture(ServedBy.INDEX);
    }
  }

  /** Goes on when the LSN is committed; where the leadership has ended by then, from the beginning. */
  void whenCommitted(long lsn, long epoch, Operation<?> operation, Runnable again, Runnable then) {
    if (lsn <= leader.committedLsn()) {
      then.run();
      return;
    }
    leader.whenCommitted(lsn, operation, new CommitWaiters.Droppable(operation, () -> {
      if (operation.ended()) {
        return;
      }
      if (epoch == leader.epoch() && leader.answers(operation) && lsn <= leader.committedLsn()) {
        then.run();
      } else {
        again.run();
      }
    }));
  }

  private void capture(Get operation, ServedBy servedBy) {
    capture(operation, servedBy, false);
  }

  /**
   * @param fetched the table was asked before. What the memtable knew then may be forgotten by now, and to fetch that
   *     alone could make it forget what came first, to and fro for ever; so the next time all keys are fetched at once
   */
  private void capture(Get operation, ServedBy servedBy, boolean fetched) {
    if (operation.ended()) {
      return;
    }
    GetRequest request = operation.request;
    Bytes partitionKey = request.partitionKey();
    PartitionKeyTable table = leader.memtable().table(partitionKey);
    CallerReads callerReads = leader.callerReads();
    List<Optional<Versioned>> entries = new ArrayList<>(request.keys().size());
    Set<Bytes> missing = new LinkedHashSet<>();
    for (Bytes key : request.keys()) {
      MemtableEntry entry = leader.memtable().entry(partitionKey, key);
      if (entry != null && entry.known) {
        Optional<Versioned> state = versioned(entry);
        entries.add(state);
        if (callerReads != null && table != null) {
          callerReads.learn(table, entry, state, leader.committedLsn());
        }
      } else if (table != null && table.resident) {
        entries.add(Optional.empty());
      } else {
        missing.add(key);
      }
    }
    if (!missing.isEmpty()) {
      List<Bytes> wanted = fetched ? request.keys().stream().distinct().toList() : List.copyOf(missing);
      fetch(partitionKey, wanted, operation, () -> get(operation), () -> capture(operation, servedBy, true));
      return;
    }
    GetResult result = new GetResult(entries, position(servedBy));
    certify(servedBy, operation, () -> get(operation), () -> operation.answer(result));
  }

  /** The last step of a read whose answer is captured: the right to give it, checked now (L5). */
  void certify(ServedBy servedBy, Operation<?> operation, Runnable again, Runnable answer) {
    certifyNow(servedBy, answer, () -> leaseWanted(operation, again));
  }

  /** As {@link #certify}, for whoever has something to do before it waits for the lease. */
  void certifyNow(ServedBy servedBy, Runnable answer, Runnable noLease) {
    if (servedBy != ServedBy.LEASE) {
      answer.run();
    } else if (leader.lease().valid()) {
      leader.leaseUsed();
      answer.run();
    } else {
      noLease.run();
    }
  }

  /** There is no lease: it is waited for, unless the log has been silent for so long that the caller had better know. */
  void leaseWanted(Operation<?> operation, Runnable again) {
    long waitedMs = leader.pipeline().waitedMs();
    if (leader.leading() && waitedMs > leader.config().logStallMs()) {
      operation.fail(ErrorCode.UNAVAILABLE, "the log has not acknowledged a record for " + waitedMs
          + " ms, and the lease has run out; try again later");
    } else {
      leader.whenLeaseRenewed(operation, again);
    }
  }

  ReadPosition position(ServedBy servedBy) {
    return new ReadPosition(leader.committedLsn(), leader.partition(), servedBy.label);
  }

  private static Optional<Versioned> versioned(MemtableEntry entry) {
    Bytes value = entry.value;
    return value == null ? Optional.empty() : Optional.of(new Versioned(value, entry.revision));
  }

  /** Learns how these keys stand from the table, then goes on; a small partition key is fetched whole. */
  void fetch(Bytes partitionKey, List<Bytes> keys, Operation<?> operation, Runnable again, Runnable then) {
    PartitionKeyTable table = leader.memtable().table(partitionKey);
    if (table == null || !table.tooLarge) {
      fetchWhole(partitionKey, operation, again, then);
      return;
    }
    long epoch = leader.epoch();
    operation.waitingFor = "the table";
    leader.watch(operation);
    leader.tables().get(new Table.Get(leader.partition(), partitionKey, keys),
        (read, failure) -> accept(epoch, operation, read, failure, again, accepted -> {
          for (int i = 0; i < keys.size(); i++) {
            leader.memtable().learn(partitionKey, keys.get(i), accepted.rows().get(i));
          }
          then.run();
        }));
  }

  private interface Accepted {
    void accept(TableRead read);
  }

  private void accept(long epoch, Operation<?> operation, @Nullable TableRead read, @Nullable RuntimeException failure,
      Runnable again, Accepted then) {
    if (operation.ended()) {
      return;
    }
    if (epoch != leader.epoch() || !leader.answers(operation)) {
      again.run();
    } else if (read == null) {
      failTable(operation, failure);
    } else if (read.checkpoint().at().lsn() < leader.memtable().floor()) {
      tooOld(operation, read.checkpoint().at().lsn(), again);
    } else {
      whenCommitted(read.checkpoint().at().lsn(), epoch, operation, again, () -> {
        if (read.checkpoint().at().lsn() < leader.memtable().floor()) {
          tooOld(operation, read.checkpoint().at().lsn(), again);
        } else {
          then.accept(read);
        }
      });
    }
  }

  /**
   * Up to which event an answer that just came may reach: to its checkpoint, and where rows may be newer, to the last one
   * appended. What lies above what is committed here is waited for, and then known here.
   */
  long reach(long checkpointLsn, boolean oneMoment) {
    return oneMoment || !leader.leading() ? checkpointLsn : Math.max(checkpointLsn, leader.pipeline().appendedLsn());
  }

  /** The table's answer lies below the floor. Once or twice that is a race with the projector; then something is wrong. */
  void tooOld(Operation<?> operation, long checkpointLsn, Runnable again) {
    if (++operation.staleTableReads < MAX_STALE_TABLE_READS) {
      again.run();
    } else {
      operation.fail(ErrorCode.UNAVAILABLE, "the table's checkpoint (LSN " + checkpointLsn
          + ") is below what the leader has forgotten (LSN " + leader.memtable().floor()
          + "): it was restored from a backup, or is far behind; it will answer when it has caught up");
    }
  }

  static void failTable(Operation<?> operation, @Nullable RuntimeException failure) {
    if (failure instanceof StoreException known) {
      operation.fail(known);
    } else {
      operation.fail(new StoreException(ErrorCode.UNAVAILABLE,
          "the table cannot be read: " + (failure == null ? "no answer" : failure.getMessage()), failure));
    }
  }

  /**
   * Reads the partition key whole under a pinned floor, so that it becomes resident if it is small enough. {@code then}
   * goes on at once, with what was read before anything is forgotten: a read that went back to its beginning and waited
   * for the next Barrier could find it forgotten each time, for ever.
   */
  void fetchWhole(Bytes partitionKey, Operation<?> operation, Runnable again, Runnable then) {
    operation.waitingFor = "the table";
    leader.watch(operation);
    List<Joined> joined = wholeReads.get(partitionKey);
    if (joined != null) {
      joined.add(new Joined(operation, again, then));
      return;
    }
    joined = new ArrayList<>();
    joined.add(new Joined(operation, again, then));
    wholeReads.put(partitionKey, joined);
    long epoch = leader.epoch();
    Memtable memtable = leader.memtable();
    long pin = memtable.pinFloor();
    LeaderConfig config = leader.config();
    leader.tables().<WholeRead>ask(
        table -> WholeRead.of(table, leader.partition(), partitionKey, config.residentLimitRows(), config.residentLimitBytes()),
        (read, failure) -> {
          long reach = read == null ? 0 : reach(read.newestCheckpointLsn(), read.oneMoment());
          if (read != null && reach > leader.committedLsn()) {
            leader.whenCommitted(reach, operation,
                () -> settleWhole(epoch, memtable, pin, partitionKey, read, null));
          } else {
            settleWhole(epoch, memtable, pin, partitionKey, read, failure);
          }
        });
  }

  private void settleWhole(long epoch, Memtable memtable, long pin, Bytes partitionKey, @Nullable WholeRead read,
      @Nullable RuntimeException failure) {
    boolean current = epoch == leader.epoch() && leader.readsOn();
    // Rows newer than their checkpoint end with what is appended, and that only the leader knows.
    boolean bounded = read == null || read.oneMoment() || leader.leading();
    boolean recent = read != null && read.oldestCheckpointLsn() >= pin;
    boolean taken = current && read != null && recent && bounded && read.newestCheckpointLsn() <= leader.committedLsn();
    if (taken && read != null) {
      if (read.rows().isPresent()) {
        memtable.makeResident(partitionKey, read.rows().get());
      } else {
        memtable.markTooLarge(partitionKey);
      }
    }
    memtable.unpin(pin);
    List<Joined> joined = wholeReads.remove(partitionKey);
    if (joined == null) {
      return;
    }
    for (Joined waiter : joined) {
      if (waiter.operation().ended()) {
        continue;
      }
      if (current && read == null) {
        failTable(waiter.operation(), failure);
      } else if (current && !bounded) {
        toTheLeader(waiter.operation(), waiter.again());
      } else if (current && read != null && !recent) {
        tooOld(waiter.operation(), read.oldestCheckpointLsn(), waiter.again());
      } else if (taken) {
        waiter.then().run();
      } else {
        waiter.again().run();
      }
    }
  }

  /** An operation that waits for a partition key to be read whole. */
  private record Joined(Operation<?> operation, Runnable again, Runnable then) {}

  /**
   * A partition key as several pages gave it. Rows of different moments may stand side by side: what changed since the
   * pin is in the memtable, and counts there.
   *
   * @param rows all of the partition key; empty where there are too many
   */
  private record WholeRead(Optional<List<Row>> rows, long oldestCheckpointLsn, long newestCheckpointLsn, boolean oneMoment) {
    private static final int PAGE_ROWS = 500;

    static WholeRead of(Table table, int partition, Bytes partitionKey, int maxRows, long maxBytes) {
      List<Row> rows = new ArrayList<>();
      KeyRange range = KeyRange.ALL;
      long bytes = 0;
      long oldest = Long.MAX_VALUE;
      while (true) {
        TablePage page = table.scan(partition, partitionKey, range, PAGE_ROWS, false, false);
        long checkpointLsn = page.checkpoint().at().lsn();
        oldest = Math.min(oldest, checkpointLsn);
        for (Row row : page.rows()) {
          bytes += MemtableEntry.OVERHEAD_BYTES + row.key().size() + row.value().size();
        }
        rows.addAll(page.rows());
        if (rows.size() > maxRows || bytes > maxBytes) {
          return new WholeRead(Optional.empty(), oldest, checkpointLsn, table.scansOneMoment());
        }
        if (!page.more()) {
          return new WholeRead(Optional.of(rows), oldest, checkpointLsn, table.scansOneMoment());
        }
        range = range.beyond(rows.get(rows.size() - 1).key(), false);
      }
    }
  }
}
