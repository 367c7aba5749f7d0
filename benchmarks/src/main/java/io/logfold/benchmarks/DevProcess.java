package io.logfold.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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

/** A node in development mode, started as a user does it, with the launcher, in a process of its own. */
final class DevProcess implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("logfold is ready at (\\S+),.*");
  private static final long START_SECONDS = 60;
  private static final long STOP_SECONDS = 20;

  private final Process process;
  private final String url;

  private DevProcess(Process process, String url) {
    this.process = process;
    this.url = url;
  }

  /**
   * @param root the checkout, which holds the launcher
   * @param data the node's data folder; what the process says goes to {@code dev.err} beside it
   * @param options further options of {@code logfold dev}
   * @param javaOptions for the node's JVM
   */
  static DevProcess start(Path root, Path data, List<String> options, String javaOptions)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(root.resolve("logfold").toString(), "dev", "--data", data.toString(),
        "--port", "0"));
    command.addAll(options);
    Path said = data.resolveSibling("dev.err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(said.toFile());
    builder.environment().put("LOGFOLD_JAVA", Path.of(System.getProperty("java.home"), "bin", "java").toString());
    builder.environment().merge("LOGFOLD_JAVA_OPTS", javaOptions, (given, ours) -> given + " " + ours);
    Process process = builder.start();
    CompletableFuture<String> ready = new CompletableFuture<>();
    Thread.ofVirtual().start(() -> read(process, ready));
    try {
      return new DevProcess(process, ready.get(START_SECONDS, TimeUnit.SECONDS));
    } catch (ExecutionException | TimeoutException e) {
      stop(process);
      throw new IOException(
          "the node did not start within " + START_SECONDS + " s; it said:\n" + Files.readString(said), e);
    }
  }

  /** Reads on after the ready line, so that the process is never held up by a full pipe. */
  private static void read(Process process, CompletableFuture<String> ready) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher matcher = READY.matcher(line);
        if (matcher.matches()) {
          ready.complete(matcher.group(1));
        }
      }
      ready.completeExceptionally(new IOException("the process ended"));
    } catch (IOException e) {
      ready.completeExceptionally(e);
    }
  }

  String url() {
    return url;
  }

  long pid() {
    return process.pid();
  }

  /** Processor time of the process so far. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  @Override
  public void close() throws InterruptedException {
    stop(process);
  }

  private static void stop(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      process.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
    }
  }
}
