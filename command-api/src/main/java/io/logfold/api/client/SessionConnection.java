package io.logfold.api.client;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.logfold.api.ErrorCode;
import io.logfold.api.wire.KvGrpc;
import io.logfold.api.wire.OperationBatch;
import io.logfold.api.wire.Result;
import io.logfold.api.wire.ResultBatch;
import io.logfold.api.wire.WireErrors;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One channel to one server and the one session on it; they live and die together.
 *
 * <p>Any thread may {@link #send}: the call is queued, and the client's I/O thread takes all that is queued as one frame.
 * So a lone call goes out at once, and calls made while the thread is busy (with answers, or with the frame before)
 * leave together: batching costs no waiting and no thread. While the transport is not ready, calls stay in the queue,
 * where their deadlines can still take them without doubt about their fate. Everything but the queue is confined to the
 * I/O thread, which also makes "sent" and "broken" an order: what the end of the session finds sent is undecided, what
 * comes later is refused.
 */
final class SessionConnection implements ClientResponseObserver<OperationBatch, ResultBatch> {
  private static final int MAX_FRAME_OPERATIONS = 256;
  private static final int MAX_FRAME_BYTES = 512 * 1024;

  private final ServerLink link;
  private final ManagedChannel channel;
  private final Executor ioThread;
  private final Map<Long, PendingCall<?>> undecided;
  private final LongSupplier nanoClock;
  private final Queue<PendingCall<?>> queue = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  private volatile @Nullable ClientCallStreamObserver<OperationBatch> stream;
  private volatile boolean answered;
  /** Why the session is over. */
  private @Nullable String broken;

  SessionConnection(ServerLink link, ManagedChannel channel, Executor ioThread,
      Map<Long, PendingCall<?>> undecided, LongSupplier nanoClock) {
    this.link = link;
    this.channel = channel;
    this.ioThread = ioThread;
    this.undecided = undecided;
    this.nanoClock = nanoClock;
  }

  ManagedChannel channel() {
    return channel;
  }

  void open() {
    KvGrpc.newStub(channel).session(this);
  }

  void send(PendingCall<?> call) {
    queue.add(call);
    schedule();
  }

  /** Ends the session; calls that were sent on it are decided as if it broke. */
  void close(String why) {
    onIoThread(() -> end(why));
    channel.shutdownNow();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<OperationBatch> requestStream) {
    stream = requestStream;
    requestStream.setOnReadyHandler(this::schedule);
  }

  @Override
  public void onNext(ResultBatch batch) {
    answered = true;
    for (Result result : batch.getResultsList()) {
      PendingCall<?> call = undecided.get(result.getId());
      if (call != null) {
        call.answer(result);
      }
    }
  }

  @Override
  public void onError(Throwable failure) {
    onIoThread(() -> end(WireErrors.describe(Status.fromThrowable(failure))));
  }

  @Override
  public void onCompleted() {
    onIoThread(() -> end("the server ended the session"));
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      onIoThread(this::drain);
    }
  }

  private void onIoThread(Runnable task) {
    try {
      ioThread.execute(task);
    } catch (RejectedExecutionException e) {
      // The client was closed, which decides every call by itself.
    }
  }

  private void drain() {
    scheduled.set(false);
    ClientCallStreamObserver<OperationBatch> out = stream;
    if (broken != null) {
      refuseQueued();
    } else if (out != null) {
      try {
        OperationBatch frame;
        while (out.isReady() && (frame = nextFrame()) != null) {
          out.onNext(frame);
        }
      } catch (RuntimeException e) {
        out.cancel("the client cannot write to the session", e);
        end("cannot write to the session: " + e);
      }
    }
  }

  private @Nullable OperationBatch nextFrame() {
    OperationBatch.Builder frame = null;
    long now = nanoClock.getAsLong();
    int bytes = 0;
    PendingCall<?> call;
    while ((frame == null || frame.getOperationsCount() < MAX_FRAME_OPERATIONS)
        && bytes < MAX_FRAME_BYTES && (call = queue.poll()) != null) {
      if (call.markSent()) {
        call.sentOn = this;
        bytes += call.bytes();
        frame = frame == null ? OperationBatch.newBuilder() : frame;
        frame.addOperations(call.operationAt(now));
      }
    }
    return frame == null ? null : frame.build();
  }

  private void end(String why) {
    if (broken != null) {
      return;
    }
    broken = why;
    link.lost(this, answered, why);
    channel.shutdownNow();
    for (PendingCall<?> call : undecided.values()) {
      if (call.sentOn == this) {
        call.abandon(ErrorCode.UNAVAILABLE, "the session with " + link.address() + " broke: " + why);
      }
    }
    refuseQueued();
  }

  private void refuseQueued() {
    PendingCall<?> call;
    while ((call = queue.poll()) != null) {
      call.abandon(ErrorCode.UNAVAILABLE,
          "no session with " + link.address() + ", so that the call was not sent: " + broken);
    }
  }
}
