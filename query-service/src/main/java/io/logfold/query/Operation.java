package io.logfold.query;

import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.util.concurrent.CompletableFuture;

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

  /** A write. */
  static final class Write extends Operation<CommitOutcome> {
    final CommitRequest request;

    /** When it began to wait for room in the memtable; 0: it does not. */
    long waitingForRoomSinceNanos;

    Write(CommitRequest request, long deadlineNanos) {
      super(deadlineNanos);
      this.request = request;
    }

    @Override
    StoreException undecided(String why) {
      return StoreException.unknown(request.request().id(), token, why);
    }

    /**
     * What a refusal says of this attempt it cannot say of the ones before: where there may have been one, "surely not
     * applied" becomes UNKNOWN. NOT_LEADER stays, since it says where to ask.
     */
    @Override
    void fail(StoreException failure) {
      boolean first = request.request().attempt() == 1;
      boolean saysNothingHappened = switch (failure.code()) {
        case NOT_APPLIED, SLOW_DOWN, DISK_FULL, UNAVAILABLE, DEADLINE_EXCEEDED, CLOSED, CORRUPT, UNSUPPORTED -> true;
        default -> false;
      };
      super.fail(first || !saysNothingHappened ? failure : StoreException.unknown(request.request().id(), token,
          "this attempt was refused (" + failure.code() + ": " + failure.getMessage()
              + "), and an earlier one may have been applied"));
    }
  }
}
