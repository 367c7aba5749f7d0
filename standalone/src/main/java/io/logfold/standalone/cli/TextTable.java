package io.logfold.standalone.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows in columns as wide as their widest cell, numbers to the right. */
final class TextTable {
  private TextTable() {}

  /** The first row is the heading; all rows have as many cells. */
  static List<String> lines(List<List<String>> rows) {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    boolean[] numbers = new boolean[columns];
    for (int c = 0; c < columns; c++) {
      int column = c;
      widths[c] = rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
      numbers[c] = rows.size() > 1 && rows.stream().skip(1).allMatch(row -> row.get(column).matches("-?\\d*"));
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        String padding = " ".repeat(widths[c] - row.get(c).length());
        line.append(c == 0 ? "" : "  ").append(numbers[c] ? padding + row.get(c) : row.get(c) + padding);
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
