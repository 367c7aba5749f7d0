package io.logfold.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What a figure was measured on. Reads /proc where there is one. */
final class Machine {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  /** Of /proc/stat's counters; fixed in practice. */
  private static final long TICKS_PER_SECOND = 100;

  private Machine() {}

  /** In one line: processors, memory, Java, system. */
  static String describe() {
    return "%d x %s, %.0f GiB, %s %s, %s %s".formatted(Runtime.getRuntime().availableProcessors(), processor(),
        SYSTEM.getTotalMemorySize() / (double) (1L << 30), System.getProperty("java.vendor.version", "JDK"),
        System.getProperty("java.version"), System.getProperty("os.name"), System.getProperty("os.version"));
  }

  /** Processor time of this process. */
  static Duration ownCpu() {
    return Duration.ofNanos(SYSTEM.getProcessCpuTime());
  }

  /** Processor time of a process and those that it started, as far as they are still there. */
  static Duration cpuOf(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants())
        .map(each -> each.info().totalCpuDuration().orElse(Duration.ZERO)).reduce(Duration.ZERO, Duration::plus);
  }

  /** Processor time of the whole machine since it started, stolen time included; zero where that is not known. */
  static Duration busy() {
    for (String line : lines(Path.of("/proc/stat"))) {
      if (line.startsWith("cpu ")) {
        String[] ticks = line.trim().split(" +", -1);
        // user nice system idle iowait irq softirq steal
        long busy = 0;
        for (int column : new int[] {1, 2, 3, 6, 7, 8}) {
          busy += Long.parseLong(ticks[column]);
        }
        return Duration.ofMillis(busy * 1_000 / TICKS_PER_SECOND);
      }
    }
    return Duration.ZERO;
  }

  private static String processor() {
    return lines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst().orElse(System.getProperty("os.arch"));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
