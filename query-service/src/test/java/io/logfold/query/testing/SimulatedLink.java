package io.logfold.query.testing;

import io.logfold.api.Bytes;
import io.logfold.log.PartitionLog;
import io.logfold.log.testing.FaultyPartitionLog;
import java.util.ArrayDeque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One node's way to the log and back, where everything takes time: a record until it lies in the log, its acknowledgement
 * until it is heard, a read until it is answered. Appends overtake no appends, acknowledgements no acknowledgements (P1,
 * P2); between two nodes everything may overtake everything. The faults of {@link FaultyPartitionLog} lie in between.
 *
 * <p>Without delays it does everything at once, as the log itself would.
 */
public final class SimulatedLink {
  /** How long things take, in nanoseconds of true time; asked anew for each thing. */
  public interface Delays {
    Delays NONE = new Delays() {};

    default long appendNanos() {
      return 0;
    }

    default long acknowledgementNanos() {
      return 0;
    }

    default long readNanos() {
      return 0;
    }

    /** Until a question reaches the table, and again until its answer is back. */
    default long tableNanos() {
      return 0;
    }
  }

  /** True time. */
  interface Timers {
    long nowNanos();

    void after(long nanos, Runnable task);
  }

  /**
   * Who handed a record over, and when.
   *
   * @param ownNanos by the monotonic clock of the node
   * @param trueNanos true time
   */
  public record Sent(SimulatedNode by, long ownNanos, long trueNanos) {}

  /** Hears of every record when it has come into the log, before anybody else does. */
  public interface Landing {
    /** @param sent null where no node sent it */
    void landed(long offset, Bytes record, @Nullable Sent sent);
  }

  private final PartitionLog shared;
  private final Delays delays;
  private final Timers timers;
  private final Landing landing;
  private final Line appends;
  private final Line answers;
  private final Map<Bytes, Sent> senders = new IdentityHashMap<>();
  private final FaultyPartitionLog faults = new FaultyPartitionLog(new ToTheLog());

  /** What a reader gets to see of the log's end while the broker it asks is cut off; -1: it is not. */
  private long staleEnd = -1;

  SimulatedLink(PartitionLog shared, Delays delays, Timers timers, Landing landing) {
    this.shared = shared;
    this.delays = delays;
    this.timers = timers;
    this.landing = landing;
    this.appends = new Line();
    this.answers = new Line();
  }

  FaultyPartitionLog faults() {
    return faults;
  }

  /** The log as this node sees it. */
  PartitionLog seenBy(Supplier<Sent> sender) {
    return new PartitionLog() {
      @Override
      public void append(Bytes record, AppendCallback callback) {
        senders.put(record, sender.get());
        faults.append(record, new AppendCallback() {
          @Override
          public void appended(long offset) {
            answers.pass(delays.acknowledgementNanos(), () -> callback.appended(offset));
          }

          @Override
          public void failed(AppendFailure failure) {
            answers.pass(delays.acknowledgementNanos(), () -> callback.failed(failure));
          }
        });
      }

      @Override
      public CompletableFuture<LogBatch> read(long fromOffset, int maxBytes, long maxWaitMs) {
        CompletableFuture<LogBatch> answer = new CompletableFuture<>();
        later(delays.readNanos(), () -> ask(fromOffset, maxBytes, maxWaitMs).whenComplete((batch, failure) ->
            later(delays.readNanos(), () -> {
              if (failure != null) {
                answer.completeExceptionally(failure);
              } else {
                answer.complete(batch);
              }
            })));
        return answer;
      }
    };
  }

  // ---- faults of the way

  /** Nothing of this node reaches the log, and no acknowledgement the node, until {@link #connect}. */
  public void cutOff() {
    appends.held = true;
    answers.held = true;
    faults.failReads(true);
  }

  public void connect() {
    faults.failReads(false);
    appends.release();
    answers.release();
  }

  /** The broker that this node reads from was deposed and does not know it: the end of the log stays where it is. */
  public void readFromDeposedBroker(long end) {
    staleEnd = Math.max(staleEnd, end);
  }

  public void readFromTheLeaderAgain() {
    staleEnd = -1;
  }

  /** The process has died: of what it handed over and what is not in the log yet, so many records still come, in order. */
  void dieKeeping(int records) {
    appends.keep(records);
    answers.keep(0);
  }

  int underWay() {
    return appends.waiting.size();
  }

  private CompletableFuture<PartitionLog.LogBatch> ask(long fromOffset, int maxBytes, long maxWaitMs) {
    long end = staleEnd;
    if (end < 0) {
      return faults.read(fromOffset, maxBytes, maxWaitMs);
    }
    if (fromOffset >= end) {
      CompletableFuture<PartitionLog.LogBatch> nothing = new CompletableFuture<>();
      later(maxWaitMs * 1_000_000, () -> nothing.complete(new PartitionLog.LogBatch(java.util.List.of(), fromOffset, end)));
      return nothing;
    }
    return faults.read(fromOffset, maxBytes, 0).thenApply(batch -> {
      var below = batch.records().stream().filter(record -> record.offset() < end).toList();
      return new PartitionLog.LogBatch(below, Math.min(batch.nextOffset(), end), end);
    });
  }

  private void later(long nanos, Runnable task) {
    if (nanos <= 0) {
      task.run();
    } else {
      timers.after(nanos, task);
    }
  }

  /** The end of the way at the log. */
  private final class ToTheLog implements PartitionLog {
    @Override
    public void append(Bytes record, AppendCallback callback) {
      appends.pass(delays.appendNanos(), () -> shared.append(record, new AppendCallback() {
        @Override
        public void appended(long offset) {
          landing.landed(offset, record, senders.remove(record));
          callback.appended(offset);
        }

        @Override
        public void failed(AppendFailure failure) {
          callback.failed(failure);
        }
      }));
    }

    @Override
    public CompletableFuture<LogBatch> read(long fromOffset, int maxBytes, long maxWaitMs) {
      return shared.read(fromOffset, maxBytes, maxWaitMs);
    }
  }

  /** A one-way street: what comes later arrives later. */
  private final class Line {
    private final ArrayDeque<Passenger> waiting = new ArrayDeque<>();
    private boolean held;

    private record Passenger(long atNanos, Runnable arrival) {}

    void pass(long nanos, Runnable arrival) {
      if (nanos <= 0 && waiting.isEmpty() && !held) {
        arrival.run();
        return;
      }
      long at = timers.nowNanos() + nanos;
      Passenger ahead = waiting.peekLast();
      Passenger passenger = new Passenger(ahead == null ? at : Math.max(at, ahead.atNanos()), arrival);
      waiting.add(passenger);
      timers.after(passenger.atNanos() - timers.nowNanos(), this::arrive);
    }

    private void arrive() {
      while (!held && !waiting.isEmpty() && waiting.peek().atNanos() <= timers.nowNanos()) {
        waiting.remove().arrival().run();
      }
    }

    void release() {
      held = false;
      arrive();
    }

    void keep(int passengers) {
      while (waiting.size() > passengers) {
        waiting.removeLast();
      }
      release();
    }
  }
}
