package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.client.LogfoldClient;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.LogBatch;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.embedded.EmbeddedBroker;
import io.logfold.log.kafka.KafkaLogs;
import io.logfold.log.kafka.KafkaLogsConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node that is asked to stop stops in order, and says so to those who come after it. */
@Timeout(300)
class StopTest {
  private static final int PARTITIONS = 2;
  private static final int KEYS = 50;

  @TempDir Path folder;

  @Test
  void sigtermAndSigintEndTheNodeInOrderAndLoseNothing() throws Exception {
    Path data = folder.resolve("data");
    try (NodeProcess node = NodeProcess.start(data, "--partitions", Integer.toString(PARTITIONS));
        BlockingStore store = new BlockingStore(LogfoldClient.connect(node.awaitUrl()))) {
      for (int i = 0; i < KEYS; i++) {
        store.set(Bytes.utf8("pk-" + i), Bytes.utf8("k"), Bytes.utf8("v" + i));
      }
      stop(node, "TERM"); // with the client's session still open
    }
    everyPartitionEndsWithAResignation(data);
    try (NodeProcess node = NodeProcess.start(data);
        BlockingStore store = new BlockingStore(LogfoldClient.connect(node.awaitUrl()))) {
      for (int i = 0; i < KEYS; i++) {
        Bytes expected = Bytes.utf8("v" + i);
        assertThat(store.get(Bytes.utf8("pk-" + i), Bytes.utf8("k")))
            .hasValueSatisfying(found -> assertThat(found.value()).isEqualTo(expected));
      }
      store.set(Bytes.utf8("pk-0"), Bytes.utf8("k"), Bytes.utf8("again"));
      stop(node, interruptIsIgnored() ? "TERM" : "INT");
    }
    everyPartitionEndsWithAResignation(data);
  }

  /** A process that was started in the background inherits "ignore" for SIGINT, and so does every child of it. */
  static boolean interruptIsIgnored() throws Exception {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return false;
    }
    return Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:"))
        .anyMatch(line -> (Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16) & (1 << 1)) != 0);
  }

  private static void stop(NodeProcess node, String signal) throws Exception {
    long asked = System.nanoTime();
    node.signal(signal);
    assertThat(node.exitCode()).as(signal).isZero();
    System.out.printf(Locale.ROOT, "stop test: SIG%s to the end of the process: %d ms%n", signal,
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked));
    assertThat(node.stderr()).endsWith("logfold stopped\n");
  }

  /** So that the next leader need wait for nobody's lease. */
  private static void everyPartitionEndsWithAResignation(Path data) throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.builder(data.resolve("kafka")).start();
        KafkaLogs logs = KafkaLogs.open(KafkaLogsConfig.defaults(broker.bootstrapServers(), "logfold.dev", "reader"))) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        LogFold fold = new LogFold(FoldState.empty("dev", partition), false);
        PartitionLog log = logs.log(partition);
        LogBatch batch;
        do {
          batch = log.read(fold.state().position(), 1 << 20, 0).get(30, TimeUnit.SECONDS);
          for (RawRecord record : batch.records()) {
            fold.apply(record.offset(), record.value());
          }
        } while (!batch.records().isEmpty());
        assertThat(fold.state().lsn()).as("partition " + partition).isPositive();
        assertThat(fold.state().token()).as("partition " + partition).isEqualTo(FoldState.NO_TOKEN);
        assertThat(fold.state().lastValidOffset()).isEqualTo(fold.state().position() - 1);
      }
    }
  }
}
