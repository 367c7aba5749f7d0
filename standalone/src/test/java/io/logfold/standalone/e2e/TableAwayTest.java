package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.api.ErrorCode;
import io.logfold.api.Store;
import io.logfold.api.client.LogfoldClient;
import io.logfold.log.testing.FaultyLink;
import io.logfold.projector.testing.DynamoDbLocal;
import io.logfold.projector.testing.PostgresServer;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The backend of the table that serves goes away under load and comes back. Writes go on until the memtable is full and
 * are then told to slow down; what is in memory is read; nothing that is answered is wrong; and the lag drains by itself.
 */
@Timeout(300)
class TableAwayTest {
  private static final int KEYS = 3_000;
  private static final int VALUE_BYTES = 2_000;
  private static final long MEMTABLE_BYTES = 2_000_000;
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Executor PACE = CompletableFuture.delayedExecutor(10, TimeUnit.MILLISECONDS);

  @TempDir Path folder;

  /** What a backend does while it is away, and how it comes back. */
  private interface Step {
    void take() throws Exception;
  }

  @Test
  void whilePostgresIsDownWritesGoOnInMemoryThenSlowDownAndAllIsCaughtUpAfterwards() throws Exception {
    try (PostgresServer server = PostgresServer.start()) {
      away(server.url("away_"), server::kill, server::startAgain, "Postgres table at 127.0.0.1", Duration.ZERO, true);
    }
  }

  @Test
  @Tag("slow")
  void postgresIsDownForAMinute() throws Exception {
    try (PostgresServer server = PostgresServer.start()) {
      away(server.url("away_"), server::kill, server::startAgain, "Postgres table at 127.0.0.1", Duration.ofMinutes(1), true);
    }
  }

  @Test
  @Tag("slow")
  void whileDynamoDbIsAwayWritesGoOnInMemoryThenSlowDownAndAllIsCaughtUpAfterwards() throws Exception {
    try (FaultyLink gate = new FaultyLink(URI.create(DynamoDbLocal.endpoint()).getPort())) {
      String url = "dynamodb://local/away" + System.nanoTime() + "?endpoint=http://127.0.0.1:" + gate.port() + "&create=true";
      away(url, gate::cut, gate::heal, "cannot read from the table dynamodb://local/away", Duration.ZERO, false);
    }
  }

  /** @param withHistory whether one is kept beside the table: DynamoDB Local is so slow with both that the memtable is always nearly full */
  private void away(String url, Step begins, Step ends, String named, Duration longer, boolean withHistory) throws Exception {
    DevOptions options = new DevOptions(folder.resolve("data"), "127.0.0.1", 0, url, 2, "header", MEMTABLE_BYTES, 0,
        withHistory, Optional.empty());
    try (EmbeddedNode node = EmbeddedNode.start(options, why -> {});
        Store store = LogfoldClient.connect(node.url());
        RegisterHistory history = RegisterHistory.startBlind(store, KEYS, VALUE_BYTES, 8, 8, 5, PACE)) {
      CommandLine logfold = new CommandLine(node.url());
      await().atMost(PATIENCE).until(() -> history.writes() > KEYS);
      assertThat(history.refusedWrites()).doesNotContain(ErrorCode.SLOW_DOWN);

      int writes = history.writes();
      begins.take();
      await().atMost(PATIENCE).until(() -> history.refusedWrites(ErrorCode.SLOW_DOWN) > 0);
      assertThat(history.writes()).as("writes since then").isGreaterThan(writes + 100);
      int reads = history.reads();
      await().atMost(PATIENCE).until(() -> history.refusedReads().contains(ErrorCode.UNAVAILABLE));
      await().atMost(PATIENCE).until(() -> history.reads() > reads + 5); // of what is in memory
      await().during(longer).atMost(longer.plus(PATIENCE)).until(() -> history.violations().isEmpty());
      await().atMost(PATIENCE).untilAsserted(
          () -> assertThat(logfold.run("tables").ok()).containsPattern("main +blocked +2/2 +- +-").contains(named));
      // Another node would find the same backend away, and this one answers what it can: it stays in service.
      assertThat(health(node)).isEqualTo(200);

      ends.take();
      int refused = history.writes();
      await().atMost(PATIENCE).until(() -> history.writes() > refused + KEYS / 3);
      history.finish();
      assertThat(history.violations()).isEmpty();
      // UNKNOWN: a retry that was refused says nothing of the attempts before it.
      assertThat(history.refusedWrites()).isSubsetOf(ErrorCode.SLOW_DOWN, ErrorCode.UNKNOWN);
      assertThat(history.refusedReads()).isSubsetOf(ErrorCode.UNAVAILABLE, ErrorCode.DEADLINE_EXCEEDED);
      await().atMost(PATIENCE).untilAsserted(
          () -> assertThat(logfold.run("tables").ok()).containsPattern("main +projecting +2/2 +0 +0.0"));
      assertThat(logfold.run("verify", "--table", "main").ok()).contains("main equals the log").contains(" 0 differences");
    }
  }

  private static int health(EmbeddedNode node) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(URI.create(node.url() + "/health")).build(), HttpResponse.BodyHandlers.ofString())
          .statusCode();
    }
  }
}
