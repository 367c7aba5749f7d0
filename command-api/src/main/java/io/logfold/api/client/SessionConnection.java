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
 * I/O thread, which also makes "sent" and "broken" an order: what the end of the session finds sent is undecided (a read
 * is asked elsewhere), what comes later goes elsewhere.
 */
final class SessionConnection implements ClientResponseObserver<OperationBatch, ResultBatch> {
  private static final int MAX_FRAME_OPERATIONS = 256;
  private static final int MAX_FRAME_BYTES = 512 * 1024;
  /** How long a server that owes something may be silent before it is passed over. */
  private static final long SILENCE_NANOS = 1_000_000_000;

  private final ServerLink link;
  private final ManagedChannel channel;
  private final IoThread ioThread;
  private final Router router;
  private final Map<Long, PendingCall<?>> undecided;
  private final LongSupplier nanoClock;
  private final Queue<PendingCall<?>> queue = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  private volatile @Nullable ClientCallStreamObserver<OperationBatch> stream;
  private volatile boolean answered;
  private volatile boolean trusted;
  private volatile boolean leaving;
  /** Whether the server owes an answer, or its connection, and since when it has said nothing. */
  private volatile boolean owes = true;
  private volatile long owedSinceNanos;
  /** Operations sent and not answered; confined, as the next two. */
  private int outstanding;
  private boolean connected;
  /** Why the session is over. */
  private @Nullable String broken;

  SessionConnection(ServerLink link, ManagedChannel channel, IoThread ioThread, Router router,
      Map<Long, PendingCall<?>> undecided, LongSupplier nanoClock) {
    this.link = link;
    this.channel = channel;
    this.ioThread = ioThread;
    this.router = router;
    this.undecided = undecided;
    this.nanoClock = nanoClock;
    this.trusted = link.given();
    this.owedSinceNanos = nanoClock.getAsLong();
  }

  ServerLink link() {
    return link;
  }

  /** Whether calls may go here: it is known to be a server of this store, and not suspect. Any thread. */
  boolean usable() {
    return trusted && !leaving && !(owes && nanoClock.getAsLong() - owedSinceNanos > SILENCE_NANOS);
  }

  void trust() {
    trusted = true;
  }

  /** The server has said that it is closing. */
  void leave() {
    leaving = true;
  }

  ManagedChannel channel() {
    return channel;
  }

  void open() {
    KvGrpc.newStub(channel).session(this);
    if (!trusted) {
      router.prove(this);
    }
    ioThread.after(SILENCE_NANOS, this::giveBackWhereNotConnected);
  }

  /** Nothing was sent yet, and another server may take it. */
  private void giveBackWhereNotConnected() {
    if (!connected && broken == null && router.hasOther(link)) {
      PendingCall<?> call;
      while ((call = queue.poll()) != null) {
        router.elsewhere(call, link, "no connection to " + link.address() + " within a second");
      }
    }
  }

  void send(PendingCall<?> call) {
    queue.add(call);
    schedule();
  }

  /** Ends the session; calls that were sent on it are decided as if it broke. */
  void close(String why) {
    ioThread.execute(() -> end(why));
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
    heard(batch.getResultsCount());
    for (Result result : batch.getResultsList()) {
      PendingCall<?> call = undecided.get(result.getId());
      if (call != null && call.sentOn == this && !router.takes(call, this, result)) {
        call.answer(result);
      }
    }
  }

  private void heard(int results) {
    outstanding -= results;
    if (outstanding > 0) {
      owedSinceNanos = nanoClock.getAsLong();
    } else {
      owes = false;
    }
  }

  private void sent(int operations, long now) {
    if (outstanding == 0) {
      owedSinceNanos = now;
      owes = true;
    }
    outstanding += operations;
  }

  @Override
  public void onError(Throwable failure) {
    ioThread.execute(() -> end(WireErrors.describe(Status.fromThrowable(failure))));
  }

  @Override
  public void onCompleted() {
    ioThread.execute(() -> end("the server ended the session"));
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      ioThread.execute(this::drain);
    }
  }

  private void drain() {
    scheduled.set(false);
    ClientCallStreamObserver<OperationBatch> out = stream;
    if (broken != null) {
      refuseQueued();
    } else if (out != null) {
      try {
        if (!connected && out.isReady()) {
          connected = true;
          heard(0);
        }
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
    if (frame == null) {
      return null;
    }
    sent(frame.getOperationsCount(), now);
    return frame.build();
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
        String what = "the session with " + link.address() + " broke: " + why;
        if (call.isRead() && !call.outlivedSession && call.takeBack()) {
          call.outlivedSession = true;
          router.elsewhere(call, link, what);
        } else {
          call.abandon(ErrorCode.UNAVAILABLE, what);
        }
      }
    }
    refuseQueued();
  }

  private void refuseQueued() {
    PendingCall<?> call;
    while ((call = queue.poll()) != null) {
      router.elsewhere(call, link, "no session with " + link.address() + ", so that the call was not sent: " + broken);
    }
  }
}
