package io.logfold.standalone.cli;

import java.util.concurrent.CountDownLatch;
import java.util.function.IntSupplier;

/** Waits until this process is asked to stop. */
@FunctionalInterface
public interface StopSignal {
  /**
   * Blocks until then, stops, and gives the exit code (a process that is being ended by a signal ends here instead).
   */
  int await(IntSupplier stop) throws InterruptedException;

  /**
   * SIGTERM and Ctrl-C. A server that was asked to stop and stopped in order has succeeded: exit code 0, not the 143 or
   * 130 that Java would give, so that service managers need no exception for it. It is halted from its shutdown hook,
   * since that is the only place from which the code can still be chosen.
   */
  static StopSignal ofProcess() {
    return stop -> {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(stop.getAsInt()), "stop"));
      new CountDownLatch(1).await();
      throw new IllegalStateException("nobody opens this latch");
    };
  }
}
