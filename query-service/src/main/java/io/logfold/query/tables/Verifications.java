package io.logfold.query.tables;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.replay.Cancellation;
import io.logfold.projector.table.TableException;
import io.logfold.projector.verify.TableComparison;
import io.logfold.projector.verify.Verify;
import io.logfold.projector.verify.VerifyOptions;
import io.logfold.projector.verify.VerifyProgress;
import io.logfold.projector.verify.VerifyResult;
import io.logfold.query.tables.TableRegistry.Lent;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifications under way in this node, and the last ones that ended: one at a time, each on a thread of its own, since
 * it reads the whole log. Any thread may call it.
 */
public final class Verifications implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Verifications.class);
  private static final int REMEMBERED = 16;

  private final TableRegistry tables;
  private final TableRegistry.Config config;
  private final Path scratch;
  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private long numbers;
  private boolean closed;

  /** @param scratch folder on a disk with room for another copy of a table */
  public Verifications(TableRegistry tables, Path scratch) {
    this.tables = tables;
    this.config = tables.config();
    this.scratch = scratch;
  }

  /**
   * How one stands.
   *
   * @param table its name, or its URL without secrets; likewise against
   * @param progress empty where two tables are compared
   * @param result there when it has ended by itself
   * @param failure why it could not be done
   */
  public record View(String id, String table, Optional<String> against, boolean running, Optional<VerifyProgress> progress,
      Optional<VerifyResult> result, Optional<StoreException> failure) {}

  private final class Job {
    private final String id;
    private final Lent table;
    private final @Nullable Lent against;
    private final @Nullable Verify verify;
    private final int maxDifferences;
    private final Cancellation cancellation = new Cancellation();
    private final Thread thread;
    private volatile @Nullable VerifyResult result;
    private volatile @Nullable StoreException failure;

    Job(String id, Lent table, @Nullable Lent against, int maxDifferences) {
      this.id = id;
      this.table = table;
      this.against = against;
      this.maxDifferences = maxDifferences;
      this.verify = against != null ? null : new Verify(VerifyOptions.of(config.store(), config.partitions(), scratch)
          .maxDifferences(maxDifferences), config.log(), table.table());
      this.thread = new Thread(this::run, "logfold-verify-" + id);
      thread.setDaemon(true);
    }

    /** What came of it is told when the tables have been given back. */
    private void run() {
      VerifyResult found = null;
      StoreException failed = null;
      try {
        found = verify != null ? verify.run()
            : TableComparison.between(table.table(), Objects.requireNonNull(against).table(), config.partitions(),
                maxDifferences, cancellation);
      } catch (TableException e) {
        failed = new StoreException(ErrorCode.UNAVAILABLE, "the table cannot be read: " + e.getMessage(), e);
      } catch (RuntimeException | Error e) {
        failed = StoreException.from(e);
        if (failed.code() == ErrorCode.INTERNAL) {
          log.error("verification {}", id, e);
        }
      }
      giveBack();
      result = found;
      failure = failed;
    }

    private void giveBack() {
      for (Lent lent : new @Nullable Lent[] {table, against}) {
        try {
          if (lent != null) {
            lent.close();
          }
        } catch (RuntimeException e) {
          log.warn("verification {}: a table does not close: {}", id, e.toString());
        }
      }
    }

    void cancel() {
      cancellation.cancel();
      if (verify != null) {
        verify.cancel();
      }
    }

    boolean running() {
      return result == null && failure == null;
    }

    View view() {
      VerifyResult ended = result;
      StoreException failed = failure;
      return new View(id, table.shown(), Optional.ofNullable(against).map(Lent::shown), ended == null && failed == null,
          Optional.ofNullable(verify).map(Verify::progress), Optional.ofNullable(ended), Optional.ofNullable(failed));
    }
  }

  /**
   * Begins one.
   *
   * @param table name or URL
   * @param against name or URL of a table to compare it with; empty: the log
   * @return its id
   * @throws StoreException SLOW_DOWN while another one is under way
   */
  public synchronized String begin(String table, Optional<String> against, int maxDifferences) {
    for (Job job : jobs.values()) {
      if (job.running()) {
        throw new StoreException(ErrorCode.SLOW_DOWN, "verification " + job.id + " of " + job.table.shown()
            + " is under way; wait for its end, or cancel it: DELETE /v1/verifications/" + job.id);
      }
    }
    if (closed) {
      throw new StoreException(ErrorCode.CLOSED, "the node is closing");
    }
    Lent first = tables.lend(table);
    Job job;
    try {
      job = new Job(Long.toString(++numbers), first, against.isPresent() ? tables.lend(against.get()) : null,
          maxDifferences);
    } catch (RuntimeException e) {
      first.close();
      throw e;
    }
    jobs.put(job.id, job);
    if (jobs.size() > REMEMBERED) {
      jobs.remove(jobs.keySet().iterator().next());
    }
    job.thread.start();
    return job.id;
  }

  /** Whether there is one of this id: under way, or among the last that ended. */
  public synchronized boolean knows(String id) {
    return jobs.containsKey(id);
  }

  public synchronized View view(String id) {
    return find(id).view();
  }

  public synchronized void cancel(String id) {
    find(id).cancel();
  }

  private Job find(String id) {
    Job job = jobs.get(id);
    if (job == null) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "there is no verification " + id + ", or it ended long ago");
    }
    return job;
  }

  @Override
  public void close() {
    List<Job> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(jobs.values());
    }
    all.forEach(Job::cancel);
    for (Job job : all) {
      try {
        job.thread.join(20_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
