package io.logfold.query.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.api.wire.Operation;
import io.logfold.api.wire.OperationBatch;
import io.logfold.api.wire.Result;
import io.logfold.api.wire.ResultBatch;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's session: operations in, results out, in the order in which they are decided.
 *
 * <p>Results come from any thread into a queue; one drain at a time, on the connection's event loop, writes all that is
 * there as one frame. So a lone result leaves at once, and what is decided while the loop is busy leaves together.
 *
 * <p>Bounds, so that a client that does not read costs little: operations without a delivered answer are counted, and
 * beyond the limit answered SLOW_DOWN; while too many bytes of answers lie undelivered nothing more is read from the
 * client, and answers of reads are replaced by SLOW_DOWN. A commit's outcome is small and is never replaced.
 */
final class KvSession implements StreamObserver<OperationBatch> {
  private static final int MAX_FRAME_RESULTS = 1_024;
  private static final int MAX_FRAME_BYTES = 512 * 1024;
  private static final Logger LOG = LoggerFactory.getLogger(KvSession.class);

  private final OperationRunner runner;
  private final ServerCallStreamObserver<ResultBatch> out;
  private final Executor eventLoop;
  private final SessionLimits limits;
  private final String source;

  private final Queue<Result> undelivered = new ConcurrentLinkedQueue<>();
  private final AtomicLong undeliveredBytes = new AtomicLong();
  private final AtomicInteger outstanding = new AtomicInteger();
  /** Requests for a drain since the running one looked; above 0 exactly while one is scheduled or runs. */
  private final AtomicInteger drains = new AtomicInteger();
  /** Set while the client is not asked for its next frame. */
  private final AtomicBoolean paused = new AtomicBoolean();
  private final Consumer<KvSession> onEnd;
  private volatile boolean halfClosed;
  private volatile boolean closing;
  private volatile boolean gone;
  /** Confined to the drain. */
  private boolean completed;

  /** @param eventLoop runs the drain; where it runs tasks on the calling thread, that serves too */
  KvSession(OperationRunner runner, ServerCallStreamObserver<ResultBatch> out, Executor eventLoop,
      SessionLimits limits, String source) {
    this(runner, out, eventLoop, limits, source, session -> {});
  }

  /** @param onEnd told, on the event loop, that nothing more comes of this session; perhaps more than once */
  KvSession(OperationRunner runner, ServerCallStreamObserver<ResultBatch> out, Executor eventLoop,
      SessionLimits limits, String source, Consumer<KvSession> onEnd) {
    this.onEnd = onEnd;
    this.runner = runner;
    this.out = out;
    this.eventLoop = eventLoop;
    this.limits = limits;
    this.source = source;
  }

  /** To be called before the call that opened the session returns. */
  void start() {
    out.disableAutoRequest();
    out.setOnReadyHandler(this::schedule);
    out.setOnCancelHandler(this::leave);
    out.request(1);
  }

  @Override
  public void onNext(OperationBatch batch) {
    for (Operation operation : batch.getOperationsList()) {
      if (outstanding.incrementAndGet() > limits.maxOutstanding()) {
        deliver(OperationRunner.error(operation.getId(), new StoreException(ErrorCode.SLOW_DOWN,
            "this session has " + limits.maxOutstanding() + " operations under way; wait for answers")));
      } else if (closing) {
        deliver(OperationRunner.error(operation.getId(), new StoreException(ErrorCode.CLOSED,
            "the server is closing; ask another node")));
      } else {
        runner.run(operation, source, this::decided);
      }
    }
    paused.set(true);
    if (!askForMore()) {
      schedule();
    }
  }

  @Override
  public void onError(Throwable failure) {
    LOG.debug("A session from {} broke", source, failure);
    leave();
  }

  /** The client has said all it will: what is under way is finished, then the session. */
  @Override
  public void onCompleted() {
    halfClosed = true;
    schedule();
  }

  /** Takes nothing new, finishes what is under way, then ends the session. Any thread. */
  void close() {
    closing = true;
    schedule();
  }

  private void decided(Result result) {
    boolean tooMuch = undeliveredBytes.get() > limits.maxUndeliveredBytes()
        && result.getKindCase() != Result.KindCase.COMMIT && result.getKindCase() != Result.KindCase.RESOLUTION
        && result.getKindCase() != Result.KindCase.ERROR;
    deliver(!tooMuch ? result : OperationRunner.error(result.getId(), new StoreException(ErrorCode.SLOW_DOWN,
        "more than " + limits.maxUndeliveredBytes() + " bytes of answers wait for this client to read them")));
  }

  private void deliver(Result result) {
    if (!gone) {
      undeliveredBytes.addAndGet(result.getSerializedSize());
      undelivered.add(result);
      schedule();
    }
  }

  private void leave() {
    gone = true;
    schedule();
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
          undelivered.clear();
          onEnd.accept(this);
        } else {
          write();
        }
      } catch (RuntimeException e) {
        // The call ended under the writer's hands.
        LOG.debug("Cannot answer the session from {}", source, e);
        gone = true;
        undelivered.clear();
      }
      seen = drains.addAndGet(-seen);
    } while (seen != 0);
  }

  private void write() {
    while (out.isReady() && !undelivered.isEmpty()) {
      ResultBatch.Builder frame = ResultBatch.newBuilder();
      int bytes = 0;
      Result result;
      while (frame.getResultsCount() < MAX_FRAME_RESULTS && bytes < MAX_FRAME_BYTES
          && (result = undelivered.poll()) != null) {
        bytes += result.getSerializedSize();
        frame.addResults(result);
      }
      int delivered = frame.getResultsCount();
      out.onNext(frame.build());
      undeliveredBytes.addAndGet(-bytes);
      outstanding.addAndGet(-delivered);
    }
    askForMore();
    if ((halfClosed || closing) && !completed && outstanding.get() == 0) {
      completed = true;
      out.onCompleted();
      onEnd.accept(this);
    }
  }

  private boolean askForMore() {
    if (undeliveredBytes.get() > limits.maxUndeliveredBytes() || !paused.compareAndSet(true, false)) {
      return false;
    }
    out.request(1);
    return true;
  }
}
