package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.CommitRequest;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.client.LogfoldClient;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import io.logfold.standalone.e2e.CommandLine.Result;
import io.logfold.standalone.jsonl.Rows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code export} and {@code import}, from one node into another of another number of partitions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class ExportImportTest {
  private static final int KEYS = 20_000;
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final Map<Bytes, Map<Bytes, Bytes>> rows = Rows.nasty(KEYS, 9, 7);
  private Path folder = Path.of("");
  private @Nullable EmbeddedNode source;
  private @Nullable EmbeddedNode target;

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    source = node("source", 3);
    target = node("target", 5);
    write(Objects.requireNonNull(source), rows);
  }

  @AfterAll
  void close() {
    for (EmbeddedNode each : new EmbeddedNode[] {source, target}) {
      if (each != null) {
        each.close();
      }
    }
  }

  @Test
  void whatOneStoreHoldsComesWholeIntoAnotherAlsoWhenTheImportIsKilled() throws Exception {
    Path file = folder.resolve("state.jsonl");
    assertThat(run(source, "export", "--output", file.toString()).err()).contains("exported ").contains(" rows/s)");
    int killed = 0;
    for (int life = 0; life < 2; life++) {
      Process process = importing(file);
      // Partition keys come one after the other.
      int least = 1 + 3 * life;
      await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> !process.isAlive() || reached() >= least);
      killed += process.isAlive() ? 1 : 0;
      process.destroyForcibly().waitFor();
    }
    Result last = run(target, "import", file.toString(), "--resume");
    assertThat(last.exitCode()).as(last.toString()).isZero();
    try (LogfoldClient client = LogfoldClient.connect(Objects.requireNonNull(target).url())) {
      assertThat(Rows.of(client)).isEqualTo(rows);
    }
    assertThat(killed).as("how many imports were killed under way").isPositive();
    assertWrittenOnce(Objects.requireNonNull(target));
    Path back = folder.resolve("back.jsonl");
    run(target, "export", "--output", back.toString()).ok();
    assertThat(withoutRevisions(back)).isEqualTo(withoutRevisions(file));
  }

  @Test
  void theEventsOfALogAreExportedFromItsFolder() throws Exception {
    Path file = folder.resolve("events.jsonl");
    Result result = run(source, "export", "--what", "events", "--data", folder.resolve("source").toString(), "--output",
        file.toString());
    assertThat(result.exitCode()).as(result.toString()).isZero();
    assertThat(state(file)).isEqualTo(rows);
    Result refused = run(source, "export", "--what", "events");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("--data DIR");
    assertThat(run(source, "import", file.toString()).err()).contains("line 1: the file holds events");
  }

  /** Every key of the file has one event in the target's log, though the import was killed and run again. */
  private void assertWrittenOnce(EmbeddedNode node) throws Exception {
    Path file = folder.resolve("target-events.jsonl");
    run(node, "export", "--what", "events", "--data", folder.resolve("target").toString(), "--output", file.toString()).ok();
    Map<String, Integer> puts = new TreeMap<>();
    for (JsonNode event : json(file)) {
      if (!event.path("partitionKeyText").asText().equals("logfold/import-jsonl")) {
        event.path("mutations").forEach(mutation -> puts.merge(
            event.path("partitionKey").asText() + " " + mutation.path("put").path("key").asText(), 1, Integer::sum));
      }
    }
    assertThat(puts.values()).allMatch(times -> times == 1);
    assertThat(puts).hasSize(rows.values().stream().mapToInt(Map::size).sum());
  }

  /** Partition keys of the file in the target. */
  private long reached() {
    List<Bytes> found = new ArrayList<>();
    new BlockingStore(Objects.requireNonNull(target).store()).partitionKeys().forEach(found::add);
    return found.stream().filter(rows::containsKey).count();
  }

  private static Map<Bytes, Map<Bytes, Bytes>> state(Path events) throws Exception {
    Map<Bytes, Map<Bytes, Bytes>> state = new TreeMap<>();
    for (JsonNode event : json(events)) {
      for (JsonNode mutation : event.path("mutations")) {
        JsonNode put = mutation.path("put");
        state.computeIfAbsent(Bytes.wrap(Base64.getUrlDecoder().decode(event.path("partitionKey").asText())),
            key -> new TreeMap<>()).put(Bytes.wrap(Base64.getUrlDecoder().decode(put.path("key").asText())),
                Bytes.wrap(Base64.getDecoder().decode(put.path("value").asText())));
      }
    }
    return state;
  }

  private static List<JsonNode> json(Path file) throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(mapper.readTree(line));
    }
    return lines.subList(1, lines.size() - 1);
  }

  private static List<String> withoutRevisions(Path file) throws Exception {
    return Files.readAllLines(file).stream().filter(line -> line.startsWith("{\"partitionKey\""))
        .filter(line -> !line.contains("logfold/import-jsonl")).map(line -> line.replaceAll(",\"revision\":\\d+}$", "}")).toList();
  }

  private static void write(EmbeddedNode node, Map<Bytes, Map<Bytes, Bytes>> rows) {
    BlockingStore store = new BlockingStore(node.store());
    List<CompletableFuture<?>> answers = new ArrayList<>();
    rows.forEach((partitionKey, each) -> {
      List<Mutation> some = new ArrayList<>();
      each.forEach((key, value) -> {
        some.add(new Mutation.Put(key, value));
        if (some.size() == 50) {
          answers.add(commit(store, partitionKey, some));
          some.clear();
        }
      });
      if (!some.isEmpty()) {
        answers.add(commit(store, partitionKey, some));
      }
      answers.forEach(CompletableFuture::join);
      answers.clear();
    });
  }

  private static CompletableFuture<?> commit(BlockingStore store, Bytes partitionKey, List<Mutation> mutations) {
    return store.store().commit(new CommitRequest(partitionKey, List.of(), mutations, store.newRequest(), Provenance.NONE),
        new io.logfold.api.CallOptions(Duration.ofSeconds(60)));
  }

  private EmbeddedNode node(String name, int partitions) throws Exception {
    Path data = folder.resolve(name);
    return EmbeddedNode.start(new DevOptions(data, "127.0.0.1", 0, "rocksdb:" + data.resolve("table"), partitions, "header",
        64L << 20, 0), why -> {});
  }

  private static Result run(@Nullable EmbeddedNode node, String... arguments) {
    return new CommandLine(Objects.requireNonNull(node).url()).run(arguments);
  }

  private Process importing(Path file) throws Exception {
    return NodeProcess.process("import", file.toString(), "--resume", "--server", Objects.requireNonNull(target).url())
        .redirectErrorStream(true).redirectOutput(folder.resolve("import.out").toFile()).start();
  }
}
