package io.logfold.projector;

import io.logfold.api.Bytes;
import io.logfold.log.LogScan;
import io.logfold.log.PartitionLog;
import io.logfold.projector.ProjectorStatus.PartitionStatus;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one partition of a table nearer to the end of the log, by a reader and a thread of its own, so that the tables
 * which are there already need not wait. It ends when it is near enough, when the log ends, or when anything fails, and says
 * what: whoever began it looks at the table and begins another one, if need be. What it applies the table's checkpoint guards.
 *
 * <p>{@link #cancel}, {@link #running} and {@link #trouble} are for any thread.
 */
final class CatchUp {
  private static final Logger LOG = LoggerFactory.getLogger(CatchUp.class);
  private static final int RECORDS_A_TICK = 1_000;
  private static final long STOP_MS = 5_000;

  private final int partition;
  private final LogScan.Opener opener;
  private final LongPredicate near;
  private final Thread thread;
  private volatile boolean cancelled;
  private volatile boolean done;
  private volatile Optional<Trouble> trouble;
  private volatile @Nullable LogScan scan;

  /**
   * Why it does not come nearer.
   *
   * @param forGood the next one would fare no better
   */
  record Trouble(String why, boolean forGood) {}

  /**
   * @param near whether a projection that stands at this offset need not go on here
   * @param before what ended the one before; it stands until this one has applied something
   * @param projection makes the projection, given its feed
   */
  CatchUp(int partition, LogScan.Opener opener, LongPredicate near, Optional<Trouble> before,
      Function<PartitionProjection.Feed, PartitionProjection> projection) {
    this.partition = partition;
    this.opener = opener;
    this.near = near;
    this.trouble = before;
    this.thread = new Thread(() -> run(projection), "logfold-history-" + partition);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  boolean running() {
    return !done;
  }

  /** What ended it, or the one before it; empty where it has come nearer, or was cancelled. */
  Optional<Trouble> trouble() {
    return trouble;
  }

  /** Waits for its end, but not for long. */
  void cancel() {
    cancelled = true;
    LogScan reading = scan;
    if (reading != null) {
      reading.cancel();
    }
    try {
      thread.join(STOP_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(Function<PartitionProjection.Feed, PartitionProjection> made) {
    try (LogScan log = opener.open()) {
      scan = log;
      if (cancelled) {
        return;
      }
      Position position = new Position();
      PartitionProjection projection = made.apply(position);
      projection.load();
      try {
        read(log, position, projection);
      } catch (PartitionLog.OffsetGoneException e) {
        projection.logLost(position.next, String.valueOf(e.getMessage()));
      } finally {
        projection.close();
      }
      trouble = trouble(projection.status());
    } catch (RuntimeException e) {
      trouble = cancelled ? Optional.empty()
          : Optional.of(new Trouble(String.valueOf(e.getMessage()), e.getCause() instanceof LogScan.DamagedException));
    } finally {
      done = true;
    }
  }

  private Optional<Trouble> trouble(PartitionStatus ended) {
    return switch (ended.state()) {
      case HALTED -> Optional.of(new Trouble(ended.lastError(), true));
      case BLOCKED -> cancelled ? Optional.empty() : Optional.of(new Trouble(ended.lastError(), false));
      case STARTING, RUNNING -> Optional.empty();
    };
  }

  private void read(LogScan log, Position position, PartitionProjection projection) {
    long end = log.ends(List.of(partition)).getOrDefault(partition, 0L);
    if (position.held || position.next >= end) {
      return;
    }
    LOG.info("the history of partition {} is at offset {} of {}: it catches up", partition, position.next, end);
    log.read(partition, position.next, end, (offset, raw) -> take(position, projection, offset, raw));
  }

  private boolean take(Position position, PartitionProjection projection, long offset, Bytes raw) {
    position.next = offset + 1;
    projection.record(offset, raw);
    if (position.next % RECORDS_A_TICK == 0) {
      projection.tick();
    }
    if (trouble.isPresent() && projection.status().events() > 0) {
      trouble = Optional.empty();
    }
    return !cancelled && !position.held && position.next == offset + 1 && !near.test(offset);
  }

  /** Where the projection wants to read. */
  private static final class Position implements PartitionProjection.Feed {
    private long next;
    private boolean held;

    @Override
    public void seek(long offset) {
      next = offset;
    }

    @Override
    public void hold() {
      held = true;
    }

    @Override
    public void release() {
      held = false;
    }
  }
}
