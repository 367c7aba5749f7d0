package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.projector.testing.DynamoDbLocal;
import io.logfold.projector.testing.PostgresServer;
import io.logfold.standalone.Main;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.jspecify.annotations.Nullable;

/**
 * The tour in README.md, to the letter: between {@code <!-- tour:start -->} and {@code <!-- tour:end -->} each line
 * {@code $ command} of a {@code console} block is run by bash, and must print what stands below it.
 *
 * <ul>
 *   <li>Lines behind one that ends with a backslash belong to it. Text behind {@code  # } is a remark to the reader.
 *   <li>{@code ./logfold dev} starts a node in a folder and on a port of the test's; every other command runs in one new
 *       folder, where {@code ./logfold} is this build. {@code localhost:7171} and {@code 127.0.0.1:7171} mean that node.
 *   <li>Standard error is part of what is printed. A line of {@code ...} alone stands for any lines.
 *   <li>What is another each time is masked on both sides: see {@link #MASKS}. Revisions are among it, so a command
 *       that needs one takes it from another command's answer.
 * </ul>
 */
@Timeout(300)
class TourTest {
  private static final String START = "<!-- tour:start -->";
  private static final String END = "<!-- tour:end -->";
  private static final String DOCUMENTED = "127.0.0.1:7171";

  /** In this order; a pattern and what stands for it. */
  private static final List<Map.Entry<Pattern, String>> MASKS = List.of(
      mask("localhost:7171", DOCUMENTED),
      mask("\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b", "UUID"),
      mask("\\b\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d(:\\d\\d([.,]\\d+)?)?(Z|[+-]\\d\\d:?\\d\\d)?", "DATE"),
      mask("\\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT", "DATE"),
      mask("\\b1[0-9]{12}\\b", "MILLIS"),
      mask("\\b[0-9]+(\\.[0-9]+)? ?(ms|s)\\b", "DURATION"),
      mask("\\b[0-9a-f]{12,64}\\b", "HASH"),
      // Records that keep a lease take numbers too: which revision a write gets depends on the time of the reads.
      mask("\\brevision:? [0-9]+\\b", "revision N"),
      mask("\"(revision|currentRevision)\":[0-9]+\\b", "\"revision\":N"),
      mask("\\([0-9]+ commits/s\\)", "(N commits/s)"),
      // Records that keep a lease again.
      mask("of [0-9,]+ records", "of N records"),
      mask("\\([0-9,]+ records/s\\)", "(N records/s)"),
      mask("at revision N?[0-9:,]+$", "at revision N"),
      mask("^etag: \"[0-9]+\"$", "etag: N"),
      mask("^[0-9]+$", "N"),
      mask("[ \t]+$", ""));

  @TempDir Path folder;

  private @Nullable NodeProcess node;

  /** A command with what the text says it prints. */
  record Step(int line, String command, List<String> expected) {}

  /** Whatever the table is, the store does the same. */
  static List<Supplier<String>> tables() {
    return List.of(() -> "", () -> PostgresServer.shared().url(PostgresServer.freshPrefix()), () -> DynamoDbLocal.url("tour"));
  }

