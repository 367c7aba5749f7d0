package io.logfold.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.ScanOptions;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.query.testing.LocalNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class StoreNodeTest {
  private static final Bytes PK = Bytes.utf8("repo");

  @Test
  void aWriteIsReadBackByGetAndByScan() throws Exception {
    try (Table table = Tables.open("memory:", LocalNode.STORE, 2);
        LocalNode node = LocalNode.start(table, 2, config -> config)) {
      BlockingStore store = new BlockingStore(node.store());
      store.set(PK, Bytes.utf8("a"), Bytes.utf8("1"));
      store.set(PK, Bytes.utf8("b"), Bytes.utf8("2"));
      assertThat(store.get(PK, Bytes.utf8("a")).orElseThrow().value()).isEqualTo(Bytes.utf8("1"));
      assertThat(store.get(PK, Bytes.utf8("c"))).isEmpty();
      try (var scan = store.scan(PK, ScanOptions.all())) {
        assertThat(scan.next()).isTrue();
        assertThat(scan.entry().key()).isEqualTo(Bytes.utf8("a"));
        assertThat(scan.next()).isTrue();
        assertThat(scan.next()).isFalse();
      }
    }
  }

  @Test
  void nothingHangsOnANodeThatIsClosedTwice() {
    Table table = Tables.open("memory:", LocalNode.STORE, 2);
    LocalNode node = LocalNode.start(table, 2, config -> config);
    var store = node.store();
    List<CompletableFuture<?>> calls = new ArrayList<>();
    calls.add(store.cluster(CallOptions.DEFAULT));
    node.close();
    calls.add(store.cluster(CallOptions.DEFAULT));
    calls.add(store.get(new GetRequest(PK, List.of(PK), Consistency.LINEARIZABLE), CallOptions.DEFAULT));
    node.close();
    table.close();
    assertThat(calls).allMatch(CompletableFuture::isDone);
  }
}
