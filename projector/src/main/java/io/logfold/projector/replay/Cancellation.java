package io.logfold.projector.replay;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether to go on. Any thread. */
public final class Cancellation {
  private final CountDownLatch done = new CountDownLatch(1);

  public boolean cancelled() {
    return done.getCount() == 0;
  }

  public void cancel() {
    done.countDown();
  }

  /** Waits, at most until cancelled; an interrupt cancels. */
  void pause(long ms) {
    try {
      done.await(ms, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      cancel();
    }
  }
}
