package io.logfold.query.tables;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.replay.Cancellation;
import io.logfold.projector.verify.TableComparison;
import io.logfold.projector.verify.Verify;
import io.logfold.projector.verify.VerifyOptions;
import io.logfold.projector.verify.VerifyProgress;
import io.logfold.projector.verify.VerifyResult;
import io.logfold.query.tables.TableRegistry.Lent;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Verifications under way in this node, and the last ones that ended: one at a time, each on a thread of its own, since
 * it reads the whole log. Any thread may call it.
 */
public final class Verifications implements AutoCloseable {
  private static final int REMEMBERED = 16;

  private final TableRegistry tables;
  private final TableRegistry.Config config;
  private final Path scratch;
  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private long numbers;

  /** @param scratch folder on a disk with room for another copy of a table */
  public Verifications(TableRegistry tables, Path scratch) {
    this.tables = tables;
    this.config = tables.config();
    this.scratch = scratch;
  }

  /**
   * How one stands.
   *
   * @param table its URL without secrets; likewise against
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

    private void run() {
      try {
        result = verify != null ? verify.run()
            : TableComparison.between(table.table(), java.util.Objects.requireNonNull(against).table(), config.partitions(),
                maxDifferences, cancellation);
      } catch (RuntimeException e) {
        failure = e instanceof io.logfold.projector.table.TableException
            ? new StoreException(ErrorCode.UNAVAILABLE, "the table cannot be read: " + e.getMessage(), e) : StoreException.from(e);
      } finally {
        table.close();
        if (against != null) {
          against.close();
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
    Lent first = tables.lend(table);
    Lent second = null;
    try {
      second = against.isPresent() ? tables.lend(against.get()) : null;
    } finally {
      if (against.isPresent() && second == null) {
        first.close();
      }
    }
    Job job = new Job(Long.toString(++numbers), first, second, maxDifferences);
    jobs.put(job.id, job);
    if (jobs.size() > REMEMBERED) {
      jobs.remove(jobs.keySet().iterator().next());
    }
    job.thread.start();
    return job.id;
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
    synchronized (this) {
      jobs.values().forEach(Job::cancel);
    }
    for (Job job : jobs.values()) {
      try {
        job.thread.join(20_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
