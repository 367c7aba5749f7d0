package io.logfold.query.server.dynamodb.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Provenance;
import io.logfold.api.Store;
import io.logfold.projector.table.Tables;
import io.logfold.query.server.dynamodb.item.AttributeType;
import io.logfold.query.server.dynamodb.item.KeyAttribute;
import io.logfold.query.testing.LocalNode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two nodes remove one deleted table, and one of them is slow. */
class RemovalTest {
  private static final CallOptions PATIENT = CallOptions.timeoutMs(20_000);
  private static final Bytes HASH = Bytes.utf8("music\0bach");
  private static final Bytes KEY = Bytes.utf8("item");

  private final LocalNode node = LocalNode.start(Tables.open("memory:", LocalNode.STORE, 2), 2, leader -> leader);
  private final CompletableFuture<Void> gate = new CompletableFuture<>();
  /** Of the changes that wait, or waited, there. */
  private final Queue<CompletableFuture<?>> held = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() {
    node.close();
  }

  private static TableDefinition table(String id) {
    return new TableDefinition("music", id, new KeyAttribute("artist", AttributeType.S), Optional.empty(), 1, Optional.empty(),
        false, Optional.empty());
  }

  private Catalogue catalogue(Store store) {
    return new Catalogue(store, InstantSource.system(), new SecureRandom(), 0);
  }

  /** A store whose changes of items wait at the gate. */
  private Store slow() {
    return (Store) Proxy.newProxyInstance(Store.class.getClassLoader(), new Class<?>[] {Store.class}, (proxy, method, arguments) -> {
      if (method.getName().equals("commit") && ((CommitRequest) arguments[0]).partitionKey().equals(HASH)) {
        CompletableFuture<CommitOutcome> change =
            gate.thenCompose(open -> node.store().commit((CommitRequest) arguments[0], (CallOptions) arguments[1]));
        held.add(change);
        return change;
      }
      try {
        return method.invoke(node.store(), arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    });
  }

  @Test
  void theSlowOneDeletesNothingOfTheTableThatIsMadeAnew() {
    BlockingStore items = new BlockingStore(node.store());
    Catalogue fast = catalogue(node.store());
    Catalogue slow = catalogue(slow());
    fast.create(table("old"), Provenance.NONE, PATIENT).join();
    items.set(HASH, KEY, Bytes.utf8("old"));
    slow.delete(slow.find("music", PATIENT).join().orElseThrow(), Provenance.NONE, PATIENT).join();
    await().until(() -> !held.isEmpty()); // it has seen the old item, and is about to delete it
    fast.find("music", PATIENT).join();
    await().until(() -> fast.find("music", PATIENT).join().isEmpty());
    assertThat(items.get(HASH, KEY)).isEmpty();

    fast.create(table("new"), Provenance.NONE, PATIENT).join();
    items.set(HASH, KEY, Bytes.utf8("new"));
    gate.complete(null);
    await().until(() -> held.stream().allMatch(CompletableFuture::isDone));
    assertThat(items.get(HASH, KEY).orElseThrow().value()).isEqualTo(Bytes.utf8("new"));
    assertThat(slow.find("music", PATIENT).join().orElseThrow().table().id()).isEqualTo("new");
  }
}
