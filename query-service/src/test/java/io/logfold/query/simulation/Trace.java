package io.logfold.query.simulation;

import java.util.ArrayDeque;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The last things that happened in a run, in words; the words are made only where somebody reads them. */
final class Trace {
  private final int most;
  private final LongSupplier nowNanos;
  private final ArrayDeque<Line> lines = new ArrayDeque<>();
  private boolean closed;

  private record Line(long atNanos, Supplier<String> words) {}

  /** @param most lines to keep */
  Trace(int most, LongSupplier nowNanos) {
    this.most = most;
    this.nowNanos = nowNanos;
  }

  void tell(Supplier<String> words) {
    if (closed) {
      return;
    }
    lines.add(new Line(nowNanos.getAsLong(), words));
    if (lines.size() > most) {
      lines.remove();
    }
  }

  /** Nothing is noted any more. */
  void close() {
    closed = true;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Line line : lines) {
      text.append(String.format("%9.3f ms  ", line.atNanos() / 1e6)).append(line.words().get()).append('\n');
    }
    return text.toString();
  }
}
