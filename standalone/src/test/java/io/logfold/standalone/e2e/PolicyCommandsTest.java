package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.Versioned;
import io.logfold.query.values.MasterKey;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import io.logfold.standalone.e2e.CommandLine.Result;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code policy} and {@code redact} against a node, over REST and gRPC, and over restarts. */
@Timeout(240)
class PolicyCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private EmbeddedNode start(Optional<Path> masterKey) throws Exception {
    return EmbeddedNode.start(new DevOptions(folder.resolve("data"), "127.0.0.1", 0, "rocksdb:" + folder.resolve("table"), 2,
        "header", 64L << 20, 0, true, masterKey), why -> {});
  }

  private static Result run(EmbeddedNode node, String... arguments) {
    return new CommandLine(node.url()).run(arguments);
  }

  private static Result refused(Result result, int exitCode, String words) {
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(exitCode);
    assertThat(result.err()).startsWith("logfold: ").contains(words).doesNotContain("\tat ");
    return result;
  }

  private static HttpResponse<String> get(EmbeddedNode node, String path) throws Exception {
    return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(node.url() + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aPolicyIsSetListedObeyedAndRemoved() throws Exception {
    try (EmbeddedNode node = start(Optional.empty())) {
      assertThat(run(node, "policy").ok()).startsWith("no policies");
      refused(run(node, "policy", "set", "people", "--prefix", "people/"), 2, "--reason");
      assertThat(run(node, "policy", "set", "people", "--prefix", "people/", "--require-reason", "--reason", "rule 7").ok())
          .isEqualTo("people is in force from now on, in 2 of 2 partitions by this change\n");
      assertThat(run(node, "policy", "set", "people", "--prefix", "people/", "--require-reason", "--reason", "rule 7").ok())
          .isEqualTo("nothing changed: so it was before\n");
      assertThat(run(node, "policy", "list").ok()).containsPattern("people +people/ +- +required +- +2/2");
      JsonNode listed = JSON.readTree(run(node, "policy", "--json").ok());
      assertThat(listed.path("policies").get(0).path("prefixText").asText()).isEqualTo("people/");

      refused(run(node, "set", "people/1", "name", "Ada"), 2, "POLICY_REFUSED: policy \"people\" requires a reason");
      run(node, "set", "people/1", "name", "Ada", "--reason", "form 3").ok();
      run(node, "set", "orders/1", "name", "Ada").ok();
      refused(run(node, "policy", "set", "no such name", "--prefix", "x", "--reason", "r"), 2, "a policy's name");
      assertThat(run(node, "policy", "remove", "people", "--reason", "over").ok()).startsWith("people is not in force any more");
      run(node, "set", "people/1", "name", "Ada").ok();

      // Without a master key there is nothing to be encrypted, and nothing in plain by mistake.
      run(node, "policy", "set", "secret", "--prefix", "people/", "--redactable", "--reason", "r").ok();
      refused(run(node, "set", "people/1", "name", "Ada"), 5, "NO_MASTER_KEY");
    }
  }

  @Test
  void aRedactedValueStaysSoOverRestartsAndInATableThatIsMadeAnew() throws Exception {
    Path master = folder.resolve("master");
    CommandLine nowhere = new CommandLine("http://127.0.0.1:1");
    assertThat(nowhere.run("policy", "master-key", master.toString()).ok()).contains("holds a new master key");
    refused(nowhere.run("policy", "master-key", master.toString()), 2, "already");
    long revision;
    try (EmbeddedNode node = start(Optional.of(master))) {
      run(node, "policy", "set", "people", "--prefix", "people/", "--redactable", "--reason", "rule 7").ok();
      BlockingStore store = new BlockingStore(node.store());
      revision = store.set(Bytes.utf8("people/1"), Bytes.utf8("name"), Bytes.utf8("top-secret-Ada"));
      store.set(Bytes.utf8("people/1"), Bytes.utf8("town"), Bytes.utf8("London"));
      assertThat(run(node, "get", "people/1", "name").ok()).isEqualTo("top-secret-Ada");

      refused(run(node, "redact", "people/1", "name", "--revision", "1"), 2, "--reason");
      refused(run(node, "redact", "people/1", "name", "--revision", "9999", "--reason", "r"), 2, "INVALID_ARGUMENT");
      assertThat(run(node, "redact", "people/1", "name", "--revision", Long.toString(revision), "--reason", "erasure 4711").ok())
          .startsWith("redacted by revision ");
      assertThat(run(node, "redact", "people/1", "name", "--revision", Long.toString(revision), "--reason", "again").ok())
          .isEqualTo("it was redacted before\n");
      isRedacted(node, revision);
    }
    // Nowhere on this disk is the value in plain.
    assertThat(filesWith("top-secret-Ada")).isEmpty();
    Files.move(folder.resolve("table"), folder.resolve("old-table"));
    try (EmbeddedNode node = start(Optional.of(master))) {
      isRedacted(node, revision);
      assertThat(run(node, "get", "people/1", "town").ok()).isEqualTo("London");
    }
    Path other = folder.resolve("other");
    MasterKey.generate(other, new SecureRandom());
    assertThatThrownBy(() -> start(Optional.of(other))).hasMessageContaining("another master key");
    // Its keys' topic is lost: nobody takes the values that are left for redacted.
    try (EmbeddedNode node = start(Optional.of(master));
        Admin admin = Admin.create(Map.of("bootstrap.servers", node.bootstrapServers()))) {
      admin.deleteTopics(admin.listTopics().names().get().stream().filter(name -> name.endsWith(".keys")).toList()).all().get();
    }
    assertThatThrownBy(() -> start(Optional.of(master))).hasMessageContaining("lost or emptied");
  }

  private static void isRedacted(EmbeddedNode node, long revision) throws Exception {
    refused(run(node, "get", "people/1", "name"), 10, "REDACTED");
    assertThat(new BlockingStore(node.store()).get(Bytes.utf8("people/1"), Bytes.utf8("name")))
        .contains(new Versioned(Bytes.EMPTY, revision, true));
    assertThat(run(node, "scan", "people/1").out()).isEqualTo("name\tREDACTED\ntown\tLondon\n");
    HttpResponse<String> rest = get(node, "/v1/kv/people%2F1/name");
    assertThat(rest.statusCode()).isEqualTo(410);
    assertThat(rest.body()).contains("\"code\":\"REDACTED\"");
    assertThat(get(node, "/v1/kv/people%2F1").body()).contains("\"redacted\":true").contains("\"revision\":" + revision);
  }

  private List<Path> filesWith(String secret) throws Exception {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).filter(file -> {
        try {
          return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(secret);
        } catch (java.io.IOException e) {
          return false; // gone meanwhile
        }
      }).toList();
    }
  }
}
