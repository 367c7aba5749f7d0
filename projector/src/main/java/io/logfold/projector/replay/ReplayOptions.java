package io.logfold.projector.replay;

import io.logfold.projector.table.Table;
import java.util.Optional;

/**
 * What to replay.
 *
 * @param store name of the store
 * @param partitions how many it has
 * @param until how far to go
 * @param seedFrom a table of the same store whose rows are copied first, where this one stands nowhere yet; its caller
 *     keeps it open
 * @param threads partitions worked at at the same time; each also has a thread that applies
 * @param batch when to apply at the latest; the table's own limits come before
 * @param tableRetries how often in a row a batch that the table fails to take is tried again, from its checkpoint
 */
public record ReplayOptions(String store, int partitions, Until until, Optional<Table> seedFrom, int threads,
    BatchSize batch, int tableRetries) {

  public ReplayOptions {
    if (partitions < 1 || threads < 1 || tableRetries < 0) {
      throw new IllegalArgumentException("partitions and threads are 1 or more, tableRetries 0 or more, got "
          + partitions + ", " + threads + ", " + tableRetries);
    }
  }

  /** To the end of the log, from where the table stands, with a thread for each partition up to the processors. */
  public static ReplayOptions of(String store, int partitions) {
    int threads = Math.min(Runtime.getRuntime().availableProcessors(), partitions);
    return new ReplayOptions(
        store, partitions, new Until.EndOfLog(), Optional.empty(), threads, BatchSize.BULK, 5);
  }

  public ReplayOptions until(Until newUntil) {
    return new ReplayOptions(store, partitions, newUntil, seedFrom, threads, batch, tableRetries);
  }

  public ReplayOptions seedFrom(Table source) {
    return new ReplayOptions(store, partitions, until, Optional.of(source), threads, batch, tableRetries);
  }

  public ReplayOptions threads(int newThreads) {
    return new ReplayOptions(store, partitions, until, seedFrom, newThreads, batch, tableRetries);
  }

  public ReplayOptions batch(BatchSize newBatch) {
    return new ReplayOptions(store, partitions, until, seedFrom, threads, newBatch, tableRetries);
  }

  public ReplayOptions tableRetries(int newRetries) {
    return new ReplayOptions(store, partitions, until, seedFrom, threads, batch, newRetries);
  }
}
