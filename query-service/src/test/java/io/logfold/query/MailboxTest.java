package io.logfold.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.InMemoryPartitionLog;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MailboxTest {
  private final ExecutorService pool = Executors.newFixedThreadPool(2);
  private final ScheduledExecutorService timer = new LingeringTimer();

  @AfterEach
  void end() {
    timer.shutdownNow();
    pool.shutdownNow();
  }

  /** A timer whose tasks count as done only some time after they have done their work: as every timer's may. */
  private static final class LingeringTimer extends ScheduledThreadPoolExecutor {
    LingeringTimer() {
      super(4);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      return super.schedule(() -> {
        task.run();
        try {
          new CountDownLatch(1).await(300, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }, delay, unit);
    }
  }

  @Test
  void anOwnerIsWokenAgainAndAgainHoweverLateTheTimerCallsItsTaskDone() throws Exception {
    Mailbox mailbox = new Mailbox(pool, timer);
    CountDownLatch turns = new CountDownLatch(20);
    mailbox.owner(new Turns() {
      @Override
      public void endOfTurn() {
        turns.countDown();
      }
    });
    mailbox.execute(() -> {});
    assertThat(turns.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void messagesRunOneAfterTheOtherInTheirOrder() throws Exception {
    Mailbox mailbox = new Mailbox(pool, timer);
    AtomicInteger next = new AtomicInteger();
    AtomicInteger outOfOrder = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(10_000);
    for (int i = 0; i < 10_000; i++) {
      int number = i;
      mailbox.execute(() -> {
        if (next.getAndIncrement() != number) {
          outOfOrder.incrementAndGet();
        }
        done.countDown();
      });
    }
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(outOfOrder).hasValue(0);
  }

  @Test
  void aMessageThatFailsIsToldToTheOwnerAndTheNextOneRuns() throws Exception {
    Mailbox mailbox = new Mailbox(pool, timer);
    CountDownLatch faults = new CountDownLatch(1);
    CountDownLatch after = new CountDownLatch(1);
    mailbox.owner(new Turns() {
      @Override
      public void fault(Throwable failure) {
        faults.countDown();
      }
    });
    mailbox.execute(() -> {
      throw new IllegalStateException("on purpose");
    });
    mailbox.execute(after::countDown);
    assertThat(faults.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(after.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whatComesWhenThePoolIsShutDownIsStillAnswered() throws Exception {
    Mailbox mailbox = new Mailbox(pool, timer);
    try (Table table = Tables.open("memory:", "test", 1)) {
      PartitionLeader leader = new PartitionLeader(LeaderConfig.defaults("a", "a:1"), FoldState.empty("test", 0),
          GenesisConfig.defaults(1), new InMemoryPartitionLog(), NodeTables.only(table, "test"), Incumbent.NONE, mailbox, new TableThreads(pool, 2), LeaderClock.SYSTEM, new Random(1), WriteGate.OPEN);
      mailbox.owner(leader);
      leader.start();
      leader.ready().get(10, TimeUnit.SECONDS);
      leader.close().get(10, TimeUnit.SECONDS);
      timer.shutdownNow();
      pool.shutdown();
      assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
      assertThat(leader.status()).isCompletedWithValueMatching(status -> status.state().equals("closed"));
    }
  }

  private static class Turns implements Mailbox.Owner {
    @Override
    public void endOfTurn() {}

    @Override
    public long nextWakeupNanos() {
      return 1_000_000;
    }

    @Override
    public void fault(Throwable failure) {
      throw new AssertionError(failure);
    }
  }
}
