package io.logfold.query.watch;

import io.logfold.api.StoreException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Is told by whoever writes a history, and tells those who wait for it. Where somebody waits, the history's own position is
 * looked at as well, now and then: of a shared history another node may be the one that writes. Any thread.
 */
public final class HistoryTold implements HistoryMoved, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HistoryTold.class);

  private record Waiting(long revision, CompletableFuture<Long> moved) {}

  private final Map<Integer, Set<Waiting>> waiting = new ConcurrentHashMap<>();
  private final Map<Integer, Long> at = new ConcurrentHashMap<>();
  private final IntToLongFunction look;
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
      Thread.ofPlatform().name("logfold-history-moved").daemon().factory());

  /**
   * @param look the partition's revision as the history has it; may block and throw
   * @param interval between two looks
   */
  HistoryTold(IntToLongFunction look, Duration interval) {
    this.look = look;
    var unused = thread.scheduleWithFixedDelay(this::lookAtAll, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** @param interval how often the history itself is looked at */
  public static HistoryTold of(Table history, Duration interval) {
    return new HistoryTold(partition -> history.checkpoint(partition).at().lsn(), interval);
  }

  /** The partition's history has come to this revision. Must not be slow for whoever projects: it is not. */
  public void told(int partition, long revision) {
    long now = at.merge(partition, revision, Math::max);
    for (Waiting each : waiting.getOrDefault(partition, Set.of())) {
      if (each.revision < now) {
        each.moved.complete(now);
      }
    }
  }

  @Override
  public CompletableFuture<Long> waitForMore(int partition, long revision, Duration timeout) {
    Set<Waiting> here = waiting.computeIfAbsent(partition, none -> ConcurrentHashMap.newKeySet());
    Waiting each = new Waiting(revision, new CompletableFuture<>());
    here.add(each);
    var unused = each.moved.whenComplete((moved, failure) -> here.remove(each));
    long now = at.getOrDefault(partition, revision);
    if (now > revision) {
      each.moved.complete(now);
    }
    return each.moved.completeOnTimeout(revision, timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void lookAtAll() {
    waiting.forEach((partition, here) -> {
      if (!here.isEmpty()) {
        try {
          told(partition, look.applyAsLong(partition));
        } catch (TableException | StoreException e) {
          // Whoever waits asks by himself in the end, and is told what is wrong.
          log.debug("The history of partition {} cannot be looked at", partition, e);
        } catch (RuntimeException e) {
          log.warn("the history of partition {} could not be looked at", partition, e); // and the next look must come all the same
        }
      }
    });
  }

  /** Nobody is told any more; who waits does so until his time is over. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
