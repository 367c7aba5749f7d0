package io.logfold.benchmarks;

import java.util.PriorityQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Time that passes only where somebody waits, and answers that come at their moment in it. One thread. */
final class VirtualTime implements OpenLoop.Time {
  private record Event(long atNanos, long number, Runnable what) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return atNanos != other.atNanos ? Long.compare(atNanos, other.atNanos) : Long.compare(number, other.number);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long nowNanos;
  private long made;

  /** An answer after so long. */
  CompletableFuture<String> answerIn(long nanos) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    events.add(new Event(nowNanos + nanos, made++, () -> answer.complete("answered")));
    return answer;
  }

  /** As when the caller's own thread is held up. */
  void pass(long nanos) {
    sleepUntil(nowNanos + nanos);
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public void sleepUntil(long nanos) {
    for (Event next = events.peek(); next != null && next.atNanos() <= nanos; next = events.peek()) {
      happen(events.remove());
    }
    nowNanos = Math.max(nowNanos, nanos);
  }

  @Override
  public @Nullable Integer await(BlockingQueue<Integer> free, long untilNanos) {
    for (Event next = events.peek(); free.isEmpty() && next != null && next.atNanos() <= untilNanos; next = events.peek()) {
      happen(events.remove());
    }
    if (free.isEmpty()) {
      sleepUntil(untilNanos);
    }
    return free.poll();
  }

  private void happen(Event event) {
    nowNanos = Math.max(nowNanos, event.atNanos());
    event.what().run();
  }
}
