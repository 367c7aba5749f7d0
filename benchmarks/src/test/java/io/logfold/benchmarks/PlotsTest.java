package io.logfold.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.logfold.benchmarks.BarChart.Bar;
import io.logfold.benchmarks.BarChart.Panel;
import io.logfold.benchmarks.PeerKeys.Wins;
import io.logfold.benchmarks.Peers.Kind;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

final class PlotsTest {
  @Test
  void barsAreAsLongAsTheirValuesWithinAPanel() throws Exception {
    Document svg = parsed(new BarChart("title", List.of("note"), List.of(
        new Panel("one", "", List.of(new Bar("a", 1_000, 900, 2_000, "1,000", true), new Bar("b", 500, 500, 500, "500", false),
            new Bar("c", 10, 10, 10, "10", false))),
        new Panel("two", "", List.of(new Bar("d", 3, 3, 3, "3", true), new Bar("e", 1, 1, 1, "1", false))))).svg());
    double[] widths = elements(svg, "rect").stream().filter(rect -> !rect.getAttribute("class").equals("page"))
        .mapToDouble(rect -> Double.parseDouble(rect.getAttribute("width"))).toArray();
    assertThat(widths).hasSize(5);
    assertThat(widths[1]).isCloseTo(widths[0] / 2, within(0.1));
    assertThat(widths[2]).isCloseTo(widths[0] / 100, within(0.1));
    assertThat(widths[4]).isCloseTo(widths[3] / 3, within(0.1));
    // The first panel's whisker goes to the end of its scale, twice as far as its bar; the second panel has a scale of its own.
    assertThat(widths[3]).isCloseTo(2 * widths[0], within(0.1));
  }

  @Test
  void aWhiskerGoesFromTheLeastToTheMost() throws Exception {
    Document svg = parsed(new BarChart("title", List.of(), List.of(
        new Panel("one", "", List.of(new Bar("a", 100, 50, 200, "100", true), new Bar("b", 100, 100, 100, "100", true))))).svg());
    List<Element> whiskers = elements(svg, "path").stream().filter(path -> path.getAttribute("class").equals("whisker")).toList();
    assertThat(whiskers).hasSize(1);
    Element bar = elements(svg, "rect").get(1);
    double zero = Double.parseDouble(bar.getAttribute("x"));
    double width = Double.parseDouble(bar.getAttribute("width"));
    assertThat(whiskers.get(0).getAttribute("d")).startsWith(String.format(Locale.ROOT, "M%.1f ", zero + width / 2))
        .contains(String.format(Locale.ROOT, "H%.1f", zero + 2 * width));
  }

  @Test
  void nothingLiesOutsideThePicture() throws Exception {
    List<Panel> panels = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      panels.add(new Panel("panel", "", List.of(new Bar("a", 1, 1, 1, "1", true), new Bar("b", 2, 1, 3, "2", false))));
    }
    Document svg = parsed(new BarChart("title", List.of("note", "note"), panels).svg());
    Element root = svg.getDocumentElement();
    double height = Double.parseDouble(root.getAttribute("height"));
    double width = Double.parseDouble(root.getAttribute("width"));
    for (Element text : elements(svg, "text")) {
      assertThat(Double.parseDouble(text.getAttribute("y"))).isBetween(0.0, height);
      assertThat(Double.parseDouble(text.getAttribute("x"))).isBetween(0.0, width);
    }
    for (Element rect : elements(svg, "rect")) {
      assertThat(Double.parseDouble(rect.getAttribute("y")) + Double.parseDouble(rect.getAttribute("height"))).isLessThan(height);
    }
  }

  @Test
  void signsOfXmlAreText() throws Exception {
    Document svg = parsed(new BarChart("a < b & \"c\"", List.of("<script>"), List.of(
        new Panel("p > q", "& so on", List.of(new Bar("<&>", 0, 0, 0, "0", false))))).svg());
    assertThat(svg.getDocumentElement().getAttribute("aria-label")).isEqualTo("a < b & \"c\"");
    assertThat(texts(svg)).contains("a < b & \"c\"", "<script>", "p > q & so on", "<&>");
    assertThat(elements(svg, "script")).isEmpty();
  }

  @Test
  void theReportsRowsBecomeTwoSmallFilesWithAPanelForEachWorkload(@TempDir Path folder) throws Exception {
    PeerPlots.write(folder, List.of(row(Workload.GET, Kind.CLIENT, "this store, Java client", 64, 120_000, 100_000, 130_000),
        row(Workload.GET, Kind.POSTGRES, "Postgres 18", 64, 15_000),
        row(Workload.SET, Kind.RAW, "raw Kafka producer", 64, 150_000),
        row(Workload.SET_IF, Kind.CLIENT, "this store, Java client", 64, 14_000),
        row(Workload.SET_IF, Kind.EMBEDDED, "this store, in process", 64, 30_000),
        row(Workload.GET, Kind.CLIENT, "this store, Java client", 512, 999_999)), 64);
    Document throughput = parsed(Files.readString(folder.resolve(PeerPlots.THROUGHPUT)));
    assertThat(texts(throughput))
        .contains("get, linearizable", "SetIf, uncontended in process: 30,000", "Postgres 18", "120,000", "15,000", "150,000")
        .doesNotContain("set", "999,999")
        .contains("An acknowledged write: no fsync (Logfold, Postgres 18, raw Kafka producer).");
    assertThat(elements(throughput, "rect")).filteredOn(rect -> rect.getAttribute("class").equals("ours")).hasSize(2);
    Document p99 = parsed(Files.readString(folder.resolve(PeerPlots.P99)));
    assertThat(texts(p99)).contains("5.00");
    assertThat(Files.size(folder.resolve(PeerPlots.THROUGHPUT))).isLessThan(20_000);
  }

  /** Each of its rounds gave so many a second, with latencies of 5 ms. */
  private static Case row(Workload workload, Kind kind, String peer, int inFlight, long... perSecond) throws Exception {
    int[] round = {0};
    Case row = new Case(new PeerRow(workload, kind, peer, "no fsync", new Wins()), inFlight, seconds -> {
      Histogram latencies = Sample.histogram();
      latencies.recordValue(5_000_000);
      return new Sample(perSecond[round[0]++], 1_000_000_000, latencies, 0, null);
    }, () -> Duration.ZERO);
    for (long each : perSecond) {
      row.run(1, true);
    }
    return row;
  }

  private static Document parsed(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance().newDocumentBuilder()
        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<Element> elements(Document svg, String name) {
    NodeList found = svg.getElementsByTagName(name);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      elements.add((Element) found.item(i));
    }
    return elements;
  }

  private static List<String> texts(Document svg) {
    return elements(svg, "text").stream().map(Element::getTextContent).toList();
  }
}
