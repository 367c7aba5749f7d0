package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Store;
import io.logfold.api.client.LogfoldClient;
import io.logfold.projector.testing.DynamoDbLocal;
import io.logfold.projector.testing.PostgresServer;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store that began on RocksDB gets Postgres and DynamoDB tables, is verified, switched to each, and back, by the commands
 * that the documentation shows, while writers and readers go on and their history is checked.
 */
class BackendSwitchTest {
  private static final int KEYS = 600;
  private static final int VALUE_BYTES = 2_000;
  private static final Executor PACE = CompletableFuture.delayedExecutor(10, TimeUnit.MILLISECONDS);

  @TempDir private Path folder;

  @Test
  void theBackendIsReplacedUnderLoadAndTheHistoryStaysLinearizable() throws Exception {
    // Far less memory than the registers take: reads go to whichever table serves.
    DevOptions options = new DevOptions(folder.resolve("data"), "127.0.0.1", 0, "rocksdb:" + folder.resolve("data/table"), 2,
        "header", 400_000, 0);
    try (EmbeddedNode node = EmbeddedNode.start(options, why -> {});
        Store store = LogfoldClient.connect(node.url());
        RegisterHistory history = RegisterHistory.start(store, KEYS, VALUE_BYTES, 8, 16, 5, PACE)) {
      CommandLine logfold = new CommandLine(node.url());
      Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> history.writes() > 2 * KEYS);
      String postgres = PostgresServer.shared().url(PostgresServer.freshPrefix());
      String dynamoDb = DynamoDbLocal.url("switch" + System.nanoTime());
      assertThat(logfold.run("replay", "--to", postgres, "--name", "pg").ok()).contains("pg is built").contains("follows the log");
      assertThat(logfold.run("replay", "--to", dynamoDb, "--name", "dynamo", "--seed-from", "pg").ok()).contains("rows copied");
      for (String table : new String[] {"main", "pg", "dynamo"}) {
        assertThat(logfold.run("verify", "--table", table).ok()).contains(table + " equals the log");
      }
      for (String table : new String[] {"pg", "dynamo", "main", "dynamo", "pg", "main"}) {
        assertThat(logfold.run("tables", "serve", table, "--timeout", "30s").ok()).contains(table + " serves from now on");
        assertThat(logfold.run("tables").ok()).containsPattern(table + " +projecting +2/2");
        goesOn(history);
      }
      history.finish();
      assertThat(history.violations()).isEmpty();
      for (String table : new String[] {"main", "pg", "dynamo"}) {
        Awaitility.await().atMost(60, TimeUnit.SECONDS)
            .until(() -> logfold.run("tables").ok(), text -> text.lines().noneMatch(line -> line.startsWith(table + " ") && !line.contains(" 0  0.0")));
        assertThat(logfold.run("verify", "--table", table).ok()).contains(" 0 differences");
      }
      assertThat(logfold.run("verify", "--table", "pg", "--against", "dynamo").ok()).contains("pg equals dynamo");
    }
  }

  /** Enough of both that a wrong answer of the table that serves now would be met. */
  private static void goesOn(RegisterHistory history) {
    int reads = history.reads();
    int writes = history.writes();
    Awaitility.await().atMost(60, TimeUnit.SECONDS)
        .until(() -> history.reads() > reads + 1_000 && history.writes() > writes + 300);
    assertThat(history.violations()).isEmpty();
  }
}
