package io.logfold.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.log.Checkpoint;
import io.logfold.log.LogScan;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.testing.ScannedLogs;
import io.logfold.projector.ProjectorStatus.PartitionStatus;
import io.logfold.projector.ProjectorStatus.State;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import io.logfold.projector.table.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where two tables want their shared consumer to stand. It has its partition by hand, and asks no broker anything. */
class TableConsumerTest {
  private static final String STORE = "s";
  private static final long BEHIND = 100;
  private static final TopicPartition PARTITION = new TopicPartition("topic", 0);
  private static final ConsumerRebalanceListener STREAMS = new ConsumerRebalanceListener() {
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
  };

  private final List<RawRecord> records = Histories.eventful(STORE, 0, 600, 1).records();
  private final Away state = new Away(Tables.open("memory:", STORE, 1));
  private final Away history = new Away(Tables.open("memory:", STORE, 1));
  private final ProjectorConfig config =
      ProjectorConfig.local("", "topic", STORE, "app", Path.of("none")).withBatches(20, 50, 1 << 20);
  private Parts parts = new Parts(new ScannedLogs());
  private volatile long nowMs;

  /** What a stream thread has, made anew with each reader of the log. */
  private final class Parts {
    final Projections ofState = Projections.ofState(config, state, () -> nowMs);
    final Projections ofHistory;
    final TableConsumer consumer;
    final TableConsumer.SeekingListener listener;

    Parts(LogScan.Opener log) {
      ofHistory = Projections.ofHistory(config, new HistorySink(history, log, BEHIND), () -> nowMs);
      consumer = new TableConsumer(Map.of("bootstrap.servers", "127.0.0.1:1", "group.id", "g", "enable.auto.commit", false),
          List.of(ofState, ofHistory), Duration.ofMillis(20));
      listener = consumer.new SeekingListener(STREAMS);
    }

    void assign() {
      consumer.assign(List.of(PARTITION));
      listener.onPartitionsAssigned(List.of(PARTITION));
    }

    PartitionProjection state() {
      return Objects.requireNonNull(ofState.get(0));
    }

    PartitionProjection history() {
      return Objects.requireNonNull(ofHistory.get(0));
    }

    PartitionStatus historyLater() {
      nowMs += 10_000;
      history().tick();
      return history().status();
    }

    boolean historyIsFed() {
      historyLater();
      return history().needsFrom() < Long.MAX_VALUE;
    }

    void give(RawRecord record) {
      consumer.check(PARTITION, record.offset());
      state().record(record.offset(), record.value());
      history().record(record.offset(), record.value());
    }

    long lastOf(Table table) {
      return table.checkpoint(0).at().lastValidOffset();
    }
  }

  /** A table whose backend is away as long as the test says so. */
  private static final class Away extends ForwardingTable {
    volatile boolean away;

    Away(Table below) {
      super(below);
    }

    @Override
    public Checkpoint checkpoint(int partition) {
      check();
      return super.checkpoint(partition);
    }

    @Override
    public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
      check();
      super.apply(partition, changes, from, to);
    }

