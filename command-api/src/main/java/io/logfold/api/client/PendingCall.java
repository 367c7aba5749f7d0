package io.logfold.api.client;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.RequestId;
import io.logfold.api.StoreException;
import io.logfold.api.wire.Operation;
import io.logfold.api.wire.Result;
import io.logfold.api.wire.WireErrors;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One operation on its way; it is itself the future that the caller holds.
 *
 * <p>It moves WAITING, SENT, DONE, or from WAITING to DONE at once; from SENT back to WAITING only where a server has
 * said that it did not apply it, or where it is a read. Whoever moves it to DONE, from any thread, is the one who decides
 * it; so a write that fails from WAITING was surely not applied, and one that fails from SENT is undecided and says
 * UNKNOWN. What it held (its place, its bytes) is given back before the
 * future completes.
 */
final class PendingCall<T> extends CompletableFuture<T> {
  /** Leaves room for a frame's other operations below the message limit. */
  static final int MAX_OPERATION_BYTES = 15 * 1024 * 1024;

  /** Where the call stands with the limiter. */
  enum Admission { NONE, QUEUED, GRANTED }

  private static final int WAITING = 0;
  private static final int SENT = 1;
  private static final int DONE = 2;
  private static final long MS = 1_000_000;

  private final Operation operation;
  private final @Nullable Bytes routedBy;
  private final Optional<RequestId> write;
  private final long madeNanos;
  private final Duration timeout;
  private final Function<Result, T> decoder;
  private final Consumer<PendingCall<?>> whenEnded;
  private final AtomicInteger state = new AtomicInteger(WAITING);

  /** Guarded by the limiter's lock. */
  Admission admission = Admission.NONE;

  /** The session it was sent on, unless it was taken back; confined to the client's I/O thread. */
  @Nullable SessionConnection sentOn;

  /** The server that did not take it last, how often that happened, and its words. Set on the client's I/O thread. */
  volatile @Nullable ServerLink refusedBy;
  volatile String lastRefusal = "";
  int tries;

  /** Whether a session broke under it and it was asked elsewhere; confined to the client's I/O thread. */
  boolean outlivedSession;

  /**
   * @param routedBy the partition key whose leader is to answer; null where any server may
   * @param write the request id, where this is a write
   */
  PendingCall(Operation operation, @Nullable Bytes routedBy, Optional<RequestId> write, Duration timeout, long nowNanos,
      Function<Result, T> decoder, Consumer<PendingCall<?>> whenEnded) {
    this.operation = operation;
    this.routedBy = routedBy;
    this.write = write;
    this.madeNanos = nowNanos;
    this.timeout = timeout;
    this.decoder = decoder;
    this.whenEnded = whenEnded;
  }

  long id() {
    return operation.getId();
  }

  @Nullable Bytes routedBy() {
    return routedBy;
  }

  boolean isRead() {
    return write.isEmpty();
  }

  int bytes() {
    return operation.getSerializedSize();
  }

  long deadlineNanos() {
    return madeNanos + timeout.toNanos();
  }

  boolean ended() {
    return state.get() == DONE;
  }

  /**
   * What the server is allowed: what is left, less a little, so that its own, better informed answer comes before this
   * side gives up.
   */
  static int serverTimeoutMs(Duration left) {
    long ms = left.toMillis();
    return (int) Math.max(1, ms - Math.min(50, ms / 10));
  }

  /** The message as it is to be sent now: time spent waiting here is not the server's. */
  Operation operationAt(long nowNanos) {
    long waited = nowNanos - madeNanos;
    return waited < 5 * MS
        ? operation
        : operation.toBuilder().setTimeoutMs(serverTimeoutMs(timeout.minusNanos(waited))).build();
  }

  /** False where it was decided meanwhile: then it must not be sent. */
  boolean markSent() {
    return state.compareAndSet(WAITING, SENT);
  }

  /**
   * A server has said that it did not apply it, or it is a read: it may be sent again, and the end of the session that it
   * was sent on is none of its business any more. On the client's I/O thread.
   *
   * @return false where it has ended
   */
  boolean takeBack() {
    boolean taken = state.compareAndSet(SENT, WAITING);
    if (taken) {
      sentOn = null;
    }
    return taken;
  }

  void answer(Result result) {
    if (!state.compareAndSet(SENT, DONE)) {
      return;
    }
    whenEnded.accept(this);
    if (result.getKindCase() == Result.KindCase.ERROR) {
      completeExceptionally(named(WireErrors.decode(result.getError())));
      return;
    }
    T value;
    try {
      value = decoder.apply(result);
    } catch (RuntimeException e) {
      completeExceptionally(failure(true, ErrorCode.INTERNAL, "the server's answer cannot be understood: " + e));
      return;
    }
    complete(value);
  }

  /** Fails it: with this code, unless it is a write that was sent, whose fate is then UNKNOWN. */
  void abandon(ErrorCode code, String why) {
    int was = state.getAndSet(DONE);
    if (was != DONE) {
      whenEnded.accept(this);
      completeExceptionally(failure(was == SENT, code, why));
    }
  }

  void expire() {
    abandon(ErrorCode.DEADLINE_EXCEEDED, "no answer within " + timeout.toMillis() + " ms"
        + (lastRefusal.isEmpty() ? "" : "; the last server that was asked: " + lastRefusal));
  }

  /** Forgets the call here; a write that was sent may still happen. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    if (cancelled && state.getAndSet(DONE) != DONE) {
      whenEnded.accept(this);
    }
    return cancelled;
  }

  private StoreException failure(boolean sent, ErrorCode code, String why) {
    return sent && write.isPresent()
        ? StoreException.unknown(write.get(), -1, why)
        : new StoreException(code, why);
  }

  /** An UNKNOWN always says which request it means. */
  private StoreException named(StoreException failure) {
    return failure.code() == ErrorCode.UNKNOWN && failure.requestId().isEmpty() && write.isPresent()
        ? StoreException.told(ErrorCode.UNKNOWN, String.valueOf(failure.getMessage()), write, failure.token())
        : failure;
  }
}
