package io.logfold.log.testing;

import io.logfold.api.Bytes;
import io.logfold.log.PartitionLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One appender's view of a log, with the faults that the law allows (P1 to P5 hold): a fault is ordered for the
 * appends to come, in their order. Put one around a shared {@link io.logfold.log.InMemoryPartitionLog} for each node
 * of a test, so that a late record of one node can land behind the claim of another. Safe for all threads.
 */
public final class FaultyPartitionLog implements PartitionLog {

  /** What happens to one append. */
  public enum Fault {
    /** None. */
    NONE,
    /** Fails, certainly not sent. */
    NEVER_SENT,
    /** Fails with its fate unknown; it is not in the log and never will be. */
    LOST,
    /** Fails with its fate unknown; it is in the log. */
    FAILED_BUT_IN_THE_LOG,
    /**
     * Fails with its fate unknown; it comes into the log at {@link #releaseLate}. What this appender appends behind it
     * waits with it (P1).
     */
    LATE,
    /** Acknowledged, but without an offset. */
    ACKNOWLEDGED_WITHOUT_OFFSET,
    /** In the log; its acknowledgement, and all behind it (P2), wait for {@link #releaseAcknowledgements}. */
    SLOW_ACKNOWLEDGEMENT
  }

  private final PartitionLog log;
  private final Deque<Fault> ordered = new ArrayDeque<>();
  /** Appends that wait for releaseLate, where one is late. */
  private final List<Runnable> late = new ArrayList<>();
  /** Answers that wait for releaseAcknowledgements. */
  private final List<Runnable> slow = new ArrayList<>();
  private boolean isLate;
  private boolean isSlow;
  private boolean readsFail;

  public FaultyPartitionLog(PartitionLog log) {
    this.log = log;
  }

  /** Orders what happens to the next appends, one each, behind what was ordered before. */
  public synchronized void next(Fault... faults) {
    ordered.addAll(Arrays.asList(faults));
  }

  /** What was ordered and has not come yet does not come. */
  public synchronized void forgetOrders() {
    ordered.clear();
  }

  /** From now on reads fail with LogUnavailableException, or no longer. */
  public synchronized void failReads(boolean fail) {
    readsFail = fail;
  }

  /** Lets late records, and what waits behind them, into the log. */
  public void releaseLate() {
    take(late, () -> isLate = false).forEach(Runnable::run);
  }

  /** Delivers the acknowledgements held back. */
  public void releaseAcknowledgements() {
    take(slow, () -> isSlow = false).forEach(Runnable::run);
  }

  @Override
  public void append(Bytes record, AppendCallback callback) {
    Fault fault;
    synchronized (this) {
      fault = ordered.isEmpty() ? Fault.NONE : ordered.removeFirst();
      isLate |= fault == Fault.LATE;
      isSlow |= fault == Fault.SLOW_ACKNOWLEDGEMENT;
    }
    switch (fault) {
      case NONE, SLOW_ACKNOWLEDGEMENT -> send(record, callback);
      case NEVER_SENT -> fail(callback, true, "never sent");
      case LOST -> fail(callback, false, "lost");
      case FAILED_BUT_IN_THE_LOG -> {
        send(record, new Silent());
        fail(callback, false, "failed, but in the log");
      }
      case LATE -> {
        send(record, new Silent());
        fail(callback, false, "late");
      }
      case ACKNOWLEDGED_WITHOUT_OFFSET -> send(record, new AppendCallback() {
        @Override
        public void appended(long offset) {
          callback.appended(-1);
        }

        @Override
        public void failed(AppendFailure failure) {
          callback.failed(failure);
        }
      });
    }
  }

  @Override
  public CompletableFuture<LogBatch> read(long fromOffset, int maxBytes, long maxWaitMs) {
    synchronized (this) {
      if (readsFail) {
        return CompletableFuture.failedFuture(
            new LogUnavailableException("reads fail by order of the test", new RuntimeException("ordered")));
      }
    }
    return log.read(fromOffset, maxBytes, maxWaitMs);
  }

  private void send(Bytes record, AppendCallback callback) {
    Runnable append = () -> log.append(record, new AppendCallback() {
      @Override
      public void appended(long offset) {
        answer(() -> callback.appended(offset));
      }

      @Override
      public void failed(AppendFailure failure) {
        answer(() -> callback.failed(failure));
      }
    });
    runOrHold(append, late, () -> isLate);
  }

  private void fail(AppendCallback callback, boolean neverSent, String why) {
    answer(() -> callback.failed(new AppendFailure(neverSent, new RuntimeException(why + ", by order of the test"))));
  }

  private void answer(Runnable answer) {
    runOrHold(answer, slow, () -> isSlow);
  }

  private void runOrHold(Runnable task, List<Runnable> held, java.util.function.BooleanSupplier holding) {
    synchronized (this) {
      if (holding.getAsBoolean()) {
        held.add(task);
        return;
      }
    }
    task.run();
  }

  private synchronized List<Runnable> take(List<Runnable> held, Runnable change) {
    change.run();
    List<Runnable> taken = List.copyOf(held);
    held.clear();
    return taken;
  }

  /** Of an append whose answer was given already. */
  private static final class Silent implements AppendCallback {
    @Override
    public void appended(long offset) {}

    @Override
    public void failed(AppendFailure failure) {}
  }
}
