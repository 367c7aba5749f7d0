package io.logfold.log.testing;

import io.logfold.log.embedded.EmbeddedBroker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** An embedded broker in a JVM of its own, for tests that kill it. Ends with the JVM that started it. */
public final class BrokerProcess implements AutoCloseable {
  private static final String READY = "broker-port=";

  private final Process process;
  private final int port;

  private BrokerProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts it on a free port and returns when it serves. */
  public static BrokerProcess start(Path folder) throws IOException {
    return start(folder, 0);
  }

  public static BrokerProcess start(Path folder, int port) throws IOException {
    Process process = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx384m", "-XX:+UseSerialGC",
        "-cp", System.getProperty("java.class.path"), BrokerProcess.class.getName(),
        folder.toString(), Integer.toString(port))
        .redirectErrorStream(true)
        .start();
    StringBuilder said = new StringBuilder();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(READY)) {
        Thread drain = new Thread(() -> output.lines().forEach(any -> {}), "broker-process-output");
        drain.setDaemon(true);
        drain.start();
        return new BrokerProcess(process, Integer.parseInt(line.substring(READY.length())));
      }
      said.append(line).append('\n');
    }
    throw new IOException("the broker process ended before it served; it said:\n" + said);
  }

  public int port() {
    return port;
  }

  public long pid() {
    return process.pid();
  }

  /** As kill -9 does; returns when it is dead. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }

  /** The process: a folder, a port; ends when its input does. */
  public static void main(String[] args) throws IOException {
    EmbeddedBroker broker = EmbeddedBroker.builder(Path.of(args[0])).port(Integer.parseInt(args[1])).start();
    System.out.println(READY + broker.port());
    while (System.in.read() >= 0) {
      // Nothing is said to it; the end of input is the end of the process that started it.
    }
    Runtime.getRuntime().halt(0);
  }
}
