package io.logfold.log.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.log.PartitionLog.AppendCallback;
import io.logfold.log.PartitionLog.AppendFailure;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AckQueueTest {
  private final AckQueue queue = new AckQueue();
  private final List<String> told = new ArrayList<>();

  @Test
  void anOutcomeWaitsForThoseBeforeIt() {
    AckQueue.Entry first = queue.open(named("first"));
    AckQueue.Entry second = queue.open(named("second"));
    AckQueue.Entry third = queue.open(named("third"));
    queue.appended(third, 12);
    queue.appended(second, 11);
    assertThat(told).isEmpty();
    queue.failed(first, new AppendFailure(false, new RuntimeException("lost")));
    assertThat(told).containsExactly("first failed", "second at 11", "third at 12");
  }

  @Test
  void aWithdrawnOneIsNotTold() {
    AckQueue.Entry first = queue.open(named("first"));
    AckQueue.Entry second = queue.open(named("second"));
    queue.withdraw(second);
    queue.appended(first, 3);
    queue.appended(queue.open(named("third")), 4);
    assertThat(told).containsExactly("first at 3", "third at 4");
  }

  @Test
  void aCallbackThatThrowsOrAppendsDoesNotStopTheOthers() {
    AckQueue.Entry first = queue.open(new AppendCallback() {
      @Override
      public void appended(long offset) {
        queue.appended(queue.open(named("from within")), 9);
        throw new IllegalStateException("from a callback, for this test");
      }

      @Override
      public void failed(AppendFailure failure) {}
    });
    AckQueue.Entry second = queue.open(named("second"));
    queue.appended(second, 2);
    queue.appended(first, 1);
    assertThat(told).containsExactly("second at 2", "from within at 9");
  }

  private AppendCallback named(String name) {
    return new AppendCallback() {
      @Override
      public void appended(long offset) {
        told.add(name + " at " + offset);
      }

      @Override
      public void failed(AppendFailure failure) {
        told.add(name + " failed");
      }
    };
  }
}
