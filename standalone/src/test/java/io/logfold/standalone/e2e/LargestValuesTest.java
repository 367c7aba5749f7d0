package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.StoreException;
import io.logfold.api.client.LogfoldClient;
import io.logfold.projector.testing.DynamoDbLocal;
import io.logfold.projector.testing.PostgresServer;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import io.logfold.standalone.node.StartupException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * No event is in the log that a table cannot hold: the largest that is legal goes through to Postgres and DynamoDB and is
 * read from there by a node that remembers nothing of it; one byte more is refused at the door.
 */
@Timeout(180)
class LargestValuesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Bytes PARTITION_KEY = bytes(Limits.MAX_PARTITION_KEY_BYTES, 1);
  private static final Bytes KEY = bytes(Limits.MAX_KEY_BYTES, 2);
  private static final Bytes VALUE = bytes(Limits.MAX_VALUE_BYTES, 3);

  @TempDir Path folder;

  @Test
  void theLargestOfEverythingIsReadBackFromPostgres() throws Exception {
    throughAndBack(PostgresServer.shared().url(PostgresServer.freshPrefix()));
  }

  @Test
  void theLargestOfEverythingIsReadBackFromDynamoDb() throws Exception {
    throughAndBack(DynamoDbLocal.url("largest" + System.nanoTime()));
  }

  private void throughAndBack(String url) throws Exception {
    List<Mutation> most = largestCommit();
    try (EmbeddedNode node = start(url); BlockingStore store = new BlockingStore(LogfoldClient.connect(node.url()))) {
      store.set(PARTITION_KEY, KEY, VALUE);
      assertThat(store.commit(commit(store, most))).isInstanceOf(CommitOutcome.Applied.class);
      oneMoreIsRefused(node, store, most);
      CommandLine logfold = new CommandLine(node.url());
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(logfold.run("tables").ok()).containsPattern("main +projecting +1/1 +0 +0.0"));
      assertThat(logfold.run("verify", "--table", "main").ok()).contains("main equals the log");
    }
    // It begins where the table stands, with nothing in memory.
    try (EmbeddedNode node = start(url); BlockingStore store = new BlockingStore(LogfoldClient.connect(node.url()))) {
      assertThat(store.get(PARTITION_KEY, KEY)).hasValueSatisfying(found -> assertThat(found.value()).isEqualTo(VALUE));
      for (Mutation mutation : most) {
        assertThat(store.get(PARTITION_KEY, mutation.key()))
            .hasValueSatisfying(found -> assertThat(found.value()).isEqualTo(((Mutation.Put) mutation).value()));
      }
    }
  }

  private static void oneMoreIsRefused(EmbeddedNode node, BlockingStore store, List<Mutation> most) throws Exception {
    tooLarge(() -> store.set(PARTITION_KEY, KEY, bytes(Limits.MAX_VALUE_BYTES + 1, 4)));
    tooLarge(() -> store.set(PARTITION_KEY, bytes(Limits.MAX_KEY_BYTES + 1, 4), VALUE));
    tooLarge(() -> store.set(bytes(Limits.MAX_PARTITION_KEY_BYTES + 1, 4), KEY, VALUE));
    List<Mutation> more = new ArrayList<>(most);
    Mutation.Put last = (Mutation.Put) more.removeLast();
    more.add(new Mutation.Put(last.key(), bytes(last.value().size() + 1, 4)));
    tooLarge(() -> store.commit(commit(store, more)));
    // A client that checks nothing itself.
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest put = HttpRequest.newBuilder(URI.create(node.url() + "/v1/kv/pk/k"))
          .PUT(HttpRequest.BodyPublishers.ofByteArray(bytes(Limits.MAX_VALUE_BYTES + 1, 4).toArray())).build();
      assertThat(client.send(put, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(413);
    }
  }

  private static void tooLarge(Runnable call) {
    assertThatThrownBy(call::run).isInstanceOfSatisfying(StoreException.class,
        refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.TOO_LARGE));
  }

  /** As many keys as there may be, of the largest size, and as many bytes as there may be. */
  private static List<Mutation> largestCommit() {
    List<Mutation> mutations = new ArrayList<>();
    int left = Limits.MAX_COMMIT_BYTES - Limits.MAX_COMMIT_MUTATIONS * Limits.MAX_KEY_BYTES;
    for (int i = 0; i < Limits.MAX_COMMIT_MUTATIONS; i++) {
      int size = Math.min(left, Limits.MAX_VALUE_BYTES);
      mutations.add(new Mutation.Put(bytes(Limits.MAX_KEY_BYTES, 100 + i), bytes(size, i)));
      left -= size;
    }
    return mutations;
  }

  private static CommitRequest commit(BlockingStore store, List<Mutation> mutations) {
    return new CommitRequest(PARTITION_KEY, List.of(), mutations, store.newRequest(), Provenance.NONE);
  }

  private static Bytes bytes(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  private EmbeddedNode start(String url) throws StartupException {
    return EmbeddedNode.start(new DevOptions(folder.resolve("data"), "127.0.0.1", 0, url, 1, "header", 8 << 20, 0), why -> {});
  }
}
