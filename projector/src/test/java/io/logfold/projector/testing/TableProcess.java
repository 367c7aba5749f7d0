package io.logfold.projector.testing;

import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Tables;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A process that applies event after event of a fixed history to a table, from where the table stands, and prints each
 * LSN once it is applied; somebody kills it. Events are of all sizes, so that a kill finds some half written.
 */
final class TableProcess implements AutoCloseable {
  private static final int KEYS = 7;
  private static final int ROWS = 5;
  private static final Bytes PK = Bytes.utf8("killed");

  private final Process process;
  private final BufferedReader out;

  private TableProcess(Process process) {
    this.process = process;
    this.out = process.inputReader();
  }

  static TableProcess start(String url, String store, int partitions, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp", System.getProperty("java.class.path"), "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
        "-Xshare:auto"));
    // What this Java was allowed (native access, Unsafe) that one needs as well.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--")).forEach(command::add);
    command.addAll(arguments);
    command.addAll(List.of(TableProcess.class.getName(), url, store, Integer.toString(partitions)));
    return new TableProcess(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** Waits until it has applied so many more events, and gives the last one's LSN. */
  long awaitApplied(int more) throws IOException {
    String line = "";
    for (int i = 0; i < more; i++) {
      line = Objects.requireNonNull(out.readLine(), "the process that writes ended by itself");
    }
    return Long.parseLong(line);
  }

  /** Kills it, and gives the last LSN that it printed. */
  long kill(long last) throws IOException, InterruptedException {
    // By its handle: the process itself would close its output as well.
    process.toHandle().destroyForcibly();
    long said = last;
    for (String line; (line = out.readLine()) != null; ) {
      // The last line may be cut: of a number, the beginning is a smaller number.
      said = line.isEmpty() ? said : Math.max(said, Long.parseLong(line));
    }
    process.waitFor();
    return said;
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    out.close();
  }

  /** Event number lsn: it puts some rows, of all sizes, and ends others. */
  static List<RowChange> eventAt(long lsn) {
    List<RowChange> changes = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      Bytes key = Bytes.utf8("k" + (lsn + i) % KEYS);
      changes.add(new RowChange(PK, key, i < 2 ? Optional.empty() : Optional.of(value(lsn, i)), lsn));
    }
    return changes;
  }

  private static Bytes value(long lsn, int row) {
    byte[] value = new byte[lsn % 4 == 3 ? 100_000 : 20];
    Arrays.fill(value, (byte) (lsn * 31 + row));
    return Bytes.wrap(value);
  }

  /** What is in the table behind so many events. */
  static TreeMap<Bytes, Table.Row> foldAt(long lsn) {
    TreeMap<Bytes, Table.Row> rows = new TreeMap<>();
    for (long each = Math.max(1, lsn - KEYS); each <= lsn; each++) {
      for (RowChange change : eventAt(each)) {
        rows.remove(change.key());
        change.value().ifPresent(
            value -> rows.put(change.key(), new Table.Row(change.key(), value, change.revision())));
      }
    }
    return rows;
  }

  static Bytes partitionKey() {
    return PK;
  }

  /** The process. */
  public static void main(String[] args) {
    String store = args[1];
    Table table = Tables.open(args[0], store, Integer.parseInt(args[2]));
    Checkpoint from = table.checkpoint(0);
    for (long lsn = from.at().lsn() + 1; lsn < 1_000_000; lsn++) {
      Checkpoint to = Checkpoints.at(store, 0, lsn);
      table.apply(0, eventAt(lsn), from, to);
      from = to;
      System.out.println(lsn);
    }
  }
}
