package io.logfold.standalone.e2e;

import io.logfold.log.testing.Signals;
import io.logfold.standalone.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code logfold dev} or {@code server} in a process of its own, to be signalled and killed. Close kills what still runs. */
public final class NodeProcess implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("logfold is ready at (http://\\S+), data in .*");
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final Process process;
  private final CompletableFuture<String> url = new CompletableFuture<>();
  private final CompletableFuture<Long> readyNanos = new CompletableFuture<>();
  private final CompletableFuture<String> stderr = new CompletableFuture<>();
  private final long startedNanos = System.nanoTime();

  private NodeProcess(Process process) {
    this.process = process;
    daemon("node-stdout", () -> {
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          Matcher matcher = READY.matcher(line);
          if (matcher.matches()) {
            readyNanos.complete(System.nanoTime() - startedNanos);
            url.complete(matcher.group(1));
          }
        }
      } catch (IOException e) {
        // It was killed in mid-line.
      }
      url.completeExceptionally(new IllegalStateException("the node ended before it was ready"));
    });
    daemon("node-stderr", () -> {
      StringBuilder said = new StringBuilder();
      try (BufferedReader lines = new BufferedReader(
          new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          said.append(line).append('\n');
        }
      } catch (IOException e) {
        // It was killed in mid-line.
      }
      stderr.complete(said.toString());
    });
  }

  /** Starts {@code dev} with these arguments; does not wait. */
  static NodeProcess start(List<String> arguments) throws IOException {
    return start("dev", arguments);
  }

  /** Starts {@code server} with this configuration file; does not wait. */
  static NodeProcess server(Path config) throws IOException {
    return start("server", List.of("--config", config.toString()));
  }

  private static NodeProcess start(String role, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(role));
    command.addAll(arguments);
    return new NodeProcess(process(command.toArray(String[]::new)).start());
  }

  /** This build with these arguments, not started yet. */
  public static ProcessBuilder process(String... arguments) {
    List<String> command = java();
    command.add(Main.class.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  /** The start of a command line that runs this build; a class and its arguments are to follow. */
  static List<String> java() {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx768m", "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED"));
    if (Runtime.version().feature() >= 23) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    // The class path of tests holds their logging too, which goes to standard output.
    command.add("-Dlogback.configurationFile=" + Main.class.getResource("/logback.xml"));
    // Where a test uses DynamoDB Local, its kit has set what that takes for credentials.
    for (String name : List.of("aws.accessKeyId", "aws.secretAccessKey")) {
      if (System.getProperty(name) != null) {
        command.add("-D" + name + "=" + System.getProperty(name));
      }
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    return command;
  }

  static NodeProcess start(Path data, String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("--data", data.toString(), "--port", "0"));
    arguments.addAll(List.of(more));
    return start(arguments);
  }

  /** Waits for the line that says it is ready. */
  String awaitUrl() throws InterruptedException {
    try {
      return url.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      String said = stderr.getNow("(nothing yet)");
      close();
      throw new AssertionError("the node did not become ready; on standard error it said:\n" + said, e);
    }
  }

  boolean isReady() {
    return url.isDone() && !url.isCompletedExceptionally();
  }

  /** From the start of the process to its ready line. */
  Duration startTime() {
    return Duration.ofNanos(readyNanos.join());
  }

  /** SIGKILL; returns when it is dead. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Sends a signal by its name, as a terminal or a service manager would. */
  void signal(String name) throws IOException, InterruptedException {
    Signals.send(name, process);
  }

  boolean endsWithin(Duration time) throws InterruptedException {
    return process.waitFor(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Waits for the end of the process. */
  int exitCode() throws InterruptedException {
    if (!endsWithin(PATIENCE)) {
      close();
      throw new AssertionError("the node did not end within " + PATIENCE);
    }
    return process.exitValue();
  }

  /** All it said there; waits for its end. */
  String stderr() {
    return stderr.join();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void daemon(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
  }
}
