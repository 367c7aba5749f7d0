package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.api.ErrorCode;
import io.logfold.api.Store;
import io.logfold.api.client.LogfoldClient;
import io.logfold.projector.testing.PostgresServer;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import io.logfold.standalone.node.StartupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The table is put back to an older state of its own: under load, while nothing happens, while the node is stopped. It is
 * a table that is behind the log, never one that answers: no stale row is told, and it is caught up by itself.
 */
@Timeout(240)
class TableRestoredTest {
  private static final int KEYS = 600;
  private static final int VALUE_BYTES = 2_000;
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Executor PACE = CompletableFuture.delayedExecutor(10, TimeUnit.MILLISECONDS);

  @TempDir Path folder;

  private final String prefix = PostgresServer.freshPrefix();

  @Test
  void anOlderPostgresPutBackUnderLoadIsFoundAndCaughtUpAndNoStaleRowIsTold() throws Exception {
    try (LogLines lines = new LogLines();
        EmbeddedNode node = start(PostgresServer.shared().url(prefix));
        Store store = LogfoldClient.connect(node.url());
        RegisterHistory history = RegisterHistory.start(store, KEYS, VALUE_BYTES, 8, 16, 5, PACE)) {
      goesOn(history, 2 * KEYS);
      backUp();
      for (int round = 0; round < 3; round++) {
        goesOn(history, 2 * KEYS);
        putBack();
        goesOn(history, KEYS);
      }
      history.finish();
      assertThat(history.violations()).isEmpty();
      assertThat(history.refusedReads()).isSubsetOf(ErrorCode.UNAVAILABLE);
      assertThat(history.refusedWrites()).isSubsetOf(ErrorCode.UNAVAILABLE, ErrorCode.SLOW_DOWN, ErrorCode.UNKNOWN);
      assertThat(lines.all()).as("it is said").anySatisfy(line -> assertThat(line).startsWith("WARN").contains("the table was put back to an older state"));
      equalsTheLog(node);
    }
  }

  @Test
  void anOlderPostgresPutBackWhileNobodyWritesIsFoundAndCaughtUp() throws Exception {
    try (LogLines lines = new LogLines();
        EmbeddedNode node = start(PostgresServer.shared().url(prefix));
        Store store = LogfoldClient.connect(node.url());
        RegisterHistory history = RegisterHistory.start(store, KEYS, VALUE_BYTES, 8, 16, 5, PACE)) {
      goesOn(history, KEYS);
      backUp();
      goesOn(history, 2 * KEYS);
      history.finish();
      equalsTheLog(node);
      putBack();
      assertThat(new CommandLine(node.url()).run("tables").ok()).containsPattern("main +projecting +2/2 +[1-9]");
      history.goOn(store, 0, 8, 6); // reads: the lease is renewed for them, which the table has to hear of
      await().atMost(PATIENCE).until(() -> lines.all().stream().anyMatch(line -> line.contains("put back")));
      int reads = history.reads();
      await().atMost(PATIENCE).until(() -> history.reads() > reads + 2 * KEYS);
      history.finish();
      assertThat(history.violations()).isEmpty();
      assertThat(history.refusedReads()).isSubsetOf(ErrorCode.UNAVAILABLE);
      equalsTheLog(node);
    }
  }

  @Test
  void anOlderPostgresPutBackWhileTheNodeIsStoppedIsCaughtUpFromTheLog() throws Exception {
    String url = PostgresServer.shared().url(prefix);
    putBackWhileStopped(url, this::backUp, this::putBack);
  }

  @Test
  void anOlderRocksDbFolderPutBackWhileTheNodeIsStoppedIsCaughtUpFromTheLog() throws Exception {
    Path table = folder.resolve("data/table");
    Path older = folder.resolve("older");
    putBackWhileStopped("rocksdb:" + table, () -> copy(table, older), () -> {
      delete(table);
      copy(older, table);
    });
  }

  private interface Step {
    void take() throws IOException;
  }

  private void putBackWhileStopped(String url, Step backUp, Step putBack) throws Exception {
    RegisterHistory history;
    try (EmbeddedNode node = start(url); Store store = LogfoldClient.connect(node.url())) {
      history = RegisterHistory.start(store, KEYS, VALUE_BYTES, 8, 16, 5, PACE);
      goesOn(history, KEYS);
      history.finish();
    }
    backUp.take();
    try (EmbeddedNode node = start(url); Store store = LogfoldClient.connect(node.url())) {
      history.goOn(store, 8, 16, 6);
      goesOn(history, 2 * KEYS);
      history.finish();
    }
    putBack.take();
    try (EmbeddedNode node = start(url); Store store = LogfoldClient.connect(node.url())) {
      history.goOn(store, 8, 16, 7);
      goesOn(history, KEYS);
      history.finish();
      assertThat(history.violations()).isEmpty();
      equalsTheLog(node);
    }
  }

  private EmbeddedNode start(String url) throws StartupException {
    // Far less memory than the registers take: reads go to the table.
    return EmbeddedNode.start(new DevOptions(folder.resolve("data"), "127.0.0.1", 0, url, 2, "header", 400_000, 0), why -> {});
  }

  private static void goesOn(RegisterHistory history, int moreWrites) {
    int writes = history.writes();
    int reads = history.reads();
    await().atMost(PATIENCE).until(() -> history.writes() > writes + moreWrites && history.reads() > reads + moreWrites);
    assertThat(history.violations()).isEmpty();
  }

  private static void equalsTheLog(EmbeddedNode node) {
    CommandLine logfold = new CommandLine(node.url());
    await().atMost(PATIENCE).untilAsserted(
        () -> assertThat(logfold.run("tables").ok()).containsPattern("main +projecting +2/2 +0 +0.0"));
    assertThat(logfold.run("verify", "--table", "main").ok()).contains("main equals the log").contains(" 0 differences");
  }

  /** One moment of rows and checkpoints, as a dump would have it. */
  private void backUp() {
    inOneTransaction("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "CREATE TABLE " + prefix + "older_rows AS SELECT * FROM " + prefix + "rows",
        "CREATE TABLE " + prefix + "older_checkpoint AS SELECT * FROM " + prefix + "checkpoint");
  }

  private void putBack() {
    // In the order in which a batch takes them.
    inOneTransaction("LOCK TABLE " + prefix + "checkpoint, " + prefix + "rows IN EXCLUSIVE MODE",
        "DELETE FROM " + prefix + "rows", "INSERT INTO " + prefix + "rows SELECT * FROM " + prefix + "older_rows",
        "DELETE FROM " + prefix + "checkpoint",
        "INSERT INTO " + prefix + "checkpoint SELECT * FROM " + prefix + "older_checkpoint");
  }

  private static void inOneTransaction(String... statements) {
    PostgresServer.shared().execute(String.join("; ", Stream.of(List.of("BEGIN"), List.of(statements), List.of("COMMIT"))
        .flatMap(List::stream).toList()));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
