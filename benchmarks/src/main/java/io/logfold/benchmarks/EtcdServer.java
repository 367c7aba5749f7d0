package io.logfold.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One etcd of this machine, a process of its own with its data in a given folder: the one that the environment variable
 * {@code LOGFOLD_ETCD} names, else {@code etcd} of the PATH, as Debian's package etcd-server brings it.
 */
final class EtcdServer implements AutoCloseable {
  private static final String VARIABLE = "LOGFOLD_ETCD";
  private static final long STOP_SECONDS = 20;
  /** Room for all that a run writes: nothing is compacted meanwhile. */
  private static final long QUOTA_BYTES = 8L << 30;

  private final Process process;
  private final int port;

  private EtcdServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static Optional<Path> program() {
    String given = System.getenv(VARIABLE);
    Stream<Path> candidates = given != null ? Stream.of(Path.of(given))
        : Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1)).map(folder -> Path.of(folder, "etcd"));
    return candidates.filter(Files::isExecutable).findFirst();
  }

  static String missing() {
    return "there is no etcd: install Debian's etcd-server, or name the program with " + VARIABLE;
  }

  /** {@code 3.4.23}, or so. */
  static String version(Path program) throws IOException {
    Process asked = new ProcessBuilder(program.toString(), "--version").redirectErrorStream(true).start();
    Matcher version = Pattern.compile("etcd Version: (\\S+)").matcher(new String(asked.getInputStream().readAllBytes(),
        StandardCharsets.UTF_8));
    return version.find() ? version.group(1) : "of no known version";
  }

  /** Returns at once; it answers some moments later. */
  static EtcdServer start(Path program, Path data) throws IOException {
    int port = freePort();
    String clients = "http://127.0.0.1:" + port;
    String peers = "http://127.0.0.1:" + freePort();
    Files.createDirectories(data);
    Process process = new ProcessBuilder(program.toString(), "--name", "bench", "--data-dir", data.toString(),
        "--listen-client-urls", clients, "--advertise-client-urls", clients, "--listen-peer-urls", peers,
        "--initial-advertise-peer-urls", peers, "--initial-cluster", "bench=" + peers,
        "--quota-backend-bytes", Long.toString(QUOTA_BYTES), "--logger", "zap", "--log-level", "error")
        .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(data.resolveSibling("etcd.err").toFile()).start();
    return new EtcdServer(process, port);
  }

  int port() {
    return port;
  }

  Duration cpu() {
    return Machine.cpuOf(process.toHandle());
  }

  /** It may be gone when etcd wants it; then etcd does not start. */
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
