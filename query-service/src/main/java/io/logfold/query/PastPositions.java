package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;
import io.logfold.log.PartitionHash;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How far the history is, and how far it must come. Positions are the leader's to tell, wherever it is. A history that is
 * not there yet is looked at again and again, ever less often: of a shared one another node may be the one that projects it,
 * so nobody here would hear of it. Any thread; nothing waits on one.
 */
final class PastPositions {
  /** Clocks of nodes may differ by so much; what is later than that is the future without asking anybody. */
  static final long CLOCKS_APART_MS = 10_000;

  private static final long FIRST_LOOK_MS = 10;
  private static final long LAST_LOOK_MS = 100;
  /** A time that the log has nearly reached is waited for: "now" by the caller's clock. */
  private static final long NEARLY_MS = 50;
  private static final Bytes ANY_KEY = Bytes.utf8("-");

  private final List<PartitionLeader> leaders;
  private final Incumbent incumbent;
  private final String ownAddress;
  private final LeaderClock clock;
  private final Executor tableThreads;
  private final ScheduledExecutorService timer;
  private final Set<CompletableFuture<?>> waiting = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  PastPositions(List<PartitionLeader> leaders, Incumbent incumbent, String ownAddress, LeaderClock clock,
      Executor tableThreads, ScheduledExecutorService timer) {
    this.leaders = leaders;
    this.incumbent = incumbent;
    this.ownAddress = ownAddress;
    this.clock = clock;
    this.tableThreads = tableThreads;
    this.timer = timer;
  }

  /** The position of the partition's leader, learned after this call began. */
  CompletableFuture<ReadIndex> index(int partition, long deadlineNanos) {
    return asked(partition, deadlineNanos, new Question<ReadIndex>() {
      @Override
      public CompletableFuture<ReadIndex> here(PartitionLeader leader, PartitionLeader.Manner manner) {
        return leader.readIndex(manner, deadlineNanos);
      }

      @Override
      public CompletableFuture<ReadIndex> there(String address, Duration left) {
        return incumbent.readIndex(partition, address, left);
      }
    });
  }

  /** A barrier of the leader is committed, so that the log's time is the leader's. */
  private CompletableFuture<Void> barrier(int partition, long deadlineNanos) {
    Bytes partitionKey = anyOf(partition);
    GetRequest request = new GetRequest(partitionKey, List.of(ANY_KEY), Consistency.BARRIER);
    return asked(partition, deadlineNanos, new Question<Void>() {
      @Override
      public CompletableFuture<Void> here(PartitionLeader leader, PartitionLeader.Manner manner) {
        return leader.get(request, manner, deadlineNanos).thenApply(result -> null);
      }

      @Override
      public CompletableFuture<Void> there(String address, Duration left) {
        return incumbent.barrier(request, address, left);
      }
    });
  }

  /** The history's own state, as it is. */
  CompletableFuture<FoldState> now(Table history, int partition) {
    return onTableThread(() -> history.checkpoint(partition).at());
  }

  /** Done when the history has come to this LSN; HISTORY_BEHIND where it has not in time. */
  CompletableFuture<FoldState> reached(Table history, int partition, long lsn, long deadlineNanos) {
    CompletableFuture<FoldState> reached = waiting();
    look(history, partition, state -> state.lsn() >= lsn, "revision " + lsn, deadlineNanos, FIRST_LOOK_MS, reached);
    return reached;
  }

  /** The history's state behind a barrier that was appended now, and behind the time, unless that is ahead of the leader's. */
  CompletableFuture<FoldState> passed(Table history, int partition, long timeMs, long deadlineNanos) {
    return barrier(partition, deadlineNanos).thenCompose(done -> index(partition, deadlineNanos))
        .thenCompose(index -> reached(history, partition, index.appendedLsn(), deadlineNanos))
        .thenCompose(state -> {
          long ahead = timeMs - state.logTimeMs();
          return ahead < 0 || ahead > NEARLY_MS || left(deadlineNanos) <= 0 ? CompletableFuture.completedFuture(state)
              : after(ahead + 1).thenCompose(later -> passed(history, partition, timeMs, deadlineNanos));
        });
  }

  /** Nothing is waited for any more. */
  void close() {
    closed = true;
    waiting.forEach(each -> each.completeExceptionally(closing()));
  }

