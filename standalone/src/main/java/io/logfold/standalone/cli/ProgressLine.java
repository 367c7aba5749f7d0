package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.standalone.importgit.ImportListener;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * An import's progress on standard error: a bar, the count, the rate, an estimate. Where it is not wanted, only what
 * went wrong is told. Belongs to the importer's thread.
 */
final class ProgressLine implements ImportListener {
  private final CliIo io;
  private final ProgressBar bar;
  private final Revisions revisions;
  private long ahead;

  /** Where the revision of each commit goes; what was written is out before {@link #imported} returns. */
  interface Revisions {
    Revisions NOWHERE = (oid, revision) -> {};

    void write(String oid, long revision);
  }

  ProgressLine(CliIo io, boolean shown, LongSupplier nanoTime, Revisions revisions) {
    this.io = io;
    this.revisions = revisions;
    this.bar = new ProgressBar(io, shown, nanoTime);
  }

  @Override
  public void started(Bytes partitionKey, long fromIndex, long commitsAhead) {
    ahead = commitsAhead;
    if (bar.shown()) {
      io.err().println("importing into " + partitionKey + ": " + commitsAhead + " commits"
          + (fromIndex > 0 ? " (" + fromIndex + " are there already)" : ""));
    }
  }

  @Override
  public void advanced(long commits, long changes) {
    double rate = commits / Math.max(1e-9, bar.seconds());
    bar.draw(ahead == 0 ? 1 : (double) commits / ahead, String.format(Locale.ROOT,
        "%d/%d commits  %d changes  %.0f commits/s  %s left", commits, ahead, changes, rate,
        ProgressBar.duration(rate == 0 ? -1 : (long) ((ahead - commits) / rate))));
  }

  @Override
  public void imported(String oid, long revision) {
    revisions.write(oid, revision);
  }

  @Override
  public void retrying(String why) {
    end();
    io.err().println("logfold: trying again: " + why);
  }

  /** Leaves the bar where it is and goes to the next line. */
  void end() {
    bar.end();
  }

  double seconds() {
    return bar.seconds();
  }
}
