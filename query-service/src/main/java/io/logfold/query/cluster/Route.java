package io.logfold.query.cluster;

import io.logfold.api.CallOptions;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One call on its way to whoever leads its partition: this node, the leader that this node believes in, the one that that
 * one names; and where the incumbent does not answer, this node once more, which then waits for a leader and claims when
 * its time has come (L1).
 *
 * <ul>
 *   <li>What may be asked only once (a write, a snapshot) is not asked of two nodes. Once it was handed to another node,
 *       what it comes to there, UNKNOWN included, is the answer. It only makes this node stand by in earnest, so that its
 *       partition has a leader again.
 *   <li>A read that is not answered for a while is asked here as well; the first answer counts.
 *   <li>It ends at the caller's deadline.
 * </ul>
 *
 * <p>Steps run one after the other on the threads that complete them; only a read's second way runs beside the first.
 */
final class Route<T> {
  /** How the call is made, of whoever is asked. */
  interface Call<T> {
    CompletableFuture<T> here(boolean insist, CallOptions options);

    CompletableFuture<T> at(Peer peer, CallOptions options);
  }

  private final Routing routing;
  private final int partition;
  private final boolean once;
  private final Call<T> call;
  private final long deadlineNanos;
  private final CompletableFuture<T> answer = new CompletableFuture<>();
  private final AtomicInteger ways = new AtomicInteger(1);
  private volatile @Nullable CompletableFuture<T> step;
  private volatile boolean othersAsked;

  private Route(Routing routing, int partition, boolean once, Call<T> call, CallOptions options) {
    this.routing = routing;
    this.partition = partition;
    this.once = once;
    this.call = call;
    this.deadlineNanos = routing.nanos() + options.timeout().toNanos();
  }

  static <T> CompletableFuture<T> start(Routing routing, int partition, boolean once, Call<T> call, CallOptions options) {
    CompletableFuture<T> first = call.here(false, options);
    if (first.isDone() && !first.isCompletedExceptionally()) {
      return first;
    }
    Route<T> route = new Route<>(routing, partition, once, call, options);
    route.answer.whenComplete((result, failure) -> {
      CompletableFuture<T> underWay = route.step;
      if (route.answer.isCancelled() && underWay != null) {
        underWay.cancel(false);
      }
    });
    route.follow(first, route::afterLocal);
    return route.answer;
  }

  private interface Next {
    void after(StoreException failure);
  }

  private void follow(CompletableFuture<T> next, Next then) {
    step = next;
    next.whenComplete((result, failure) -> {
      if (failure == null) {
        answer.complete(result);
      } else if (!answer.isDone()) {
        then.after(StoreException.from(failure));
      }
    });
  }

  private void afterLocal(StoreException failure) {
    if (isOfThisNode(failure) && !othersAsked) {
      // This node may be cut off from the log, and not know who leads by now; another one may, or take over.
      othersAsked = true;
      routing.anotherMember().ifPresentOrElse(address -> forward(address, false), () -> wayEnds(failure));
    } else if (failure.code() != ErrorCode.NOT_LEADER) {
      wayEnds(failure);
    } else if (failure.leaderAddress().isPresent()) {
      forward(failure.leaderAddress().get(), true);
    } else {
      insist(failure);
    }
  }

  /** No log, no lease, no table, or stopped: another node may have them. */
  private static boolean isOfThisNode(StoreException failure) {
    return switch (failure.code()) {
      case UNAVAILABLE, CORRUPT, UNSUPPORTED -> true;
      default -> false;
    };
  }

  private void forward(String address, boolean first) {
    if (address.equals(routing.ownAddress())) {
      later(() -> local()); // it was this node, and is no more, or not yet
      return;
    }
    CallOptions left = left();
    if (left == null) {
      return;
    }
    CompletableFuture<T> asked;
    try {
      asked = call.at(routing.peers().at(address), left);
    } catch (StoreException e) {
      asked = CompletableFuture.failedFuture(new StoreException(ErrorCode.UNAVAILABLE, // an address that is none
          "partition " + partition + " cannot be asked for at " + address + ": " + e.getMessage(), e));
    }
    if (first && !asked.isDone()) {
      CompletableFuture<T> watched = asked;
      Runnable patient = routing.after(Routing.PATIENCE, () -> unanswered(watched));
      asked.whenComplete((result, failure) -> patient.run());
    }
    follow(asked, failure -> afterForward(address, asOfAPeer(failure)));
  }