    private void check() {
      if (away) {
        throw new TableException("the backend is away", new IllegalStateException("on purpose"));
      }
    }
  }

  private Parts with(LogScan.Opener log) {
    parts.consumer.close();
    parts = new Parts(log);
    return parts;
  }

  private void bring(Table table, RowMapping rows, int count) {
    new SteppedProjection(STORE, 0, table, rows, () -> nowMs, 50).apply(records.subList(0, count));
  }

  @AfterEach
  void close() {
    parts.ofHistory.close();
    parts.consumer.close();
  }

  @Test
  void aHistoryThatBeganWhileTheTableWasAwayDoesNotKeepItWaitingThen() {
    bring(state, RowMapping.STATE, records.size());
    CountDownLatch go = new CountDownLatch(1);
    with(new ScannedLogs().with(0, records).beforeRecord(count -> {
      try {
        go.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }));
    state.away = true;
    parts.assign();
    assertThat(parts.consumer.position(PARTITION)).as("nobody else needs anything").isEqualTo(0);
    parts.give(records.getFirst());
    state.away = false;
    nowMs += 10_000;
    parts.state().tick();
    assertThat(parts.consumer.position(PARTITION)).isEqualTo(parts.lastOf(state));
    assertThat(parts.historyLater().lastError()).contains("catches up by itself");
    go.countDown();
    await().pollInSameThread().until(parts::historyIsFed);
    assertThat(parts.lastOf(history)).isGreaterThan(parts.lastOf(state) - BEHIND);
  }

  @Test
  void whyAHistoryDoesNotCatchUpIsSaidAndTriedAgain() {
    bring(state, RowMapping.STATE, records.size());
    ScannedLogs log = new ScannedLogs().with(0, records);
    log.away(true);
    with(log).assign();
    await().pollInSameThread().until(() -> parts.historyLater().lastError().contains("cannot catch up: the log is away"));
    assertThat(parts.historyLater().state()).isEqualTo(State.BLOCKED);
    log.away(false);
    await().pollInSameThread().until(parts::historyIsFed);
  }

  @Test
  void aHistoryThatCannotCatchUpForGoodHaltsAndIsTriedOnce() {
    bring(state, RowMapping.STATE, records.size());
    ScannedLogs log = new ScannedLogs().with(0, records.subList(10, records.size()));
    AtomicInteger opened = new AtomicInteger();
    with(() -> {
      opened.incrementAndGet();
      return log.open();
    }).assign();
    await().pollInSameThread().until(() -> parts.historyLater().state() == State.HALTED);
    assertThat(parts.historyLater().lastError()).contains("does not hold offset 0");
    assertThat(opened).hasValue(1);
    assertThat(parts.state().status().state()).isNotEqualTo(State.HALTED);
  }

  @Test
  void aCatchUpOfAPartitionThatWasTakenAwayReadsNoMore() {
    bring(state, RowMapping.STATE, records.size());
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    with(() -> new StandingScan(reading, cancelled)).assign();
    await().until(() -> reading.getCount() == 0);
    parts.listener.onPartitionsRevoked(List.of(PARTITION));
    assertThat(cancelled.getCount()).isZero();
  }

  /** Gives nothing until somebody cancels. */
  private record StandingScan(CountDownLatch reading, CountDownLatch cancelled) implements LogScan {
    @Override
    public Map<Integer, Long> ends(Collection<Integer> partitions) {
      return Map.of(0, 1_000L);
    }

    @Override
    public void read(int partition, long fromOffset, long toOffset, Receiver receiver) {
      reading.countDown();
      try {
        cancelled.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void cancel() {
      cancelled.countDown();
    }

    @Override
    public void close() {}
  }

  @Test
  void offsetsWithoutARecordBehindTheLastOneReadAreNoLoss() {
    bring(history, new io.logfold.projector.history.HistoryRows(), 80);
    parts.assign();
    records.subList(0, 40).forEach(parts::give);
    nowMs += 10_000;
    parts.state().tick();
    history.away = true;
    parts.historyLater();
    parts.history().load(); // blocked
    history.away = false;
    parts.historyLater();
    assertThat(parts.consumer.position(PARTITION)).as("where the state goes on").isEqualTo(40);
    parts.consumer.check(PARTITION, 42);
    assertThat(parts.state().status().state()).isEqualTo(State.RUNNING);
  }

  @Test
  void theRecordThatATableStandsOnIsMissedWhereAnotherComesFirst() {
    bring(state, RowMapping.STATE, 80);
    bring(history, new io.logfold.projector.history.HistoryRows(), 80);
    parts.assign();
    parts.consumer.check(PARTITION, parts.lastOf(state) + 1);
    assertThat(parts.state().status().state()).isEqualTo(State.HALTED);
  }
}
