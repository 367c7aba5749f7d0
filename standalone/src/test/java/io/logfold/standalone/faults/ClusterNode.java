package io.logfold.standalone.faults;

import io.logfold.log.testing.FaultyLink;
import io.logfold.log.testing.Signals;
import io.logfold.standalone.e2e.NodeProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * {@code logfold server} in a process of its own, and the door through which clients and other nodes reach it, whose
 * address never changes. One thread at a time; the door may be used by any.
 */
final class ClusterNode {
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final String name;
  private final Path folder;
  private final String settings;
  private final FaultyLink door = new FaultyLink(0);
  private @Nullable Process process;
  private CompletableFuture<Void> ready = new CompletableFuture<>();
  private boolean standsStill;

  /** @param settings lines of the configuration file but for those about this process */
  ClusterNode(String name, Path folder, String settings) {
    this.name = name;
    this.folder = folder;
    this.settings = settings;
  }

  String name() {
    return name;
  }

  FaultyLink door() {
    return door;
  }

  String url() {
    return "http://127.0.0.1:" + door.port();
  }

  boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** Starts it, on a new port, and does not wait. Its log is {@code node.log} in its folder. */
  void begin() throws IOException {
    Files.createDirectories(folder);
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    door.leadTo(port);
    Path config = Files.writeString(folder.resolve("node.properties"), settings + "node=" + name + "\ndata="
        + folder.resolve("data") + "\nlisten.host=127.0.0.1\nlisten.port=" + port + "\nadvertised.address=" + url() + "\n");
    Process started = NodeProcess.process("server", "--config", config.toString()).redirectErrorStream(true).start();
    process = started;
    standsStill = false;
    CompletableFuture<Void> serves = new CompletableFuture<>();
    ready = serves;
    Thread thread = new Thread(() -> follow(started, serves), name + "-output");
    thread.setDaemon(true);
    thread.start();
  }

  private void follow(Process started, CompletableFuture<Void> serves) {
    Path log = folder.resolve("node.log");
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
    serves.completeExceptionally(new IOException(name + " ended before it served; see " + log));
  }

  /** Waits until it serves. */
  void awaitReady() throws IOException, InterruptedException {
    try {
      ready.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(name + " does not serve; see " + folder.resolve("node.log"), e);
    }
  }

  /** Whether it ended, by itself or not, within this time. */
  boolean endsWithin(Duration time) throws InterruptedException {
    return process == null || process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Whether it became ready, or said why not, within this time. */
  boolean settledWithin(Duration time) throws InterruptedException {
    try {
      ready.get(time.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException e) {
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  /** As kill -9 does; returns when it is dead. */
  void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  /** SIGTERM, as a service manager stops it; returns its exit code. */
  int stop() throws IOException, InterruptedException {
    Process running = running();
    Signals.send("TERM", running);
    if (!running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new IOException(name + " did not stop within " + PATIENCE);
    }
    return running.exitValue();
  }

  /** Every thread stands still until {@link #goOn}. */
  void standStill() throws IOException, InterruptedException {
    Signals.send("STOP", running());
    standsStill = true;
  }

  void goOn() throws IOException, InterruptedException {
    if (standsStill) {
      Signals.send("CONT", running());
      standsStill = false;
    }
  }

  private Process running() throws IOException {
    if (process == null || !process.isAlive()) {
      throw new IOException(name + " does not run; see " + folder.resolve("node.log"));
    }
    return process;
  }

  void close() throws InterruptedException {
    kill();
    door.close();
  }
}