  private void afterForward(String address, StoreException failure) {
    switch (failure.code()) {
      case NOT_LEADER -> {
        String named = failure.leaderAddress().orElse(address);
        if (named.equals(routing.ownAddress()) && othersAsked) {
          takeOver(address);
        } else if (named.equals(address)) {
          later(this::local);
        } else {
          later(() -> forward(named, false));
        }
      }
      // Surely not applied: it was never sent, or the node is closing, or has lost the log.
      case UNAVAILABLE, CORRUPT, UNSUPPORTED -> insist(failure);
      default -> wayEnds(failure);
    }
  }

  /** That another node is closing says nothing of this one, whose callers would leave it. */
  static StoreException asOfAPeer(StoreException failure) {
    return failure.code() != ErrorCode.CLOSED ? failure
        : new StoreException(ErrorCode.UNAVAILABLE, "the node that leads is closing: " + failure.getMessage(), failure);
  }

  private void local() {
    CallOptions left = left();
    if (left != null) {
      follow(call.here(false, left), this::afterLocal);
    }
  }

  /** This node leads, and cannot answer: the other one shall claim as soon as this one is silent. */
  private void takeOver(String address) {
    CallOptions left = left();
    if (left == null) {
      return;
    }
    routing.peers().at(address).awaitLeader(partition, left.timeout()).whenComplete((index, failure) -> {
      if (answer.isDone()) {
        return;
      }
      if (failure == null) {
        forward(address, false);
        return;
      }
      StoreException refusal = StoreException.from(failure);
      if (refusal.code() == ErrorCode.NOT_LEADER) {
        String named = refusal.leaderAddress().orElse(routing.ownAddress());
        later(() -> forward(named, false));
      } else {
        wayEnds(asOfAPeer(refusal));
      }
    });
  }

  private void insist(StoreException why) {
    CallOptions left = left();
    if (left == null) {
      return;
    }
    follow(call.here(true, left), failure -> {
      if (failure.code() != ErrorCode.NOT_LEADER) {
        wayEnds(failure);
      } else if (failure.leaderAddress().isPresent()) {
        later(() -> forward(failure.leaderAddress().get(), false));
      } else {
        wayEnds(why);
      }
    });
  }

  /** The incumbent has been asked for a while now. */
  private void unanswered(CompletableFuture<T> asked) {
    if (asked.isDone() || answer.isDone()) {
      return;
    }
    if (once) {
      routing.wantLeader(partition, Duration.ofNanos(Math.max(1, deadlineNanos - routing.nanos())));
    } else if (ways.getAndUpdate(open -> open == 0 ? 0 : open + 1) > 0) { // else the first way has ended, and the call
      insist(new StoreException(ErrorCode.UNAVAILABLE, "the leader of partition " + partition + " does not answer"));
    }
  }

  private void later(Runnable then) {
    var unused = routing.after(Routing.PAUSE, () -> {
      if (!answer.isDone()) {
        then.run();
      }
    });
  }

  /** The last way that fails decides how the call fails. */
  private void wayEnds(StoreException failure) {
    if (ways.decrementAndGet() == 0) {
      answer.completeExceptionally(failure);
    }
  }

  /** The time that is left; null where there is none, and the way has ended. */
  private @Nullable CallOptions left() {
    long left = deadlineNanos - routing.nanos();
    if (left <= 0) {
      wayEnds(new StoreException(ErrorCode.UNAVAILABLE, "partition " + partition + " found no leader within the time of the call"));
      return null;
    }
    return new CallOptions(Duration.ofNanos(left));
  }
}
