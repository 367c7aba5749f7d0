package io.logfold.query.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.logfold.api.Bytes;
import io.logfold.api.EntryIterator;
import io.logfold.api.ErrorCode;
import io.logfold.api.ScanOptions;
import io.logfold.api.Store;
import io.logfold.api.testing.StoreContract;
import io.logfold.projector.table.Table;
import io.logfold.query.LeaderConfig;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.jspecify.annotations.Nullable;

/**
 * The store's whole contract over a leader that remembers next to nothing, so that the table underneath answers most
 * reads, fetches what predicates need, and gives the pages of scans. A driver's author says how its table is opened:
 *
 * <pre>{@code
 * class MyStoreContractTest extends TableStoreContract {
 *   @Override
 *   protected Table openTable(String store, int partitions) {
 *     return Tables.open("mine:...", store, partitions);
 *   }
 * }
 * }</pre>
 *
 * <p>Where the table gives no snapshots, {@link #supportsSnapshots} says so. Records are folded into the table by
 * {@link LocalProjector}; nothing needs Kafka.
 */
public abstract class TableStoreContract extends StoreContract {
  private static final int PARTITIONS = 2;

  /** A handful of small entries a partition. */
  private static final long MEMTABLE_BYTES = 1 << 10;

  /** Far fewer than there are, and far more than a leader asks that has the memory. */
  private static final int GETS = 100;
  private static final int SCANS = 100;

  private @Nullable LocalNode node;
  private @Nullable CountingTable table;

  /** Opens the table, new and empty. Called once for the class, which closes it. */
  protected abstract Table openTable(String store, int partitions);

  @Override
  public final Store openStore() {
    CountingTable opened = new CountingTable(openTable(LocalNode.STORE, PARTITIONS));
    table = opened;
    LocalNode started = LocalNode.start(opened, PARTITIONS, TableStoreContract::forgetful);
    node = started;
    return started.store();
  }

  @Override
  public final boolean opensMoreThanOnce() {
    return false;
  }

  /** What the leader has whole in memory, it can freeze by itself; so the rows must be forgotten before it has to refuse. */
  @Override
  @Test
  public void aStoreWithoutSnapshotsRefusesThemClearly() {
    assumeFalse(supportsSnapshots());
    Bytes partitionKey = Bytes.utf8("no-snapshots");
    for (int i = 0; i < 40; i++) {
      blocking().set(partitionKey, Bytes.utf8("k" + i), Bytes.utf8("v"));
    }
    await().untilAsserted(() -> {
      blocking().set(Bytes.utf8("others"), Bytes.utf8("k"), Bytes.utf8("v"));
      try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all().withSnapshot().withBatchSize(4))) {
        assertThat(entries.next()).isFalse();
        assertThat(entries.error()).hasValueSatisfying(
            e -> assertThat(e.code()).isIn(ErrorCode.UNSUPPORTED, ErrorCode.SNAPSHOT_TOO_OLD));
      }
    });
  }

  /** A contract that the memtable kept alone would say nothing of the table: so it says how often it was asked. */
  @AfterAll
  void closeNodeAndSeeThatTheTableWasRead() {
    if (node != null) {
      node.close();
    }
    CountingTable asked = Objects.requireNonNull(table, "no store was opened");
    asked.close();
    assertThat(Objects.requireNonNull(node).projectionFailure()).as("what ended the projection").isEmpty();
    assertThat(asked.gets()).as("gets that went to the table").isGreaterThan(GETS);
    assertThat(asked.scans()).as("pages that came from the table").isGreaterThan(SCANS);
    assertThat(asked.listings()).as("listings of partition keys that went to the table").isPositive();
    if (supportsSnapshots()) {
      assertThat(asked.snapshots()).as("snapshots of the table").isPositive();
    }
  }

  /** Asks the table often, so that what is projected is forgotten at once. */
  private static LeaderConfig forgetful(LeaderConfig config) {
    LeaderConfig small = config.withMemtableLimitBytes(MEMTABLE_BYTES).withResidentLimitRows(1);
    return new LeaderConfig(small.node(), small.address(), small.memtableLimitBytes(), small.residentLimitBytes(),
        small.residentLimitRows(), small.maxWaiting(), small.maxInFlightRecords(), small.maxInFlightBytes(),
        small.logStallMs(), small.slowDownAfterMs(), 5, small.snapshotMs(), small.maxSnapshots(), small.staggerMs(),
        small.serveLagEvents());
  }
}
