package io.logfold.benchmarks;

import io.logfold.log.testing.Signals;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A node of a cluster: {@code logfold server}, started with the launcher, in a process of its own that may be ended and
 * started again at the same address. Its log is {@code NAME.log} in its folder. One thread at a time.
 */
final class ServerProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 120;
  /** Of /proc's counters; fixed in practice. */
  private static final long TICKS_PER_SECOND = 100;

  private final String name;
  private final Path root;
  private final Path folder;
  private final int port;
  private final Path config;
  private @Nullable Process process;
  private CompletableFuture<Void> ready = new CompletableFuture<>();

  /**
   * @param root the checkout, which holds the launcher
   * @param folder for its data and log
   * @param settings lines of its configuration file but for those about this node
   */
  ServerProcess(String name, Path root, Path folder, String settings) throws IOException {
    this.name = name;
    this.root = root;
    this.folder = Files.createDirectories(folder);
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.port = free.getLocalPort();
    }
    this.config = Files.writeString(folder.resolve(name + ".properties"), settings + "node=" + name + "\ndata="
        + folder.resolve(name) + "\nlisten.host=127.0.0.1\nlisten.port=" + port + "\n");
  }

  String name() {
    return name;
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Starts it and does not wait. */
  void begin() throws IOException {
    ProcessBuilder builder = new ProcessBuilder(root.resolve("logfold").toString(), "server", "--config", config.toString())
        .redirectErrorStream(true);
    builder.environment().put("LOGFOLD_JAVA", Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Three of them, and three brokers, on one machine.
    builder.environment().merge("LOGFOLD_JAVA_OPTS", "-Xmx768m", (given, ours) -> ours + " " + given);
    Process started = builder.start();
    process = started;
    CompletableFuture<Void> serves = new CompletableFuture<>();
    ready = serves;
    Thread.ofPlatform().daemon().name(name + "-output").start(() -> follow(started, serves));
  }

  private void follow(Process started, CompletableFuture<Void> serves) {
    Path log = folder.resolve(name + ".log");
    try (BufferedReader lines = started.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        if (line.startsWith("logfold is ready at ")) {
          serves.complete(null);
        }
      }
    } catch (IOException e) {
      // It was killed in mid-line.
    }
    serves.completeExceptionally(new IOException(name + " ended before it was ready"));
  }

  /** Waits until it says that it is ready. */
  void awaitReady() throws IOException, InterruptedException {
    try {
      ready.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      Path log = folder.resolve(name + ".log");
      throw new IOException(name + " did not start within " + PATIENCE_SECONDS + " s; it said:\n"
          + (Files.exists(log) ? Files.readString(log) : "nothing"), e);
    }
  }

  /** As kill -9 does; returns when it is dead. */
  void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  /** SIGTERM, as a service manager stops it; returns when it has ended. */
  void stop() throws IOException, InterruptedException {
    Process running = running();
    Signals.send("TERM", running);
    if (!running.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException(name + " did not stop within " + PATIENCE_SECONDS + " s");
    }
  }

  private Process running() throws IOException {
    if (process == null || !process.isAlive()) {
      throw new IOException(name + " does not run");
    }
    return process;
  }

  /** Processor time of the process so far, from /proc. */
  Duration cpu() throws IOException {
    return ticks(Path.of("/proc", Long.toString(running().pid()), "stat"));
  }

  /** Processor time by the name of the thread, without the numbers that tell like ones apart; the kernel cuts names short. */
  Map<String, Duration> cpuByThread() throws IOException {
    Map<String, Duration> times = new TreeMap<>();
    try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(running().pid()), "task"))) {
      for (Path task : tasks.toList()) {
        try {
          String thread = Files.readString(task.resolve("comm")).strip().replaceAll("[-_#0-9]+$", "");
          times.merge(thread, ticks(task.resolve("stat")), Duration::plus);
        } catch (IOException e) {
          // The thread has ended.
        }
      }
    }
    return times;
  }

  private static Duration ticks(Path stat) throws IOException {
    String line = Files.readString(stat);
    // The name, in parentheses, may hold anything. Behind it: state ppid ... utime and stime are the 12th and 13th.
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
    return Duration.ofMillis((Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 1_000 / TICKS_PER_SECOND);
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
