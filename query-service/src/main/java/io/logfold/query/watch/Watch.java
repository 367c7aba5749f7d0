package io.logfold.query.watch;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.HistoryPage;
import io.logfold.api.HistoryRequest;
import io.logfold.api.ReadPosition;
import io.logfold.api.StoreException;
import io.logfold.api.WatchEvent;
import io.logfold.api.WatchRequest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One reader's watch: asks where the partition is, says where it begins, and then reads the history page by page, oldest
 * first, whenever the reader wants more and the history may have more.
 *
 * <ul>
 *   <li>W1 One question at a time is under way, and none while the reader asks for nothing.
 *   <li>W2 What is {@link #ready} consists of whole events. The end of a page may cut an event in two: what belongs to the
 *       last revision of a page with a next one is {@link #held} until another revision, or the end of the history, shows
 *       that it is whole.
 *   <li>W3 {@link #after} is the revision of the last event that was told as a whole, or up to which nothing was to be told;
 *       reading begins behind it, and only when nothing is held or ready.
 *   <li>W4 A heartbeat's position is asked for before the reading that finds nothing up to it.
 * </ul>
 *
 * <p>Everything is confined to the thread of {@link Watches}, but for what {@link Flow.Subscription} offers.
 */
final class Watch implements Flow.Subscription {
  private static final Bytes ANY_KEY = Bytes.utf8("-");
  /** Of whole events that are ready: more only where a single one is larger. */
  private static final long MOST_BYTES = 1 << 20;
  private static final long FIRST_BACKOFF_NANOS = 100_000_000;
  private static final long LAST_BACKOFF_NANOS = 2_000_000_000;

  private final WatchRequest request;
  private final Flow.Subscriber<? super WatchEvent> subscriber;
  private final Watches watches;
  private final ArrayDeque<Change> ready = new ArrayDeque<>();
  private final List<Change> held = new ArrayList<>();

  private int partition;
  private long after;
  /** How far the history was surely read; waiting is for more than that. */
  private long seen;
  /** Of the reading that goes on with the next page; null where the next one begins anew. */
  private @Nullable HistoryRequest nextPage;
  /** What a reading that finds nothing proves. */
  private @Nullable Long provenUpTo;
  private final AtomicLong waitingBytes = new AtomicLong();
  private boolean begun;
  private boolean toldWhereItBegins;
  private boolean busy;
  private boolean done;
  private long demand;
  private long askedForNothingSince;
  private long toldAt;
  private long failingSince;
  private int failures;

  Watch(WatchRequest request, Flow.Subscriber<? super WatchEvent> subscriber, Watches watches) {
    this.request = request;
    this.subscriber = subscriber;
    this.watches = watches;
  }

  void start() {
    askedForNothingSince = watches.nanos();
    toldAt = askedForNothingSince;
    if (!done) {
      guarded(() -> subscriber.onSubscribe(this));
      step();
    }
  }

  @Override
  public void request(long n) {
    watches.execute(() -> {
      if (n <= 0) {
        fail(new StoreException(ErrorCode.INVALID_ARGUMENT, "a subscriber asks for 1 event or more, got " + n));
        return;
      }
      demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
      step();
    });
  }

  @Override
  public void cancel() {
    watches.execute(this::finish);
  }

  /** Ends it from outside. Any thread. */
  void end(StoreException why) {
    watches.execute(() -> fail(why));
  }

  /** Called every now and then. */
  void dropWhereSlow() {
    Duration limit = watches.settings().slowLimit();
    if (!done && demand == 0 && watches.nanos() - askedForNothingSince > limit.toNanos()) {
      fail(new StoreException(ErrorCode.SLOW_DOWN, "this reader took nothing for " + limit.toMillis() + " ms"));
    }
  }

  private void step() {
    deliver();
    if (done || busy || !ready.isEmpty()) {
      return;
    }
    if (!begun) {
      position(this::begin);
    } else if (demand > 0) {
      if (!heartbeatDue() || provenUpTo != null) {
        read();
      } else if (nextPage == null) {
        position(at -> provenUpTo = at.revision());
      } else {
        // In the midst of a long reading that finds nothing: alive, and no further yet.
        tell(new WatchEvent.Progress(after, watches.nowMs()));
        step();
      }
    }
  }

  private boolean heartbeatDue() {
    return watches.nanos() - toldAt >= watches.settings().heartbeat().toNanos();
  }

  private void deliver() {
    if (begun && !toldWhereItBegins && demand > 0) {
      toldWhereItBegins = true;
      tell(new WatchEvent.Progress(after, watches.nowMs()));
    }
    while (!done && demand > 0 && !ready.isEmpty()) {
      Change change = ready.remove();
      Change next = ready.peek();
      waitingBytes.addAndGet(-WatchWindow.size(change));
      long resumeAfter = next == null || next.revision() != change.revision() ? change.revision() : after;
      tell(new WatchEvent.Changed(change, resumeAfter));
      if (!done) {
        after = resumeAfter; // now the reader has it
      }
    }
  }

  private void tell(WatchEvent event) {
    demand--;
    toldAt = watches.nanos();
    if (demand == 0) {
      askedForNothingSince = toldAt;
    }
    guarded(() -> subscriber.onNext(event));
  }

  private void position(Consumer<ReadPosition> then) {
    GetRequest question = new GetRequest(request.partitionKey(), List.of(ANY_KEY), Consistency.LINEARIZABLE);
    ask(() -> watches.store().get(question, watches.settings().call()), answer -> then.accept(answer.position()));
  }

  private void begin(ReadPosition at) {
    long from = request.afterRevision().orElse(at.revision());
    if (from > at.revision()) {
      fail(new StoreException(ErrorCode.NO_SUCH_MOMENT, "revision " + from + " is in the future: partition "
          + at.partition() + ", where this partition key lies, is at revision " + at.revision()));
      return;
    }
    partition = at.partition();
    after = from;
    seen = from;
    begun = true;
  }

  private void read() {
    HistoryRequest page = nextPage != null ? nextPage : new HistoryRequest(request.scope(), Optional.empty(),
        Optional.empty(), true, watches.settings().pageSize(), Optional.empty(), Optional.of(after));
    ask(() -> watches.store().history(page, watches.settings().call()), answer -> take(page, answer));
  }

  private void take(HistoryRequest asked, HistoryPage page) {
    for (Change change : page.changes()) {
      if (change.revision() <= after) {
        continue;
      }
      long last = held.isEmpty() ? change.revision() : held.getLast().revision();
      if (change.revision() < last) {
        fail(new StoreException(ErrorCode.INTERNAL, "the history told revision " + change.revision() + " behind " + last));
        return;
      }
      if (change.revision() > last) {
        ready.addAll(held);
        held.clear();
      }
      held.add(change);
    }
    nextPage = page.next().map(asked::next).orElse(null);
    if (nextPage == null) {
      ready.addAll(held);
      held.clear();
    }
    dropWhatIsTooMuch();
    if (nextPage == null) {
      Long proven = provenUpTo;
      provenUpTo = null;
      if (ready.isEmpty()) {
        if (proven != null) {
          after = Math.max(after, proven);
          seen = Math.max(seen, after);
          if (demand > 0) {
            tell(new WatchEvent.Progress(after, watches.nowMs()));
          }
        }
        waitForMore();
      }
    }
  }

  /** Large events that nobody has asked for yet are not kept: they are read again behind the first ones. */
  private void dropWhatIsTooMuch() {
    long bytes = ready.stream().mapToLong(WatchWindow::size).sum();
    if (bytes > MOST_BYTES) {
      held.clear();
      nextPage = null;
      provenUpTo = null;
    }
    while (bytes > MOST_BYTES && ready.getLast().revision() != ready.getFirst().revision()) {
      long last = ready.getLast().revision();
      while (ready.getLast().revision() == last) {
        bytes -= WatchWindow.size(ready.removeLast());
      }
    }
    waitingBytes.set(bytes);
  }

  /** Of changes that were read and not asked for yet. Any thread. */
  long waitingBytes() {
    return waitingBytes.get();
  }

  private void waitForMore() {
    if (done) {
      return;
    }
    long left = watches.settings().heartbeat().toNanos() - (watches.nanos() - toldAt);
    long known = seen;
    busy = true;
    watches.moved().waitForMore(partition, known, Duration.ofNanos(Math.max(left, 1_000_000)))
        .whenComplete((at, failure) -> watches.execute(() -> {
          busy = false;
          boolean moved = at == null || at == HistoryMoved.UNKNOWN || at > known;
          if (done) {
            return;
          }
          if (at != null) {
            seen = Math.max(seen, at);
          }
          if (moved || heartbeatDue()) {
            step();
          } else {
            waitForMore();
          }
        }));
  }

  /** The answer, or the failure, is dealt with on the one thread. */
  private <T> void ask(Supplier<CompletableFuture<T>> question, Consumer<T> then) {
    busy = true;
    CompletableFuture<T> answer;
    try {
      answer = question.get();
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    answer.whenComplete((value, failure) -> watches.execute(() -> {
      busy = false;
      if (done) {
        return;
      }
      if (failure != null) {
        failed(StoreException.from(failure));
        return;
      }
      failures = 0;
      then.accept(value);
      step();
    }));
  }

  private void failed(StoreException why) {
    long now = watches.nanos();
    failingSince = failures == 0 ? now : failingSince;
    boolean mayPass = why.code().retry() == ErrorCode.Retry.LATER || why.code().retry() == ErrorCode.Retry.ELSEWHERE;
    if (!mayPass || now - failingSince > watches.settings().patience().toNanos()) {
      fail(why);
      return;
    }
    busy = true;
    watches.after(Math.min(LAST_BACKOFF_NANOS, FIRST_BACKOFF_NANOS << Math.min(failures++, 10)), () -> {
      busy = false;
      step();
    });
  }

  private void fail(StoreException why) {
    if (done) {
      return;
    }
    finish();
    String goOn = begun && why.code() != ErrorCode.INVALID_ARGUMENT ? "; to go on, watch behind revision " + after : "";
    subscriber.onError(StoreException.told(why.code(), why.getMessage() + goOn, Optional.empty(), -1));
  }

  private void finish() {
    done = true;
    ready.clear();
    waitingBytes.set(0);
    held.clear();
    watches.ended(this);
  }

  /** A subscriber that throws has broken the rules of its trade, and gets nothing more. */
  private void guarded(Runnable signal) {
    try {
      signal.run();
    } catch (RuntimeException e) {
      fail(new StoreException(ErrorCode.INTERNAL, "the subscriber failed: " + e, e));
    }
  }
}
