package io.logfold.standalone.cli;

import java.util.Locale;
import java.util.function.LongSupplier;

/** A bar on standard error that is drawn over itself: how much is done, in which words, how long it will take. One thread. */
final class ProgressBar {
  private static final long REDRAW_NANOS = 100_000_000;
  private static final int BAR = 24;
  private static final int WIDTH = 100;

  private final CliIo io;
  private final boolean shown;
  private final LongSupplier nanoTime;
  private final long startNanos;
  private long lastDrawn;
  private boolean drawn;

  /** @param shown false: nothing is ever drawn */
  ProgressBar(CliIo io, boolean shown, LongSupplier nanoTime) {
    this.io = io;
    this.shown = shown;
    this.nanoTime = nanoTime;
    this.startNanos = nanoTime.getAsLong();
    this.lastDrawn = startNanos - REDRAW_NANOS;
  }

  boolean shown() {
    return shown;
  }

  /** @param done 0 to 1; drawn at most ten times a second, but for the last time */
  void draw(double done, String words) {
    long now = nanoTime.getAsLong();
    if (!shown || (now - lastDrawn < REDRAW_NANOS && done < 1)) {
      return;
    }
    lastDrawn = now;
    double bounded = Math.max(0, Math.min(1, done));
    int filled = (int) (bounded * BAR);
    String line = String.format(Locale.ROOT, "[%s%s] %3.0f%%  %s", "#".repeat(filled), ".".repeat(BAR - filled),
        bounded * 100, words);
    io.err().print("\r" + line + " ".repeat(Math.max(0, WIDTH - line.length())));
    io.err().flush();
    drawn = true;
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

  /** {@code 12 s}, {@code 3:07 min}, {@code 2:30 h}; {@code ?} where it is not known (negative). */
  static String duration(long seconds) {
    if (seconds < 0) {
      return "?";
    }
    if (seconds < 60) {
      return seconds + " s";
    }
    return seconds < 3_600
        ? "%d:%02d min".formatted(seconds / 60, seconds % 60)
        : "%d:%02d h".formatted(seconds / 3_600, seconds / 60 % 60);
  }
}
