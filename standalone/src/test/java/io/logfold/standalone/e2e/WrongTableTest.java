package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.client.LogfoldClient;
import io.logfold.log.Checkpoint;
import io.logfold.log.CheckpointCodec;
import io.logfold.log.FoldState;
import io.logfold.log.Hash;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.PostgresServer;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import io.logfold.standalone.node.StartupException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node is given a Postgres table that is not its log's: it does not start, or stops projecting, says in one line why and
 * what to do, and changes nothing in the table.
 */
@Timeout(180)
class WrongTableTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int KEYS = 40;

  @TempDir Path folder;

  private final String prefix = PostgresServer.freshPrefix();
  private final String url = PostgresServer.shared().url(prefix);

  @Test
  void aTableThatIsAheadOfAnOlderCopyOfTheLogOrOfANewStoreOfTheSameName() throws Exception {
    write("first", "before the copy");
    copy(folder.resolve("first"), folder.resolve("older"));
    write("first", "after it");
    for (String data : new String[] {"older", "new"}) {
      refused(data, "the table stands at offset ", "the topic was truncated or replaced; restore it, or start with an empty table");
    }
  }

  @Test
  void aTableOfAnotherStore() throws Exception {
    Tables.open(url, "other", 2).close();
    refused("first", "belongs to store \"other\" of 2 partitions, not to \"dev\" of 2", "give this store another prefix");
  }

  @Test
  void aTableOfAnotherNumberOfPartitions() throws Exception {
    Tables.open(url, "dev", 3).close();
    refused("first", "belongs to store \"dev\" of 3 partitions, not to \"dev\" of 2", "give this store another prefix");
  }

  @Test
  void aTableWhoseCheckpointHasAnotherHash() throws Exception {
    write("first", "as it should be");
    otherHash();
    refused("first", "the table was made from another log", "restore the topic, or start with an empty table");
  }

  @Test
  void aTableThatBecomesAnotherLogsWhileTheNodeRuns() throws Exception {
    try (LogLines lines = new LogLines(); EmbeddedNode node = start("first");
        BlockingStore store = new BlockingStore(LogfoldClient.connect(node.url()))) {
      set(store, "as it should be");
      caughtUp(node);
      otherHash();
      String before = content();
      store.set(Bytes.utf8("pk-0"), Bytes.utf8("k"), Bytes.utf8("goes into the log"));
      store.set(Bytes.utf8("pk-1"), Bytes.utf8("k"), Bytes.utf8("goes into the log"));
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(health(node)).startsWith("503").contains("into the table \\\"main\\\" has halted"));
      assertThat(lines.all()).anySatisfy(line -> assertThat(line).startsWith("ERROR").contains("HALTED: the record at offset ")
          .contains("Nothing was changed; project this log into a new table"));
      assertThat(new CommandLine(node.url()).run("tables").ok()).containsPattern("main +halted +2/2");
      assertThat(content()).isEqualTo(before);
    }
  }

  private EmbeddedNode start(String data) throws StartupException {
    return EmbeddedNode.start(new DevOptions(folder.resolve(data), "127.0.0.1", 0, url, 2, "header", 8 << 20, 0), why -> {});
  }

  private void write(String data, String value) throws Exception {
    try (EmbeddedNode node = start(data); BlockingStore store = new BlockingStore(LogfoldClient.connect(node.url()))) {
      set(store, value);
      caughtUp(node);
    }
  }

  private static void set(BlockingStore store, String value) {
    for (int i = 0; i < KEYS; i++) {
      store.set(Bytes.utf8("pk-" + i), Bytes.utf8("k"), Bytes.utf8(value));
    }
  }

  private static void caughtUp(EmbeddedNode node) {
    CommandLine logfold = new CommandLine(node.url());
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(logfold.run("tables").ok()).containsPattern("main +projecting +2/2 +0 +0.0"));
  }

  private void refused(String data, String... words) throws Exception {
    String before = content();
    assertThatThrownBy(() -> start(data).close()).isInstanceOfSatisfying(StartupException.class, refusal -> {
      assertThat(refusal).hasMessageContainingAll(words);
      assertThat(String.valueOf(refusal.getMessage()).lines()).as("lines").hasSize(1);
    });
    assertThat(content()).as("the table").isEqualTo(before);
  }

  /** All that is in the three tables. */
  private String content() {
    StringBuilder all = new StringBuilder();
    for (String table : new String[] {"meta", "checkpoint", "rows"}) {
      all.append(PostgresServer.shared().query("SELECT count(*) || ' ' || coalesce(string_agg(md5(t::text), ',' ORDER BY t::text), '') FROM "
          + prefix + table + " t")).append('\n');
    }
    return all.toString();
  }

  private void otherHash() {
    Hash other = new Hash(Bytes.wrap(new byte[32]));
    try (Table table = Tables.open(url, "dev", 2)) {
      for (int partition = 0; partition < 2; partition++) {
        Checkpoint is = table.checkpoint(partition);
        FoldState at = is.at();
        FoldState wrong = new FoldState(at.store(), at.partition(), at.position(), at.token(), at.lsn(), at.lastValidOffset(), other,
            at.logTimeMs(), at.genesis(), at.leaderNode(), at.leaderAddress(), at.serving());
        HexFormat hex = HexFormat.of();
        PostgresServer.shared().execute("UPDATE " + prefix + "checkpoint SET hash = '\\x" + hex.formatHex(other.bytes().toArray())
            + "', record = '\\x" + hex.formatHex(CheckpointCodec.encode(new Checkpoint(wrong, is.anchor())).toArray())
            + "' WHERE partition = " + partition);
      }
    }
  }

  private static String health(EmbeddedNode node) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer = client.send(HttpRequest.newBuilder(URI.create(node.url() + "/health")).build(),
          HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() + " " + answer.body();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }
}
