package io.logfold.projector;

import io.logfold.log.LogScan;
import io.logfold.projector.table.Table;

/**
 * The table of a history, kept beside the projector's own by the same records.
 *
 * @param table belongs to the caller
 * @param log to catch up by, where the history is far behind the other table: at first, and after its backend was away
 * @param catchUpBehind how many records far is
 */
public record HistorySink(Table table, LogScan.Opener log, long catchUpBehind) {
  /** A second's worth of a busy log: so long the other table waits while a history that is nearer is brought up beside it. */
  private static final long CATCH_UP_BEHIND = 20_000;

  public HistorySink(Table table, LogScan.Opener log) {
    this(table, log, CATCH_UP_BEHIND);
  }
}
