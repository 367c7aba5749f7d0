package io.logfold.query.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.api.WatchEvent;
import io.logfold.api.wire.WatchBatch;
import io.logfold.api.wire.WireErrors;
import io.logfold.api.wire.WirePast;
import io.logfold.query.watch.WatchWindow;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's watch: events in from the store, batches out.
 *
 * <p>At most {@link #WINDOW} events, of {@link #WINDOW_BYTES}, wait here for a client that does not read
 * ({@link WatchWindow}). Events come from the store's thread into a queue; one drain at a time, on the
 * connection's event loop, writes what is there while the transport is ready for it.
 */
final class WatchCall implements Flow.Subscriber<WatchEvent> {
  private static final int WINDOW = 32;
  private static final int WINDOW_BYTES = 2 * 1024 * 1024;
  private static final int MAX_BATCH_BYTES = 2 * 1024 * 1024;
  private static final Duration GRACE = Duration.ofSeconds(30);
  private static final Logger LOG = LoggerFactory.getLogger(WatchCall.class);

  private final ServerCallStreamObserver<WatchBatch> out;
  private final Executor eventLoop;
  private final Consumer<Duration> abort;
  private final Consumer<WatchCall> onEnd;
  private final Queue<WatchEvent> unsent = new ConcurrentLinkedQueue<>();
  private final WatchWindow window = new WatchWindow(WINDOW, WINDOW_BYTES);
  /** As in {@link KvSession}. */
  private final AtomicInteger drains = new AtomicInteger();
  private volatile Flow.@Nullable Subscription subscription;
  private volatile @Nullable StoreException failure;
  private volatile boolean gone;
  /** Confined to the drain. */
  private boolean completed;
  private boolean aborting;

  /**
   * @param abort breaks the call off after so long, where it has not ended by then
   * @param onEnd told, perhaps more than once, that nothing more comes of this
   */
  WatchCall(ServerCallStreamObserver<WatchBatch> out, Executor eventLoop, Consumer<Duration> abort,
      Consumer<WatchCall> onEnd) {
    this.out = out;
    this.abort = abort;
    this.eventLoop = eventLoop;
    this.onEnd = onEnd;
  }

  /** To be called before the call that opened it returns. */
  void prepare() {
    out.setOnReadyHandler(this::schedule);
    out.setOnCancelHandler(this::leave);
  }

  /** Ends it; any thread. */
  void close() {
    if (failure == null) {
      failure = new StoreException(ErrorCode.CLOSED,
          "the server is closing: watch at another node, behind the last event");
    }
    cancel();
    schedule();
  }

  private void leave() {
    gone = true;
    cancel();
    schedule();
  }

  private void cancel() {
    Flow.Subscription open = subscription;
    if (open != null) {
      open.cancel();
    }
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    if (gone || failure != null) {
      given.cancel();
    } else {
      askForMore();
    }
  }

  @Override
  public void onNext(WatchEvent event) {
    window.came(event);
    unsent.add(event);
    schedule();
    askForMore();
  }

  private void askForMore() {
    Flow.Subscription open = subscription;
    int more = open == null ? 0 : window.ask();
    if (open != null && more > 0) {
      open.request(more);
    }
  }

  @Override
  public void onError(Throwable why) {
    failure = StoreException.from(why);
    schedule();
  }

  @Override
  public void onComplete() {
    onError(new StoreException(ErrorCode.UNAVAILABLE, "the watch has ended; go on behind the last event"));
  }

  private void schedule() {
    if (drains.getAndIncrement() == 0) {
      eventLoop.execute(this::drain);
    }
  }

  private void drain() {
    int seen = 1;
    do {
      try {
        if (gone) {
          end();
        } else if (!completed) {
          write();
        }
      } catch (RuntimeException e) {
        // The call ended under the writer's hands.
        LOG.debug("Cannot write to a watch", e);
        gone = true;
        cancel();
        end();
      }
      seen = drains.addAndGet(-seen);
    } while (seen != 0);
  }

  private void write() {
    StoreException why = failure;
    while (out.isReady() && !unsent.isEmpty()) {
      WatchBatch.Builder batch = WatchBatch.newBuilder();
      int bytes = 0;
      WatchEvent event;
      while (bytes < MAX_BATCH_BYTES && (event = unsent.poll()) != null) {
        io.logfold.api.wire.WatchEvent wire = WirePast.encode(event);
        bytes += wire.getSerializedSize();
        batch.addEvents(wire);
        window.left(event);
      }
      out.onNext(batch.build());
      askForMore();
    }
    if (why == null) {
      return;
    }
    boolean dropped = why.code() == ErrorCode.SLOW_DOWN || why.code() == ErrorCode.CLOSED;
    // What waits here goes first: the failure names the revision behind all of it.
    if (unsent.isEmpty() && out.isReady()) {
      completed = true;
      out.onError(WireErrors.status(why));
      end();
    } else if (dropped && !aborting) {
      // A client that reads again learns why it was dropped; one that does not is cut off.
      aborting = true;
      abort.accept(why.code() == ErrorCode.CLOSED ? Duration.ZERO : GRACE);
    }
  }

  private void end() {
    unsent.clear();
    onEnd.accept(this);
  }
}
