package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.EntryIterator;
import io.logfold.api.ScanOptions;
import io.logfold.api.client.LogfoldClient;
import io.logfold.log.embedded.EmbeddedBroker;
import io.logfold.log.kafka.KafkaLogs;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.standalone.e2e.LogChecker.Value;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node under load is killed (SIGKILL), over and over, at moments that nobody chose: what was acknowledged is there,
 * once, with the revision that was told; what surely did not happen is not; what was unknown gets an answer; and the
 * log, the table and the store tell the same story.
 *
 * <p>A failure prints its seed; {@code -Dkill.seed=SEED} makes the same choices again (not the same timing).
 */
class KillTest {
  private static final int PARTITIONS = 3;

  @TempDir Path folder;

  @Test
  @Timeout(300)
  void threeKillsLoseNothing() throws Exception {
    run(3, 500, 1_500);
  }

  /** The full round: the profile {@code kill} of the root pom. */
  @Test
  @Tag("slow")
  @Timeout(3_600)
  void twentyKillsLoseNoneOfAHundredThousandAcknowledgements() throws Exception {
    Summary summary = run(20, 5_500, 7_500);
    assertThat(summary.acknowledged).isGreaterThanOrEqualTo(100_000);
  }

  private record Summary(long acknowledged) {}

  private Summary run(int kills, int leastAcks, int mostAcks) throws Exception {
    long seed = Long.getLong("kill.seed", System.nanoTime());
    System.out.println("kill test: seed " + seed);
    Random random = new Random(seed);
    Path data = folder.resolve("data");
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = free.getLocalPort();
    }
    List<String> arguments = List.of("--data", data.toString(), "--port", Integer.toString(port),
        "--partitions", Integer.toString(PARTITIONS));
    List<Duration> restarts = new ArrayList<>();
    int killedWhileStarting = 0;
    LogChecker checker;
    Load load;
    NodeProcess node = NodeProcess.start(arguments);
    try (LogfoldClient client = LogfoldClient.connect("http://127.0.0.1:" + port)) {
      node.awaitUrl();
      load = Load.start(client, seed);
      Load running = load;
      for (int kill = 0; kill < kills; kill++) {
        if (kill % 4 == 3) {
          // In the middle of its start or soon behind it: while it recovers, claims, or waits for an old lease.
          node.endsWithin(Duration.ofMillis(random.nextInt(6_000)));
          killedWhileStarting += node.isReady() ? 0 : 1;
        } else {
          node.awaitUrl();
          long until = running.acknowledged.get() + random.nextInt(leastAcks, mostAcks);
          await().atMost(Duration.ofSeconds(120)).pollInterval(Duration.ofMillis(2)).until(() -> {
            running.failIfFaulty();
            return running.acknowledged.get() >= until;
          });
        }
        node.kill();
        node = NodeProcess.start(arguments);
        if (kill % 4 != 2 || kill == kills - 1) {
          node.awaitUrl();
          restarts.add(node.startTime());
        }
      }
      long behindTheLast = load.acknowledged.get() + leastAcks;
      await().atMost(Duration.ofSeconds(120)).until(() -> running.acknowledged.get() >= behindTheLast);
      load.finish();

      Map<Bytes, TreeMap<Bytes, Value>> scanned = scan(client);
      node.signal("TERM");
      assertThat(node.exitCode()).as(node.stderr()).isZero();
      checker = new LogChecker("dev", load.writes());
      checkFolder(data, checker);
      assertThat(scanned).as("what the store shows is the fold of its log").isEqualTo(withoutEmpty(checker.rows()));
    } finally {
      node.close();
    }
    System.out.printf(Locale.ROOT, "kill test: %d kills (%d before the ready line), %d acknowledged writes, %d refused,"
            + " %d surely not applied; unknown %d times: %d requests had happened, %d happened at the retry, %d were refused"
            + " at the retry; %d records with %d events checked; start to ready line: median %d ms, most %d ms%n",
        kills, killedWhileStarting, load.acknowledged.get(), load.refused.get(), load.notApplied.get(),
        load.unknown.get(), checker.resolvedAsHappened, checker.resolvedByRetry, checker.resolvedAsRefused,
        checker.records, checker.events, restarts.stream().sorted().toList().get(restarts.size() / 2).toMillis(),
        restarts.stream().mapToLong(Duration::toMillis).max().orElse(0));
    return new Summary(load.acknowledged.get());
  }

  /** Everything the store has, through the client. */
  private static Map<Bytes, TreeMap<Bytes, Value>> scan(LogfoldClient client) {
    BlockingStore store = new BlockingStore(client);
    Map<Bytes, TreeMap<Bytes, Value>> found = new HashMap<>();
    for (Bytes partitionKey : store.partitionKeys()) {
      TreeMap<Bytes, Value> keys = new TreeMap<>();
      try (EntryIterator entries = store.scan(partitionKey, ScanOptions.all())) {
        while (entries.next()) {
          keys.put(entries.entry().key(), new Value(entries.entry().value(), entries.entry().revision()));
        }
        assertThat(entries.error()).isEmpty();
      }
      keys.forEach((key, value) -> assertThat(store.get(partitionKey, key)).hasValueSatisfying(got -> {
        assertThat(got.value()).isEqualTo(value.value());
        assertThat(got.revision()).isEqualTo(value.revision());
      }));
      found.put(partitionKey, keys);
    }
    return found;
  }

  private static Map<Bytes, TreeMap<Bytes, Value>> withoutEmpty(Map<Bytes, TreeMap<Bytes, Value>> rows) {
    Map<Bytes, TreeMap<Bytes, Value>> filled = new HashMap<>(rows);
    filled.values().removeIf(TreeMap::isEmpty);
    return filled;
  }

  private static void checkFolder(Path data, LogChecker checker) throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.builder(data.resolve("kafka")).start();
        KafkaLogs logs = KafkaLogs.open(KafkaLogsConfig.defaults(broker.bootstrapServers(), "logfold.dev", "checker"));
        Table table = Tables.open("rocksdb:" + data.resolve("table"), "dev", PARTITIONS)) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        checker.check(logs.log(partition), partition, Optional.of(table));
      }
    }
    checker.checkAnswers();
  }
}
