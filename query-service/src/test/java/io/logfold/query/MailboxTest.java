package io.logfold.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.InMemoryPartitionLog;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MailboxTest {
  private final ExecutorService pool = Executors.newFixedThreadPool(4);
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Mailbox mailbox = new Mailbox(pool, timer);

  @AfterEach
  void shutDown() {
    pool.shutdownNow();
    timer.shutdownNow();
  }

  @Test
  void messagesRunOneAfterTheOtherInTheirOrderOnWhateverThreadIsFree() {
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger atOnce = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    for (int i = 0; i < 10_000; i++) {
      int number = i;
      mailbox.execute(() -> {
        most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
        order.add(number);
        atOnce.decrementAndGet();
      });
    }
    await().untilAsserted(() -> assertThat(order).hasSize(10_000));
    assertThat(order).isSorted();
    assertThat(most).hasValue(1);
  }

  @Test
  void aMessageThatFailsDoesNotStopTheNext() {
    CompletableFuture<Void> next = new CompletableFuture<>();
    mailbox.execute(() -> {
      throw new IllegalStateException("ordered by the test");
    });
    mailbox.execute(() -> next.complete(null));
    await().until(next::isDone);
  }

  @Test
  void whatComesWhenThePoolIsShutDownIsStillAnswered() throws InterruptedException {
    try (Table table = Tables.open("memory:", "test", 1)) {
      PartitionLeader leader = new PartitionLeader(LeaderConfig.defaults("a", "a:1"), FoldState.empty("test", 0),
          GenesisConfig.defaults(1), new InMemoryPartitionLog(), table, mailbox, pool, LeaderClock.SYSTEM, new Random(1), WriteGate.OPEN);
      mailbox.owner(leader);
      leader.start();
      await().until(leader.ready()::isDone);
      CompletableFuture<Void> closed = leader.close();
      await().until(closed::isDone);
      timer.shutdownNow();
      pool.shutdown();
      assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
      assertThat(leader.status()).isCompletedWithValueMatching(status -> status.state().equals("closed"));
    }
  }
}
