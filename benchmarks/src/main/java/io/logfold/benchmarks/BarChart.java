package io.logfold.benchmarks;

import java.util.List;
import java.util.Locale;

/**
 * Bars of several panels, two beside each other. Each panel has a scale of its own, which begins at zero, so that within a
 * panel lengths may be compared, and the figure stands beside each bar. A whisker goes from the least to the most of the rounds.
 * Readable on light and on dark pages: it brings its own background, and follows the reader's preference.
 *
 * @param title of all
 * @param notes lines below it
 */
record BarChart(String title, List<String> notes, List<Panel> panels) {
  /**
   * Bars that may be compared with each other.
   *
   * @param note behind the title; may be empty
   */
  record Panel(String title, String note, List<Bar> bars) {}

  /**
   * @param least of the rounds; where it is the same as {@code most} there is no whisker
   * @param figure as it is to be read
   * @param ours whether it stands out
   */
  record Bar(String label, double value, double least, double most, String figure, boolean ours) {}

  private static final int COLUMNS = 2;
  private static final int MARGIN = 16;
  private static final int PANEL_WIDTH = 420;
  private static final int LABEL_WIDTH = 150;
  private static final int BAR_WIDTH = 180;
  private static final int ROW_HEIGHT = 20;
  private static final int BAR_HEIGHT = 12;
  private static final int PANEL_HEAD = 26;
  private static final int PANEL_GAP = 14;
  private static final int NOTE_HEIGHT = 16;
  private static final int HEAD = 30;
  private static final double CAP = 3;

  private static final String STYLE = """

      text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
      .page { fill: #ffffff; stroke: #d1d9e0 }
      .title { font-size: 15px; font-weight: 600 }
      .panel { font-weight: 600 }
      .note { font-size: 11px; font-weight: 400; fill: #59636e }
      .label { text-anchor: end }
      .figure { font-variant-numeric: tabular-nums }
      .ours { fill: #0969da }
      .other { fill: #9aa4af }
      .whisker, .axis { stroke: #1f2328; stroke-width: 1; fill: none }
      .axis { stroke: #59636e }
      @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 }
        .page { fill: #0d1117; stroke: #3d444d }
        text.note, tspan.note { fill: #9198a1 }
        .ours { fill: #4493f8 }
        .other { fill: #656c76 }
        .whisker { stroke: #e6edf3 }
        .axis { stroke: #9198a1 }
      }
      """;

  String svg() {
    int head = MARGIN + HEAD + notes.size() * NOTE_HEIGHT;
    int height = head;
    for (int row = 0; row < panels.size(); row += COLUMNS) {
      height += rowHeight(row) + PANEL_GAP;
    }
    int width = COLUMNS * PANEL_WIDTH + 2 * MARGIN;
    Svg svg = new Svg(width, height, title, STYLE);
    svg.element("rect", "class", "page", "x", 0.5, "y", 0.5, "width", width - 1, "height", height - 1, "rx", 6);
    svg.text(MARGIN, MARGIN + 12, "title", title);
    for (int i = 0; i < notes.size(); i++) {
      svg.text(MARGIN, MARGIN + HEAD + i * NOTE_HEIGHT, "note", notes.get(i));
    }
    int y = head;
    for (int row = 0; row < panels.size(); row += COLUMNS) {
      for (int column = 0; column < COLUMNS && row + column < panels.size(); column++) {
        panel(svg, panels.get(row + column), MARGIN + column * PANEL_WIDTH, y);
      }
      y += rowHeight(row) + PANEL_GAP;
    }
    return svg.end();
  }

  private int rowHeight(int first) {
    return PANEL_HEAD + ROW_HEIGHT * panels.subList(first, Math.min(panels.size(), first + COLUMNS)).stream()
        .mapToInt(panel -> panel.bars().size()).max().orElse(0);
  }

  private static void panel(Svg svg, Panel panel, int left, int top) {
    double zero = left + LABEL_WIDTH;
    double longest = panel.bars().stream().mapToDouble(bar -> Math.max(bar.value(), bar.most())).max().orElse(0);
    double scale = longest > 0 ? BAR_WIDTH / longest : 0;
    svg.open("text", "x", left, "y", top + 14, "class", "panel").content(panel.title());
    if (!panel.note().isEmpty()) {
      svg.content(" ").open("tspan", "class", "note", "dx", 6).content(panel.note()).close();
    }
    svg.close();
    for (int i = 0; i < panel.bars().size(); i++) {
      Bar bar = panel.bars().get(i);
      double y = top + PANEL_HEAD + i * ROW_HEIGHT;
      double middle = y + BAR_HEIGHT / 2.0;
      svg.text(zero - 6, middle + 4, "label", bar.label());
      svg.element("rect", "class", bar.ours() ? "ours" : "other", "x", zero, "y", y,
          "width", bar.value() * scale, "height", BAR_HEIGHT);
      double end = Math.max(bar.value(), bar.most()) * scale;
      if (bar.most() > bar.least()) {
        svg.element("path", "class", "whisker", "d", whisker(zero + bar.least() * scale, zero + bar.most() * scale, middle));
      }
      svg.text(zero + end + 6, middle + 4, "figure", bar.figure());
    }
    svg.element("path", "class", "axis", "d", String.format(Locale.ROOT, "M%.1f %.1fV%.1f", zero, top + PANEL_HEAD - 3.0,
        top + PANEL_HEAD + panel.bars().size() * ROW_HEIGHT - 5.0));
  }

  private static String whisker(double from, double to, double y) {
    return String.format(Locale.ROOT, "M%.1f %.1fV%.1fM%.1f %.1fH%.1fM%.1f %.1fV%.1f", from, y - CAP, y + CAP, from, y, to, to,
        y - CAP, y + CAP);
  }
}