  @ParameterizedTest
  @MethodSource("tables")
  void theReadmesTourDoesWhatItSays(Supplier<String> table) throws Exception {
    List<Step> steps = steps(Files.readString(readme()));
    assertThat(steps).as("commands in the tour").isNotEmpty();
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = free.getLocalPort();
    }
    makeLauncher();
    List<String> differences = new ArrayList<>();
    try {
      for (Step step : steps) {
        String printed = step.command().startsWith("./logfold dev") ? startNode(port, table.get()) : run(step.command(), port);
        List<String> actual = masked(printed.replace("127.0.0.1:" + port, DOCUMENTED).lines().toList());
        if (!matches(masked(step.expected()), actual)) {
          differences.add("README.md line " + step.line() + ": $ " + step.command() + "\n  it says:\n    "
              + String.join("\n    ", step.expected()) + "\n  it prints:\n    "
              + printed.strip().replace("\n", "\n    ") + "\n");
        }
      }
    } finally {
      if (node != null) {
        node.close();
      }
    }
    assertThat(differences).as("the tour is wrong:\n" + String.join("\n", differences)).isEmpty();
  }

  @Test
  void theTourIsReadAsAPersonReadsIt() {
    String text = """
        ```console
        $ not in the tour
        ```
        <!-- tour:start -->
        Prose.
        ```console
        $ one   # a remark
        1
        $ two \\
            --more
        ```
        ```sh
        $ three
        ```
        <!-- tour:end -->
        """;
    assertThat(steps(text)).containsExactly(
        new Step(7, "one", List.of("1")), new Step(9, "two \\\n    --more", List.of()));
  }

  @TestFactory
  List<DynamicTest> whatIsPrintedIsComparedLineByLine() {
    return List.of(
        compare(List.of("a", "b"), List.of("a", "b"), true),
        compare(List.of("a", "b"), List.of("a"), false),
        compare(List.of("a"), List.of("a", "b"), false),
        compare(List.of("a", "..."), List.of("a"), true),
        compare(List.of("a", "...", "z"), List.of("a", "b", "c", "z"), true),
        compare(List.of("...", "z"), List.of("a", "y"), false),
        compare(List.of("at 2026-11-22T10:00:00.123Z in 12 ms"), List.of("at 2027-01-01T00:00:00Z in 3.5 s"), true),
        compare(List.of("revision 3", "4"), List.of("revision 14", "5"), true),
        compare(List.of("status 200"), List.of("status 412"), false));
  }

  private static DynamicTest compare(List<String> expected, List<String> actual, boolean same) {
    return DynamicTest.dynamicTest(expected + (same ? " is " : " is not ") + actual,
        () -> assertThat(matches(masked(expected), masked(actual))).isEqualTo(same));
  }

  private static Path readme() {
    // Surefire sets basedir to the module's folder.
    Path module = Path.of(System.getProperty("basedir", "."));
    Path inModule = module.toAbsolutePath().normalize().resolveSibling("README.md");
    return Files.exists(inModule) ? inModule : Path.of("README.md").toAbsolutePath();
  }

  static List<Step> steps(String text) {
    assertThat(text).as("README.md").contains(START, END);
    List<Step> steps = new ArrayList<>();
    boolean inTour = false;
    boolean inBlock = false;
    boolean continued = false;
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.equals(START) || line.equals(END)) {
        inTour = line.equals(START);
      } else if (line.startsWith("```")) {
        inBlock = inTour && !inBlock && line.equals("```console");
        continued = false;
      } else if (inBlock && continued) {
        Step last = steps.removeLast();
        steps.add(new Step(last.line(), last.command() + "\n" + line, last.expected()));
        continued = line.endsWith("\\");
      } else if (inBlock && line.startsWith("$ ")) {
        String command = line.substring(2).replaceFirst("\\s+# .*$", "");
        steps.add(new Step(number, command, new ArrayList<>()));
        continued = command.endsWith("\\");
      } else if (inBlock) {
        assertThat(steps).as("README.md line " + number + " stands below a command").isNotEmpty();
        steps.getLast().expected().add(line);
      }
    }
    return steps;
  }

  /** @param table its URL; empty: what dev takes by itself */
  private String startNode(int port, String table) throws Exception {
    List<String> arguments = new ArrayList<>(
        List.of("--data", folder.resolve("tour-data").toString(), "--port", Integer.toString(port)));
    if (!table.isEmpty()) {
      arguments.addAll(List.of("--table", table));
    }
    NodeProcess started = NodeProcess.start(arguments);
    node = started;
    return "logfold is ready at " + started.awaitUrl() + ", data in ./data\n";
  }

  private String run(String command, int port) throws IOException, InterruptedException {
    String here = command.replace("localhost:7171", "127.0.0.1:" + port).replace(DOCUMENTED, "127.0.0.1:" + port);
    Path output = folder.resolve("output");
    ProcessBuilder bash = new ProcessBuilder("bash", "-c", here).directory(work().toFile()).redirectErrorStream(true)
        .redirectOutput(output.toFile()).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    bash.environment().put("LOGFOLD_SERVER", "http://127.0.0.1:" + port);
    bash.environment().put("LOGFOLD_PRINCIPAL", "you");
    Process process = bash.start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      return "(did not end within 60 s)";
    }
    return Files.readString(output);
  }

  private Path work() throws IOException {
    return Files.createDirectories(folder.resolve("work"));
  }

  /** {@code ./logfold} of this build, without the building. */
  private void makeLauncher() throws IOException {
    Path launcher = work().resolve("logfold");
    Files.writeString(launcher, """
        #!/bin/sh
        exec %s -Xlog:disable '%s' "$@"
        """.formatted("'" + String.join("' '", NodeProcess.java()) + "'", Main.class.getName()), StandardCharsets.UTF_8);
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
  }

  /** Whether the lines are those, where "..." stands for any number of them. */
  private static boolean matches(List<String> expected, List<String> actual) {
    if (expected.isEmpty()) {
      return actual.isEmpty();
    }
    List<String> rest = expected.subList(1, expected.size());
    if (!expected.get(0).equals("...")) {
      return !actual.isEmpty() && expected.get(0).equals(actual.get(0)) && matches(rest, actual.subList(1, actual.size()));
    }
    for (int skipped = 0; skipped <= actual.size(); skipped++) {
      if (matches(rest, actual.subList(skipped, actual.size()))) {
        return true;
      }
    }
    return false;
  }

  private static List<String> masked(List<String> lines) {
    List<String> all = new ArrayList<>();
    for (String line : lines) {
      String masked = line;
      for (Map.Entry<Pattern, String> mask : MASKS) {
        masked = mask.getKey().matcher(masked).replaceAll(Matcher.quoteReplacement(mask.getValue()));
      }
      all.add(masked);
    }
    while (!all.isEmpty() && all.getLast().isEmpty()) {
      all.removeLast();
    }
    return all;
  }

  private static Map.Entry<Pattern, String> mask(String pattern, String stands) {
    return Map.entry(Pattern.compile(pattern), stands);
  }
}
