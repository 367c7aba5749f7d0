package io.logfold.projector.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.ScannedLogs;
import io.logfold.projector.Folded;
import io.logfold.projector.ForwardingTable;
import io.logfold.projector.Histories;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;

/** Two partitions' logs in memory, with everything in them, and what tests of replays do with them. */
abstract class ReplayKit {
  static final String STORE = "s";

  final LogBuilder[] histories = {
      Histories.eventful(STORE, 0, 400, 11), Histories.eventful(STORE, 1, 300, 12)};
  final ScannedLogs logs = new ScannedLogs();
  private final List<Table> opened = new ArrayList<>();

  {
    publish();
  }

  @AfterEach
  void closeTables() {
    opened.forEach(Table::close);
  }

  final void publish() {
    for (int p = 0; p < 2; p++) {
      logs.with(p, histories[p].records());
    }
  }

  final Table table(String url) {
    Table table = Tables.open(url, STORE, 2);
    opened.add(table);
    return table;
  }

  final Table memory() {
    return table("memory:");
  }

  static ReplayOptions options() {
    return ReplayOptions.of(STORE, 2).tableRetries(0);
  }

  static ReplayOptions smallBatches() {
    return options().batch(new BatchSize(25, 1 << 20));
  }

  final ReplayResult replay(ReplayOptions options, Table table) {
    return new Replay(options, logs, table).run();
  }

  final void assertFolded(Table table) {
    for (int p = 0; p < 2; p++) {
      Folded.of(STORE, p, histories[p].records()).assertIn(table);
    }
  }

  /** The longest beginning of the log whose state is so. */
  final List<RawRecord> beginning(int partition, Predicate<FoldState> whose) {
    LogFold fold = new LogFold(FoldState.empty(STORE, partition), false);
    int length = 0;
    List<RawRecord> all = histories[partition].records();
    for (int i = 0; i < all.size(); i++) {
      fold.apply(all.get(i).offset(), all.get(i).value());
      length = whose.test(fold.state()) ? i + 1 : length;
    }
    return all.subList(0, length);
  }

  /** A table that must equal the fold of the log at whatever position somebody puts it (T1). */
  final Table checked(Table below) {
    return new ForwardingTable(below) {
      @Override
      public synchronized void apply(int partition, List<RowChange> changes, io.logfold.log.Checkpoint from,
          io.logfold.log.Checkpoint to) {
        super.apply(partition, changes, from, to);
        long position = to.at().position();
        if (position > 0) {
          Folded.of(STORE, partition, histories[partition].records().stream()
              .filter(record -> record.offset() < position).toList()).assertIn(below);
        }
      }
    };
  }

  static void assertUntouched(Table table, int partition) {
    assertThat(table.checkpoint(partition).at()).isEqualTo(FoldState.empty(STORE, partition));
    assertThat(table.rows(partition, Optional.empty(), 10).rows()).isEmpty();
  }
}
