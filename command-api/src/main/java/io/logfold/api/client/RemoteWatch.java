package io.logfold.api.client;

import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.api.wire.KvGrpc;
import io.logfold.api.wire.WatchBatch;
import io.logfold.api.wire.WatchEvent;
import io.logfold.api.wire.WatchRequest;
import io.logfold.api.wire.WireErrors;
import io.logfold.api.wire.WirePast;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One watch over gRPC. Of what the server sends it holds one batch: the next is asked for once the subscriber has taken all of
 * that, so that a slow one is felt by the server.
 *
 * <p>It has a connection of its own: what a slow reader leaves unread would fill the window that all calls of one share.
 * Everything is confined to the client's I/O thread, on which the subscriber is called too; it may ask and cancel from any.
 */
final class RemoteWatch implements ClientResponseObserver<WatchRequest, WatchBatch>, Flow.Subscription {
  private final Flow.Subscriber<? super io.logfold.api.WatchEvent> subscriber;
  private final IoThread ioThread;
  private final ManagedChannel channel;
  private final Consumer<RemoteWatch> whenEnded;
  private final Queue<WatchEvent> batch = new ArrayDeque<>();
  private @Nullable ClientCallStreamObserver<WatchRequest> call;
  private @Nullable StoreException failure;
  private long demand;
  private boolean delivering;
  private boolean done;

  /** @param channel becomes this one's; what a slow reader leaves unread must not fill the window of a session */
  RemoteWatch(Flow.Subscriber<? super io.logfold.api.WatchEvent> subscriber, IoThread ioThread, ManagedChannel channel,
      Consumer<RemoteWatch> whenEnded) {
    this.subscriber = subscriber;
    this.ioThread = ioThread;
    this.channel = channel;
    this.whenEnded = whenEnded;
  }

  void start(WatchRequest request) {
    subscriber.onSubscribe(this);
    KvGrpc.newStub(channel).watch(request, this);
  }

  /** The client was closed. */
  void close() {
    ioThread.execute(() -> {
      batch.clear();
      failed(new StoreException(ErrorCode.CLOSED, "the client was closed"));
    });
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<WatchRequest> requestStream) {
    call = requestStream;
    requestStream.disableAutoRequestWithInitial(1);
  }

  @Override
  public void onNext(WatchBatch events) {
    batch.addAll(events.getEventsList());
    deliver();
  }

  @Override
  public void onError(Throwable broken) {
    failed(WireErrors.fromStatus(broken));
  }

  @Override
  public void onCompleted() {
    failed(new StoreException(ErrorCode.UNAVAILABLE, "the server ended the watch; go on behind the last event"));
  }

  @Override
  public void request(long n) {
    ioThread.execute(() -> {
      if (n <= 0) {
        batch.clear();
        failed(new StoreException(ErrorCode.INVALID_ARGUMENT, "a subscriber asks for 1 event or more, got " + n));
        return;
      }
      demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
      deliver();
    });
  }

  @Override
  public void cancel() {
    ioThread.execute(() -> {
      batch.clear();
      end();
    });
  }

  private void end() {
    if (!done) {
      done = true;
      channel.shutdownNow();
      whenEnded.accept(this);
    }
  }

  private void failed(StoreException why) {
    if (failure == null) {
      failure = why;
      deliver();
    }
  }

  private void deliver() {
    if (delivering) {
      return;
    }
    delivering = true;
    try {
      // Asking for the next batch may bring it here before the asking returns.
      while (!done && demand > 0 && !batch.isEmpty()) {
        demand--;
        subscriber.onNext(WirePast.decode(batch.remove()));
        ClientCallStreamObserver<WatchRequest> open = call;
        if (!done && batch.isEmpty() && failure == null && open != null) {
          open.request(1);
        }
      }
    } catch (RuntimeException e) {
      batch.clear();
      failure = StoreException.from(e);
    } finally {
      delivering = false;
    }
    StoreException why = failure;
    if (!done && batch.isEmpty() && why != null) {
      end();
      subscriber.onError(why);
    }
  }
}
