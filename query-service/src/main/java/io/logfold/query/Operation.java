package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Predicate;
import io.logfold.api.RequestInfo;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.StoreException;
import io.logfold.log.Outcome;
import io.logfold.query.values.Opened;
import io.logfold.query.values.Values;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A call under way inside a leader. It ends exactly once, with an answer or an error; everything else of it belongs to
 * the leader's thread.
 */
abstract class Operation<T> {
  final CompletableFuture<T> future = new CompletableFuture<>();
  final long deadlineNanos;

  /** Table reads made for it that came back too old. */
  int staleTableReads;

  boolean watched;

  /** What it is waiting for, for the message when its time is over. */
  String waitingFor = "its turn";

  /** While it waits for the lease, or for a leader, running out of time means that the partition cannot answer. */
  ErrorCode timeoutCode = ErrorCode.DEADLINE_EXCEEDED;

  Operation(long deadlineNanos) {
    this.deadlineNanos = deadlineNanos;
  }

  boolean ended() {
    return future.isDone();
  }

  void answer(T result) {
    future.complete(result);
  }

  /** It is answered, but for stored bytes that are still to be opened; by another thread, and before its deadline. */
  final void open(CompletableFuture<T> opening) {
    waitingFor = "its value to be opened";
    opening.whenComplete((opened, failure) -> {
      if (failure == null) {
        future.complete(opened);
      } else {
        future.completeExceptionally(StoreException.from(failure));
      }
    });
  }

  void fail(StoreException failure) {
    future.completeExceptionally(failure);
  }

  void fail(ErrorCode code, String message) {
    fail(new StoreException(code, message));
  }

  /** A write that is part of an event that was handed to the log: its time running out means UNKNOWN. */
  boolean handedOver;

  /** Under which token it was handed over; -1: it was not. */
  long token = -1;

  /** What its caller hears when it was handed over and its fate is not known. */
  StoreException undecided(String why) {
    return new StoreException(timeoutCode, why);
  }

  /** It arrived here because the incumbent did not answer: a standby keeps it, and claims for it (L1). */
  boolean insists;

  /** {@link Claims#heard} when it arrived: what is heard of the incumbent after that says that it is alive. */
  long heardAtArrival;

  /** Whether a follower may answer it as well. */
  boolean followerMayAnswer;

  /** A request that becomes an event, or joins the one it became before: it ends by that event's outcome. */
  abstract static class Decided<T> extends Operation<T> {
    final RequestInfo request;

    /** When it began to wait for room in the memtable; 0: it does not. */
    long waitingForRoomSinceNanos;

    Decided(RequestInfo request, long deadlineNanos) {
      super(deadlineNanos);
      this.request = request;
    }

    /** Tells the caller how its request was decided. lsn is that of the event, or the position it was decided at. */
    abstract void decided(Outcome outcome, long lsn);

    @Override
    StoreException undecided(String why) {
      return StoreException.unknown(request.id(), token, why);
    }
  }

  /** A write. */
  static final class Write extends Decided<CommitOutcome> {
    final CommitRequest commit;

    /** Its mutations under keys that are durable, where its partition key is redactable and it came so far. */
    Values.@Nullable Sealed sealed;

    /** Whether sealed became an event: else its keys are of no use to anybody. */
    boolean sealedUsed;

    /** What encrypted values that its predicates compare with turned out to be, by their stored bytes. */
    final Map<Bytes, Opened> opened = new HashMap<>(0);

    /** The leadership, and its newest redaction, when they began to be opened; behind another one they say nothing. */
    long openedEpoch = -1;

    long openedRedactedLsn = -1;

    Write(CommitRequest commit, long deadlineNanos) {
      super(commit.request(), deadlineNanos);
      this.commit = commit;
    }

    @Override
    void decided(Outcome outcome, long lsn) {
      switch (outcome) {
        case Outcome.Applied applied -> answer(new CommitOutcome.Applied(lsn, true));
        case Outcome.Unchanged unchanged -> answer(new CommitOutcome.Applied(lsn, false));
        case Outcome.PredicateFailed failed -> {
          List<Predicate> predicates = commit.predicates();
          Bytes key = failed.index() < predicates.size() ? predicates.get(failed.index()).key() : Bytes.EMPTY;
          answer(new CommitOutcome.PredicateFailed(failed.index(), key, revision(failed)));
        }
        case Outcome.Cancelled cancelled -> fail(ErrorCode.CANCELLED,
            "request " + request.id() + " was withdrawn before it was applied; it never will be");
      }
    }

    @Override
    void fail(StoreException failure) {
      super.fail(failure.ofAttempt(request, token));
    }
  }

  /** A question what became of a request, which withdraws it where nothing did. */
  static final class Resolve extends Decided<Resolution> {
    final ResolveRequest resolve;

    Resolve(ResolveRequest resolve, long deadlineNanos) {
      super(new RequestInfo(resolve.requestId(), 0, resolve.requestTimeMs()), deadlineNanos);
      this.resolve = resolve;
    }

    @Override
    void decided(Outcome outcome, long lsn) {
      answer(switch (outcome) {
        case Outcome.Applied applied -> new Resolution.Applied(lsn, true);
        case Outcome.Unchanged unchanged -> new Resolution.Applied(lsn, false);
        case Outcome.PredicateFailed failed -> new Resolution.PredicateFailed(failed.index(), revision(failed));
        case Outcome.Cancelled cancelled -> new Resolution.Cancelled(lsn);
      });
    }
  }

  private static OptionalLong revision(Outcome.PredicateFailed failed) {
    return failed.revision() == 0 ? OptionalLong.empty() : OptionalLong.of(failed.revision());
  }
}