  private void look(Table history, int partition, Predicate<FoldState> enough, String goal, long deadlineNanos, long againMs,
      CompletableFuture<FoldState> reached) {
    if (reached.isDone()) {
      return;
    }
    now(history, partition).whenComplete((state, failure) -> {
      if (state != null && enough.test(state)) {
        reached.complete(state);
      } else if (failure != null && !(cause(failure) instanceof TableException)) {
        reached.completeExceptionally(failure);
      } else if (left(deadlineNanos) <= 0) {
        reached.completeExceptionally(new StoreException(ErrorCode.HISTORY_BEHIND, "the history of partition " + partition
            + (state != null ? " stands at revision " + state.lsn() : " cannot be read (" + cause(failure).getMessage() + ")")
            + " and must come to " + goal + " first"));
      } else {
        long pauseMs = Math.max(1, Math.min(againMs, TimeUnit.NANOSECONDS.toMillis(left(deadlineNanos))));
        after(pauseMs).whenComplete((later, none) -> look(history, partition, enough, goal, deadlineNanos,
            Math.min(LAST_LOOK_MS, againMs * 2), reached));
      }
    });
  }

  /** A question that the partition's leader answers, here or elsewhere. */
  private interface Question<T> {
    CompletableFuture<T> here(PartitionLeader leader, PartitionLeader.Manner manner);

    CompletableFuture<T> there(String address, Duration left);
  }

  private <T> CompletableFuture<T> asked(int partition, long deadlineNanos, Question<T> question) {
    CompletableFuture<T> answer = waiting();
    ask(partition, deadlineNanos, PartitionLeader.Manner.ASKS, question, answer);
    return answer;
  }

  private <T> void ask(int partition, long deadlineNanos, PartitionLeader.Manner manner, Question<T> question,
      CompletableFuture<T> answer) {
    if (answer.isDone()) {
      return;
    }
    question.here(leaders.get(partition), manner).whenComplete((result, failure) -> {
      if (failure == null) {
        answer.complete(result);
        return;
      }
      StoreException refusal = StoreException.from(failure);
      String address = refusal.leaderAddress().filter(each -> !each.equals(ownAddress)).orElse("");
      if (refusal.code() != ErrorCode.NOT_LEADER) {
        answer.completeExceptionally(refusal);
      } else if (left(deadlineNanos) <= 0) {
        answer.completeExceptionally(new StoreException(ErrorCode.UNAVAILABLE,
            "partition " + partition + " found no leader within the time of the call"));
      } else if (address.isEmpty()) {
        again(partition, deadlineNanos, PartitionLeader.Manner.INSISTS, question, answer);
      } else {
        question.there(address, Duration.ofNanos(left(deadlineNanos))).whenComplete((told, other) -> {
          if (other == null) {
            answer.complete(told);
          } else {
            again(partition, deadlineNanos, StoreException.from(other).code() == ErrorCode.NOT_LEADER
                ? PartitionLeader.Manner.ASKS : PartitionLeader.Manner.INSISTS, question, answer);
          }
        });
      }
    });
  }

  private <T> void again(int partition, long deadlineNanos, PartitionLeader.Manner manner, Question<T> question,
      CompletableFuture<T> answer) {
    after(LAST_LOOK_MS).whenComplete((later, none) -> {
      if (left(deadlineNanos) <= 0) {
        answer.completeExceptionally(new StoreException(ErrorCode.UNAVAILABLE,
            "partition " + partition + " found no leader within the time of the call"));
      } else {
        ask(partition, deadlineNanos, manner, question, answer);
      }
    });
  }

  private <T> CompletableFuture<T> waiting() {
    CompletableFuture<T> future = new CompletableFuture<>();
    waiting.add(future);
    future.whenComplete((value, failure) -> waiting.remove(future));
    if (closed) {
      future.completeExceptionally(closing());
    }
    return future;
  }

  private CompletableFuture<Void> after(long ms) {
    CompletableFuture<Void> later = new CompletableFuture<>();
    try {
      timer.schedule(() -> later.complete(null), ms, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      later.completeExceptionally(closing());
    }
    return later;
  }

  private <T> CompletableFuture<T> onTableThread(Supplier<T> question) {
    try {
      return CompletableFuture.supplyAsync(question, tableThreads);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(closing());
    }
  }

  private long left(long deadlineNanos) {
    return deadlineNanos - clock.monotonicNanos();
  }

  /** A partition key of this partition. */
  private Bytes anyOf(int partition) {
    for (int i = 0; ; i++) {
      Bytes candidate = Bytes.utf8("barrier-" + i);
      if (PartitionHash.partition(candidate, leaders.size()) == partition) {
        return candidate;
      }
    }
  }

  private static @Nullable Throwable causeOf(@Nullable Throwable failure) {
    return failure instanceof java.util.concurrent.CompletionException && failure.getCause() != null
        ? failure.getCause() : failure;
  }

  private static Throwable cause(@Nullable Throwable failure) {
    Throwable cause = causeOf(failure);
    return cause == null ? new IllegalStateException("nothing was told") : cause;
  }

  private static StoreException closing() {
    return new StoreException(ErrorCode.CLOSED, "the node is closing");
  }
}
