package io.logfold.benchmarks;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/** Writes an SVG document element by element, well-formed by construction. Lengths are in pixels. */
final class Svg {
  private final StringBuilder text = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /** @param style of the classes that elements name */
  Svg(int width, int height, String title, String style) {
    open("svg", "xmlns", "http://www.w3.org/2000/svg", "viewBox", "0 0 " + width + " " + height, "width", width,
        "height", height, "role", "img", "aria-label", title);
    open("style").content(style).close();
  }

  /** @param attributes names and values in turn */
  Svg open(String element, Object... attributes) {
    if (!element.equals("tspan")) {
      indent();
    }
    text.append('<').append(element);
    for (int i = 0; i < attributes.length; i += 2) {
      String value = escaped(value(attributes[i + 1])).replace("\"", "&quot;");
      text.append(' ').append(attributes[i]).append("=\"").append(value).append('"');
    }
    text.append(">");
    open.push(element);
    return this;
  }

  Svg content(String content) {
    text.append(escaped(content));
    return this;
  }

  Svg close() {
    text.append("</").append(open.pop()).append(">");
    return this;
  }

  /** One without content. */
  Svg element(String element, Object... attributes) {
    return open(element, attributes).close();
  }

  Svg text(double x, double y, String styleClass, String content) {
    return open("text", "x", x, "y", y, "class", styleClass).content(content).close();
  }

  /** Closes what is open; the last call. */
  String end() {
    while (!open.isEmpty()) {
      text.append('\n');
      close();
    }
    return text.append('\n').toString();
  }

  private void indent() {
    if (!text.isEmpty()) {
      text.append('\n').append("  ".repeat(open.size()));
    }
  }

  private static String value(Object value) {
    return value instanceof Double number ? String.format(Locale.ROOT, "%.1f", number) : value.toString();
  }

  private static String escaped(String plain) {
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
