package io.logfold.api.client;

import io.logfold.api.ErrorCode;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Bounds what a client has under way: at most so many operations and bytes in flight, at most so many more waiting in
 * order, the rest refused at once with SLOW_DOWN.
 *
 * <p>Any thread; the lock is held for a few instructions and never while a call is dispatched or completed. A call that
 * ends while it waits keeps its place in line until it is reached, or until such places are many.
 */
final class RequestLimiter {
  private final int maxInFlight;
  private final long maxBytes;
  private final int maxWaiting;
  private final Consumer<PendingCall<?>> dispatch;

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<PendingCall<?>> waiting = new ArrayDeque<>();
  /** Calls that waited and may go. One thread at a time dispatches them: a dispatch that fails makes room for the next. */
  private final Queue<PendingCall<?>> granted = new ConcurrentLinkedQueue<>();
  private final AtomicInteger dispatching = new AtomicInteger();
  private int endedWhileWaiting;
  private int inFlight;
  private long inFlightBytes;
  private long waitingBytes;

  /** @param dispatch called once for each call that may go, by the thread that made room for it */
  RequestLimiter(int maxInFlight, long maxBytes, int maxWaiting, Consumer<PendingCall<?>> dispatch) {
    this.maxInFlight = maxInFlight;
    this.maxBytes = maxBytes;
    this.maxWaiting = maxWaiting;
    this.dispatch = dispatch;
  }

  void admit(PendingCall<?> call) {
    boolean refused = false;
    boolean goes = false;
    lock.lock();
    try {
      if (call.ended()) {
        return;
      }
      if (waiting.isEmpty() && fits(call)) {
        grant(call);
        goes = true;
      } else {
        dropEnded();
        refused = waiting.size() >= maxWaiting || waitingBytes + call.bytes() > maxBytes;
        if (!refused) {
          call.admission = PendingCall.Admission.QUEUED;
          waiting.add(call);
          waitingBytes += call.bytes();
        }
      }
    } finally {
      lock.unlock();
    }
    if (goes) {
      dispatch.accept(call);
    } else if (refused) {
      call.abandon(ErrorCode.SLOW_DOWN, "the client has " + maxInFlight + " operations or " + maxBytes
          + " bytes in flight and " + maxWaiting + " more, or as many bytes, waiting; wait and try again");
    }
  }

  /** The call has ended: gives back what it held. More than once does no harm. */
  void release(PendingCall<?> call) {
    lock.lock();
    try {
      switch (call.admission) {
        case NONE -> { }
        case QUEUED -> endedWhileWaiting++;
        case GRANTED -> {
          inFlight--;
          inFlightBytes -= call.bytes();
          grantWaiting();
        }
      }
      call.admission = PendingCall.Admission.NONE;
    } finally {
      lock.unlock();
    }
    if (!granted.isEmpty()) {
      dispatchGranted();
    }
  }

  private void dispatchGranted() {
    if (dispatching.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      PendingCall<?> call;
      while ((call = granted.poll()) != null) {
        dispatch.accept(call);
      }
      seen = dispatching.addAndGet(-seen);
    } while (seen != 0);
  }

  private void grantWaiting() {
    PendingCall<?> head;
    while ((head = waiting.peek()) != null && (head.ended() || fits(head))) {
      waiting.poll();
      waitingBytes -= head.bytes();
      if (head.admission == PendingCall.Admission.NONE) {
        endedWhileWaiting--;
      } else if (head.ended()) {
        // Whoever ended it has yet to come here, and will find that it holds nothing.
        head.admission = PendingCall.Admission.NONE;
      } else {
        grant(head);
        granted.add(head);
      }
    }
  }

  private boolean fits(PendingCall<?> call) {
    return inFlight < maxInFlight && inFlightBytes + call.bytes() <= maxBytes;
  }

  private void grant(PendingCall<?> call) {
    call.admission = PendingCall.Admission.GRANTED;
    inFlight++;
    inFlightBytes += call.bytes();
  }

  private void dropEnded() {
    if (endedWhileWaiting > waiting.size() / 8) {
      waiting.removeIf(call -> {
        boolean gone = call.admission == PendingCall.Admission.NONE;
        if (gone) {
          waitingBytes -= call.bytes();
        }
        return gone;
      });
      endedWhileWaiting = 0;
    }
  }
}
