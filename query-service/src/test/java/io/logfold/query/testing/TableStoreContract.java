package io.logfold.query.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Store;
import io.logfold.api.testing.StoreContract;
import io.logfold.projector.table.Table;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
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

  /** Some 150 small entries a partition; a quarter of it is the most that is kept of one partition key. */
  private static final long MEMTABLE_BYTES = 32 << 10;

  private @Nullable LocalNode node;
  private @Nullable CountingTable table;

  /** Opens the table, new and empty. Called once for the class, which closes it. */
  protected abstract Table openTable(String store, int partitions);

  @Override
  public final Store openStore() {
    CountingTable opened = new CountingTable(openTable(LocalNode.STORE, PARTITIONS));
    table = opened;
    LocalNode started = LocalNode.start(opened, PARTITIONS,
        config -> config.withMemtableLimitBytes(MEMTABLE_BYTES).withResidentLimitRows(1));
    node = started;
    return started.store();
  }

  @Override
  public final boolean opensMoreThanOnce() {
    return false;
  }

  /** A contract that the memtable kept alone would say nothing of the table: so it says how often it was asked. */
  @AfterAll
  void closeNodeAndSeeThatTheTableWasRead() {
    if (node != null) {
      node.close();
    }
    CountingTable asked = Objects.requireNonNull(table, "no store was opened");
    asked.close();
    assertThat(asked.gets()).as("gets that went to the table").isGreaterThan(100);
    assertThat(asked.scans()).as("pages that came from the table").isGreaterThan(100);
    assertThat(asked.listings()).as("listings of partition keys that went to the table").isPositive();
    if (supportsSnapshots()) {
      assertThat(asked.snapshots()).as("snapshots of the table").isPositive();
    }
    assertThat(Objects.requireNonNull(node).projectionFailure()).as("what ended the projection").isEmpty();
  }
}
