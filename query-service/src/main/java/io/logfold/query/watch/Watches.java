package io.logfold.query.watch;

import io.logfold.api.ErrorCode;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.WatchEvent;
import io.logfold.api.WatchRefused;
import io.logfold.api.WatchRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * The watches of a node, over the history of any store.
 *
 * <p>One thread turns all of them: it takes what the store answers, hands events to subscribers (which must not block it), and
 * drops readers that have asked for nothing for too long. Any thread may watch and close.
 */
public final class Watches implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long SECOND_NANOS = 1_000_000_000;

  private final Store store;
  private final HistoryMoved moved;
  private final WatchSettings settings;
  private final InstantSource clock;
  private final LongSupplier nanoClock;
  private final ScheduledExecutorService thread;
  private final Set<Watch> live = ConcurrentHashMap.newKeySet();
  private final AtomicInteger count = new AtomicInteger();
  private volatile boolean closed;

  /**
   * @param store whose history is told; it stays the caller's
   * @param clock of heartbeats' times
   * @param nanoClock monotonic, nanoseconds
   * @param thread a single thread; it is this one's from now on
   */
  Watches(Store store, HistoryMoved moved, WatchSettings settings, InstantSource clock, LongSupplier nanoClock,
      ScheduledExecutorService thread) {
    this.store = store;
    this.moved = moved;
    this.settings = settings;
    this.clock = clock;
    this.nanoClock = nanoClock;
    this.thread = thread;
    long sweep = Math.max(1_000_000, Math.min(SECOND_NANOS, settings.slowLimit().toNanos() / 4));
    var unused = thread.scheduleWithFixedDelay(() -> live.forEach(Watch::dropWhereSlow), sweep, sweep, TimeUnit.NANOSECONDS);
  }

  /** Watches that are told when a partition's history has moved on. */
  public static Watches over(Store store, HistoryMoved moved, WatchSettings settings) {
    return new Watches(store, moved, settings, InstantSource.system(), System::nanoTime, newThread());
  }

  /** Watches that look five times a second. */
  public static Watches polling(Store store, WatchSettings settings) {
    ScheduledExecutorService thread = newThread();
    return new Watches(store, HistoryMoved.polling(thread, POLL), settings, InstantSource.system(), System::nanoTime, thread);
  }

  static ScheduledExecutorService newThread() {
    return new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("logfold-watches").daemon().factory());
  }

  /** As {@link Store#watch}. */
  public void watch(WatchRequest request, Flow.Subscriber<? super WatchEvent> subscriber) {
    if (closed) {
      WatchRefused.tell(subscriber, closedFailure());
    } else if (count.incrementAndGet() > settings.most()) {
      count.decrementAndGet();
      WatchRefused.tell(subscriber, new StoreException(ErrorCode.SLOW_DOWN,
          "this node has " + settings.most() + " watches already; watch at another node, or wait"));
    } else {
      Watch watch = new Watch(request, subscriber, this);
      live.add(watch);
      if (!execute(watch::start)) {
        ended(watch);
        WatchRefused.tell(subscriber, closedFailure());
      } else if (closed) {
        watch.end(closedFailure());
      }
    }
  }

  /** How many there are. */
  public int size() {
    return count.get();
  }

  /** Of changes that were read and that no reader has asked for yet, about. */
  public long waitingBytes() {
    return live.stream().mapToLong(Watch::waitingBytes).sum();
  }

  /** Ends all watches with CLOSED, and the thread once they are told. */
  @Override
  public void close() {
    closed = true;
    live.forEach(watch -> watch.end(closedFailure()));
    thread.shutdown();
  }

  private static StoreException closedFailure() {
    return new StoreException(ErrorCode.CLOSED, "the server is closing: watch at another node");
  }

  void ended(Watch watch) {
    if (live.remove(watch)) {
      count.decrementAndGet();
    }
  }

  /**
   * On the one thread.
   *
   * @return false where that has ended: every watch was told so
   */
  boolean execute(Runnable task) {
    try {
      thread.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  void after(long nanos, Runnable task) {
    try {
      var unused = thread.schedule(task, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // As above.
    }
  }

  Store store() {
    return store;
  }

  HistoryMoved moved() {
    return moved;
  }

  WatchSettings settings() {
    return settings;
  }

  long nowMs() {
    return clock.millis();
  }

  long nanos() {
    return nanoClock.getAsLong();
  }
}
