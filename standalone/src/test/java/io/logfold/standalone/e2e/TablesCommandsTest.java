package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.testing.ReferenceStore;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.standalone.WireServer;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import io.logfold.standalone.e2e.CommandLine.Result;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code tables}, {@code tables serve}, {@code tables remove}, {@code replay} and {@code verify} against a node. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class TablesCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PARTITIONS = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Path folder = Path.of("");
  private @Nullable EmbeddedNode node;

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    EmbeddedNode started = EmbeddedNode.start(new DevOptions(folder.resolve("data"), "127.0.0.1", 0, table("main"),
        PARTITIONS, "header", 64L << 20, 0), why -> {});
    node = started;
    BlockingStore store = new BlockingStore(started.store());
    for (int i = 0; i < 50; i++) {
      store.set(Bytes.utf8("pk-" + i % 5), Bytes.utf8("k" + i), Bytes.utf8("v" + i));
    }
    // A copy is made of what the table holds.
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(run("tables").ok()).containsPattern("main +projecting +2/2 +0 "));
  }

  @AfterAll
  void close() {
    if (node != null) {
      node.close();
    }
  }

  private String table(String name) {
    return "rocksdb:" + folder.resolve(name);
  }

  private Result run(String... arguments) {
    return new CommandLine(Objects.requireNonNull(node).url()).run(arguments);
  }

  private Result refused(int exitCode, String words, String... arguments) {
    return refused(run(arguments), exitCode, words);
  }

  private static Result refused(Result result, int exitCode, String words) {
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(exitCode);
    assertThat(result.err()).startsWith("logfold: ").contains(words).doesNotContain("\tat ").doesNotContain("Exception");
    assertThat(result.err().lines()).hasSize(1);
    return result;
  }

  @Test
  void aTableIsBuiltListedMadeToServeAndRemoved() throws Exception {
    String built = run("replay", "--to", table("b"), "--name", "b").ok();
    assertThat(built).startsWith("b is built: ").contains("events of").contains("it follows the log now").hasLineCount(1);
    assertThat(run("tables").ok()).containsPattern("NAME +STATE +SERVES").containsPattern("main +projecting +2/2")
        .containsPattern("(?m)^b +(projecting|blocked) +0/2");
    assertThat(run("tables", "--partitions").ok()).containsPattern("b +1 +(projecting|blocked) +no");
    List<JsonNode> listed = new ArrayList<>();
    for (String line : run("tables", "--json").ok().lines().toList()) {
      listed.add(JSON.readTree(line));
    }
    assertThat(listed).extracting(each -> each.path("name").asText()).contains("main", "b");

    // A partition that cannot serve yet is refused by itself, and the next try has only that one left to change.
    assertThat(serve("b")).matches("b serves from now on, in [12] of 2 partitions by this change\n");
    assertThat(run("tables", "serve", "b").ok()).isEqualTo("b serves already\n");
    assertThat(JSON.readTree(run("tables", "serve", "b", "--json").ok()).path("partitions")).hasSize(PARTITIONS);
    await().atMost(PATIENCE).untilAsserted(() ->
        assertThat(run("cluster").ok()).startsWith("store dev, 2 partitions by crc32c").contains(", table " + table("b") + "\n"));
    refused(2, "answers for the store", "tables", "remove", "b");
    assertThat(serve("main")).startsWith("main serves from now on");
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(run("cluster").ok()).contains(", table " + table("main") + "\n"));
    assertThat(JSON.readTree(run("tables", "remove", "b", "--json").ok()).path("removed").asText()).isEqualTo("b");
    assertThat(run("tables").ok()).doesNotContain(table("b"));
    refused(2, "there are main", "tables", "remove", "b");
  }

  @Test
  void aTableIsBuiltUpToARevisionInJsonAndGoesOnInWords() throws Exception {
    JsonNode stands = JSON.readTree(run("replay", "--to", table("u"), "--name", "u", "--until", "5", "--json").ok());
    assertThat(stands.path("state").asText()).isEqualTo("STANDING");
    assertThat(stands.path("partitions")).allSatisfy(each -> assertThat(each.path("revision").asLong()).isEqualTo(5));
    Result serve = run("tables", "serve", "u");
    assertThat(serve.exitCode()).isEqualTo(5);
    assertThat(serve.err().lines()).hasSize(PARTITIONS).allSatisfy(line ->
        assertThat(line).startsWith("logfold: UNAVAILABLE: the table \"u\" cannot serve partition ").contains("told to stop"));
    refused(5, "ends at LSN", "replay", "--to", table("u"), "--until", "0:100000");
    assertThat(run("replay", "--to", table("u")).ok()).startsWith("u is built: ").contains("it follows the log now");
    refused(2, "follows the log already", "replay", "--to", table("u"));
    assertThat(run("tables", "remove", "u").ok()).isEqualTo("u is forgotten; what it holds was left as it is\n");
  }

  @Test
  void aCopyIsVerifiedEqual() {
    assertThat(run("replay", "--to", table("c"), "--name", "c", "--seed-from", "main").ok()).contains("rows copied");
    assertThat(run("verify", "--table", "c").ok()).startsWith("c equals the log: ").contains(" 0 differences").contains("digest ");
    assertThat(run("verify").ok()).startsWith("main equals the log: ");
    run("tables", "remove", "c").ok();
    assertThat(run("verify", "--table", table("c")).ok()).startsWith(table("c") + " equals the log: ");
  }

  @Test
  void aWrongRowIsNamedAndTheExitCodeIs9() throws Exception {
    run("replay", "--to", table("w"), "--name", "w", "--until", "5").ok();
    run("tables", "remove", "w").ok();
    try (Table wrong = Tables.open(table("w"), "dev", PARTITIONS)) {
      Checkpoint at = wrong.checkpoint(0);
      Table.RowOf row = wrong.rows(0, Optional.empty(), 1).rows().getFirst();
      wrong.apply(0, List.of(new Table.RowChange(row.partitionKey(), row.row().key(), Optional.of(Bytes.utf8("damaged")),
          row.row().revision())), at, at);
      Result found = verifyOpen(wrong);
      assertThat(found.exitCode()).isEqualTo(5); // in use
    }
    Result found = run("verify", "--table", table("w"));
    assertThat(found.exitCode()).isEqualTo(9);
    assertThat(found.out()).contains("partition 0, partition key \"pk-").contains("another value").contains("found \"damaged\"")
        .contains(table("w") + " differs from the log: ").contains(" 1 differences");
    assertThat(found.err()).isEmpty();
    Result json = run("verify", "--table", table("w"), "--json");
    assertThat(json.exitCode()).isEqualTo(9);
    assertThat(JSON.readTree(json.out()).path("result").path("differences").asInt()).isEqualTo(1);
    Result against = run("verify", "--table", "main", "--against", table("w"));
    assertThat(against.exitCode()).isEqualTo(9);
    assertThat(against.out()).contains("the tables stand at different positions").contains("main differs from " + table("w"));
  }

  private Result verifyOpen(Table held) {
    assertThat(held.checkpoint(0).at().lsn()).isEqualTo(5);
    return refused(5, "in use", "verify", "--table", table("w"));
  }

  @Test
  void argumentsThatAreWrongAreOneLineAndExitCode2() {
    refused(2, "--to", "replay");
    refused(2, "until must be a time", "replay", "--to", "memory:/", "--until", "soon");
    refused(2, "a table's name", "replay", "--to", "memory:/", "--name", "No Name");
    refused(2, "begins with one of", "replay", "--to", "nosuch:x");
    refused(2, "to copy from", "replay", "--to", "memory:/", "--seed-from", "nosuch");
    refused(2, "there is no table \"nosuch\"", "tables", "serve", "nosuch");
    refused(2, "there is no table \"a b/c\"", "tables", "serve", "a b/c");
    refused(2, "NAME", "tables", "serve");
    refused(2, "NAME", "tables", "remove");
    refused(2, "cannot be removed", "tables", "remove", "main");
    refused(2, "there is no table \"nosuch\"", "verify", "--table", "nosuch");
    refused(2, "holds nothing", "verify", "--table", table("empty"));
    refused(2, "differences must be", "verify", "--differences", "-1");
    refused(2, "differences", "verify", "--differences", "many");
    Result json = refused(2, "there is no table", "verify", "--table", "nosuch", "--json");
    assertThat(json.out()).startsWith("{\"error\":{\"code\":\"INVALID_ARGUMENT\"");
    assertThat(run("tables").ok()).hasLineCount(3).containsPattern("(?m)^history +").doesNotContain("memory");
  }

  @Test
  void aServerThatIsNotThereOrIsNoneIsOneLine() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = free.getLocalPort();
    }
    CommandLine nobody = new CommandLine("http://127.0.0.1:" + port);
    for (String[] command : new String[][] {{"tables"}, {"tables", "serve", "main"}, {"tables", "remove", "x"},
        {"replay", "--to", "memory:/"}, {"verify"}}) {
      refused(nobody.run(command), 5, "cannot be reached");
    }
    refused(new CommandLine("nonsense").run("tables"), 2, "is not a server's URL");
    refused(new CommandLine("http://127.0.0.1:1 2").run("tables"), 2, "is not a server's URL");
    try (WireServer store = new WireServer(new ReferenceStore())) {
      refused(new CommandLine(store.url()).run("tables"), 2, "");
    }
  }

  /** Retried while the table is a moment behind. */
  private String serve(String name) {
    return await().atMost(PATIENCE).until(() -> run("tables", "serve", name), result -> result.exitCode() == 0).out();
  }
}
