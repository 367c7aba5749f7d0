package io.logfold.standalone.cli;

import java.util.List;

/**
 * Rows in columns that are written as they come: each column is as wide as the widest cell so far, the last one is never
 * padded. The heading comes with the first rows.
 */
final class Columns {
  private final CliIo io;
  private final List<String> heading;
  private final int[] widths;
  private boolean begun;

  Columns(CliIo io, List<String> heading) {
    this.io = io;
    this.heading = heading;
    this.widths = new int[heading.size()];
  }

  /** Writes rows of as many cells as the heading has. */
  void write(List<List<String>> rows) {
    if (rows.isEmpty()) {
      return;
    }
    widen(heading);
    rows.forEach(this::widen);
    if (!begun) {
      begun = true;
      line(heading);
    }
    rows.forEach(this::line);
  }

  private void widen(List<String> row) {
    for (int c = 0; c < widths.length; c++) {
      widths[c] = Math.max(widths[c], row.get(c).length());
    }
  }

  private void line(List<String> row) {
    StringBuilder line = new StringBuilder();
    for (int c = 0; c < row.size(); c++) {
      line.append(c == 0 ? "" : "  ").append(row.get(c));
      if (c < row.size() - 1) {
        line.append(" ".repeat(widths[c] - row.get(c).length()));
      }
    }
    io.line(line.toString().stripTrailing());
  }
}
