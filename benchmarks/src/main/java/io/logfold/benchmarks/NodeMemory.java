package io.logfold.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a node's process holds: by {@code jcmd} the objects that are left after a full collection, by class; and what the
 * system has given the process, which is more: the heap's free room, RocksDB's caches, code, threads.
 *
 * @param liveBytes of all objects
 * @param residentBytes of the process
 */
record NodeMemory(long liveBytes, Map<String, Long> bytesByClass, long residentBytes) {
  /** Number, instances, bytes, class, and its module. */
  private static final Pattern ROW = Pattern.compile("\\s*\\d+:\\s+\\d+\\s+(\\d+)\\s+(\\S+).*");

  /** Collects first, which stops the node meanwhile. */
  static NodeMemory of(long pid) throws IOException, InterruptedException {
    Process jcmd = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid),
        "GC.class_histogram").redirectErrorStream(true).start();
    String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (jcmd.waitFor() != 0) {
      throw new IOException("jcmd ended with status " + jcmd.exitValue() + ": " + said);
    }
    Map<String, Long> classes = histogram(said.lines().toList());
    return new NodeMemory(classes.values().stream().mapToLong(Long::longValue).sum(), classes,
        resident(Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))));
  }

  static Map<String, Long> histogram(List<String> lines) {
    Map<String, Long> bytes = new HashMap<>();
    for (String line : lines) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        bytes.merge(row.group(2), Long.parseLong(row.group(1)), Long::sum);
      }
    }
    return bytes;
  }

  static long resident(List<String> status) {
    return status.stream().filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) << 10).findFirst().orElse(0);
  }
}
