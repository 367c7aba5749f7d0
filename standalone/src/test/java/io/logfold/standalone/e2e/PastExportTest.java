package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.Versioned;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import io.logfold.standalone.e2e.CommandLine.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code export} of what a store held at a moment, and of values that were redacted; {@code import} of both. */
@Timeout(240)
class PastExportTest {
  @TempDir Path folder;

  private EmbeddedNode start(String name, Optional<Path> masterKey) throws Exception {
    Path data = folder.resolve(name);
    return EmbeddedNode.start(new DevOptions(data, "127.0.0.1", 0, "rocksdb:" + data.resolve("table"), 2, "header", 64L << 20,
        0, true, masterKey), why -> {});
  }

  private static Result run(EmbeddedNode node, String... arguments) {
    return new CommandLine(node.url()).run(arguments);
  }

  private String exported(EmbeddedNode node, String... more) throws Exception {
    Path file = folder.resolve("out.jsonl");
    String[] arguments = new String[3 + more.length];
    arguments[0] = "export";
    arguments[1] = "--output";
    arguments[2] = file.toString();
    System.arraycopy(more, 0, arguments, 3, more.length);
    run(node, arguments).ok();
    return Files.readString(file);
  }

  private static String positions(EmbeddedNode node) {
    return node.store().cluster(CallOptions.DEFAULT).join().partitionViews().stream()
        .collect(Collectors.toMap(ClusterView.Partition::partition, ClusterView.Partition::committed, Math::max)).entrySet()
        .stream().map(each -> each.getKey() + "=" + each.getValue()).collect(Collectors.joining(","));
  }

  @Test
  void aMomentAndRedactedValuesAreExportedAsTheyAreAndImportedAsFarAsTheyCanBe() throws Exception {
    Path master = folder.resolve("master");
    new CommandLine("http://127.0.0.1:1").run("policy", "master-key", master.toString()).ok();
    try (EmbeddedNode node = start("source", Optional.of(master)); EmbeddedNode other = start("other", Optional.empty())) {
      run(node, "policy", "set", "people", "--prefix", "people/", "--redactable", "--reason", "rule 7").ok();
      BlockingStore store = new BlockingStore(node.store());
      long ada = store.set(Bytes.utf8("people/1"), Bytes.utf8("name"), Bytes.utf8("Ada"));
      store.set(Bytes.utf8("people/1"), Bytes.utf8("town"), Bytes.utf8("London"));
      store.set(Bytes.utf8("orders/1"), Bytes.utf8("item"), Bytes.utf8("one"));
      String then = positions(node);
      store.set(Bytes.utf8("orders/1"), Bytes.utf8("item"), Bytes.utf8("two"));
      store.set(Bytes.utf8("orders/2"), Bytes.utf8("item"), Bytes.utf8("three"));
      assertThat(exported(node, "--as-of", then)).contains("\"valueText\":\"Ada\"");
      run(node, "redact", "people/1", "name", "--revision", Long.toString(ada), "--reason", "erasure 4711").ok();

      String past = exported(node, "--as-of", then);
      assertThat(past).contains("\"asOf\":\"" + then + "\"", "\"valueText\":\"one\"", "\"valueText\":\"London\"",
          "\"redacted\":true", "\"partitionKeys\":2,\"rows\":3,\"withoutSnapshot\":0").doesNotContain("two", "three", "Ada");
      assertThat(exported(node, "orders/1", "--as-of", "0")).contains("\"rows\":0");
      Result future = run(node, "export", "--as-of", "0=999999,1=999999");
      assertThat(future.exitCode()).isEqualTo(2);
      assertThat(future.err()).contains("NO_SUCH_MOMENT");
      assertThat(run(node, "export", "--what", "events", "--as-of", then, "--data", folder.resolve("source").toString())
          .exitCode()).isEqualTo(2);

      Files.writeString(folder.resolve("past.jsonl"), past);
      assertThat(run(other, "import", folder.resolve("past.jsonl").toString()).ok() + run(other, "import",
          folder.resolve("past.jsonl").toString()).ok()).contains("1 left out whose value was redacted");
      BlockingStore target = new BlockingStore(other.store());
      assertThat(target.get(Bytes.utf8("orders/1"), Bytes.utf8("item")).orElseThrow().value()).isEqualTo(Bytes.utf8("one"));
      assertThat(target.get(Bytes.utf8("people/1"), Bytes.utf8("town")).orElseThrow().value()).isEqualTo(Bytes.utf8("London"));
      assertThat(target.get(Bytes.utf8("people/1"), Bytes.utf8("name"))).as("nobody knows it").isEmpty();

      // Back where it came from nothing comes back, whatever is wanted.
      run(node, "import", folder.resolve("past.jsonl").toString(), "--on-conflict", "overwrite").ok();
      assertThat(store.get(Bytes.utf8("people/1"), Bytes.utf8("name"))).contains(new Versioned(Bytes.EMPTY, ada, true));
      assertThat(store.get(Bytes.utf8("orders/1"), Bytes.utf8("item")).orElseThrow().value()).isEqualTo(Bytes.utf8("one"));
      assertThat(run(node, "tables").ok()).containsPattern("(?m)^history +projecting +0/2 .*/table/history$");
    }
  }
}
