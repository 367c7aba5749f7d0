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
  private static final long REDRAW_NANOS = 100_000_000;
  private static final int BAR = 24;
  private static final int WIDTH = 100;

  private final CliIo io;
  private final boolean shown;
  private final LongSupplier nanoTime;
  private final long startNanos;
  private long lastDrawn;
  private long ahead;
  private boolean drawn;

  ProgressLine(CliIo io, boolean shown, LongSupplier nanoTime) {
    this.io = io;
    this.shown = shown;
    this.nanoTime = nanoTime;
    this.startNanos = nanoTime.getAsLong();
    this.lastDrawn = startNanos - REDRAW_NANOS;
  }

  @Override
  public void started(Bytes partitionKey, long fromIndex, long commitsAhead) {
    ahead = commitsAhead;
    if (shown) {
      io.err().println("importing into " + partitionKey + ": " + commitsAhead + " commits"
          + (fromIndex > 0 ? " (" + fromIndex + " are there already)" : ""));
    }
  }

  @Override
  public void advanced(long commits, long changes) {
    long now = nanoTime.getAsLong();
    if (!shown || (now - lastDrawn < REDRAW_NANOS && commits < ahead)) {
      return;
    }
    lastDrawn = now;
    double seconds = Math.max(1e-9, (now - startNanos) / 1e9);
    double rate = commits / seconds;
    double done = ahead == 0 ? 1 : Math.min(1, (double) commits / ahead);
    int filled = (int) (done * BAR);
    String line = String.format(Locale.ROOT, "[%s%s] %3.0f%%  %d/%d commits  %d changes  %.0f commits/s  %s left",
        "#".repeat(filled), ".".repeat(BAR - filled), done * 100, commits, ahead, changes, rate,
        rate == 0 ? "?" : duration((long) ((ahead - commits) / rate)));
    io.err().print("\r" + line + " ".repeat(Math.max(0, WIDTH - line.length())));
    io.err().flush();
    drawn = true;
  }

  @Override
  public void retrying(String why) {
    end();
    io.err().println("logfold: trying again: " + why);
  }

  /** Leaves the bar where it is and goes to the next line. */
  void end() {
    if (drawn) {
      io.err().println();
      drawn = false;
    }
  }

  double seconds() {
    return (nanoTime.getAsLong() - startNanos) / 1e9;
  }

  private static String duration(long seconds) {
    if (seconds < 60) {
      return seconds + " s";
    }
    return seconds < 3_600
        ? "%d:%02d min".formatted(seconds / 60, seconds % 60)
        : "%d:%02d h".formatted(seconds / 3_600, seconds / 60 % 60);
  }
}
