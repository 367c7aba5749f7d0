package io.logfold.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.HistoryPage;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.query.values.InMemoryKeyVault;
import io.logfold.query.values.MasterKey;
import io.logfold.query.values.Values;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a history holds, opened. */
class PastValuesOpenedTest {
  private static final Bytes PK = Bytes.utf8("p");
  private static final Bytes KEY = Bytes.utf8("k");

  private final InMemoryKeyVault vault = new InMemoryKeyVault(new InMemoryKeyVault.Shared(Runnable::run));
  private final Values values = Values.simulated("s", MasterKey.of(new byte[32]), vault, new Random(1), Runnable::run);
  private final PastValuesOpened opened = new PastValuesOpened(values);

  /** The vault says so as soon as the key is destroyed; the history only when it has come to the event. */
  @Test
  void aRedactionThatTheHistoryHasNotComeToIsWaitedForAndNotToldAsDoneByNobody() {
    Values.Sealed sealed = values.seal(PK, List.of(new Mutation.Put(KEY, Bytes.utf8("secret")))).join();
    Bytes stored = ((Mutation.Put) sealed.mutations().getFirst()).value();
    HistoryPage page = new HistoryPage(List.of(new Change(PK, KEY, 7, 0, Change.Kind.PUT, Optional.of(stored), 0, 1_000,
        Provenance.NONE, new RequestId(1, 1))), Optional.empty());
    AtomicLong redactedBy = new AtomicLong();
    CompletableFuture<Void> history = new CompletableFuture<>();

    vault.destroy(sealed.keys().getFirst()).join();
    CompletableFuture<HistoryPage> answer =
        opened.open(page, change -> CompletableFuture.completedFuture(redactedBy.get()), change -> history);
    assertThat(answer).isNotDone();
    redactedBy.set(9);
    history.complete(null);
    assertThat(answer.join().changes()).singleElement().satisfies(change -> {
      assertThat(change.value()).isEmpty();
      assertThat(change.redactedBy()).isEqualTo(9);
    });
  }
}
