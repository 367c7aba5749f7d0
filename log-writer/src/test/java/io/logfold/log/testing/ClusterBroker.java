package io.logfold.log.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.EligibleLeaderReplicasVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/**
 * One broker of a {@link BrokerCluster}, with its controller, in a process of its own: it can be killed, stood still and
 * started again. It ends with the JVM that started it, unless that dies while it stands still.
 *
 * <p>One thread at a time.
 */
public final class ClusterBroker {
  private static final String READY = "broker-ready";
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int PORT_ATTEMPTS = 3;

  private final int id;
  private final Path folder;
  private final BrokerCluster cluster;
  private @Nullable Process process;
  private CompletableFuture<Void> ready = new CompletableFuture<>();
  private boolean standsStill;

  ClusterBroker(int id, Path folder, BrokerCluster cluster) {
    this.id = id;
    this.folder = folder;
    this.cluster = cluster;
  }

  /** Number of the broker in the cluster, 1 and more. */
  public int id() {
    return id;
  }

  public boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** Starts it, on new ports, and does not wait. Its log is {@code broker.log} in its folder. */
  public void begin() throws IOException {
    if (isRunning()) {
      return;
    }
    Files.createDirectories(folder);
    format();
    Properties settings = cluster.settings(id, folder.resolve("data"), ClusterBroker::freePort);
    Path file = folder.resolve("broker.properties");
    try (OutputStream out = Files.newOutputStream(file)) {
      settings.store(out, null);
    }
    process = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx320m", "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp", System.getProperty("java.class.path"),
        ClusterBroker.class.getName(), file.toString())
        .redirectErrorStream(true)
        .start();
    standsStill = false;
    ready = new CompletableFuture<>();
    follow(process, ready);
  }

  /** Waits until it serves, which needs a majority of the cluster. Takes other ports where somebody has taken its own. */
  public void awaitReady() throws IOException, InterruptedException {
    for (int attempt = 1;; attempt++) {
      try {
        ready.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return;
      } catch (ExecutionException | TimeoutException e) {
        if (e instanceof TimeoutException || attempt == PORT_ATTEMPTS) {
          throw new IOException("broker " + id + " does not serve; see " + folder.resolve("broker.log"), e);
        }
        begin();
      }
    }
  }

  /** As kill -9 does; returns when it is dead. */
  public void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  /** As an operator stops it: leaderships are handed over first. */
  public void shutDown() throws IOException, InterruptedException {
    signal("TERM");
    if (process != null && !process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new IOException("broker " + id + " did not shut down within " + PATIENCE);
    }
  }

  /** All its threads stand still until {@link #goOn}; its connections stay, and nobody answers on them. */
  public void standStill() throws IOException, InterruptedException {
    signal("STOP");
    standsStill = true;
  }

  public void goOn() throws IOException, InterruptedException {
    if (standsStill) {
      signal("CONT");
      standsStill = false;
    }
  }

  private void signal(String name) throws IOException, InterruptedException {
    if (process == null) {
      throw new IOException("broker " + id + " was never started");
    }
    Signals.send(name, process);
  }

  private void format() throws IOException {
    Path data = folder.resolve("data");
    if (Files.exists(data.resolve("meta.properties"))) {
      return;
    }
    try {
      new Formatter()
          .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .setNodeId(id)
          .setClusterId(cluster.clusterId())
          .setDirectories(List.of(data.toString()))
          .setMetadataLogDirectory(data.toString())
          .setControllerListenerName(BrokerCluster.controllerListener(id))
          .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
          .setFeatureLevel(EligibleLeaderReplicasVersion.FEATURE_NAME, EligibleLeaderReplicasVersion.ELRV_1.featureLevel())
          .run();
    } catch (Exception e) {
      throw new IOException("cannot format " + data, e);
    }
  }

  private void follow(Process started, CompletableFuture<Void> serves) {
    Thread thread = new Thread(() -> {
      try (BufferedReader lines = started.inputReader(StandardCharsets.UTF_8);
          PrintStream log = new PrintStream(Files.newOutputStream(folder.resolve("broker.log"),
              java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.APPEND),
              true, StandardCharsets.UTF_8)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.equals(READY)) {
            serves.complete(null);
          }
          log.println(line);
        }
      } catch (IOException e) {
        // It was killed in mid-line.
      }
      serves.completeExceptionally(new IOException("broker " + id + " ended before it served"));
    }, "broker-" + id + "-output");
    thread.setDaemon(true);
    thread.start();
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("no free port", e);
    }
  }

  /** The process: a file of settings. Ends when its input does, and in order at SIGTERM. */
  public static void main(String[] args) throws IOException {
    Properties settings = new Properties();
    try (BufferedReader in = Files.newBufferedReader(Path.of(args[0]))) {
      settings.load(in);
    }
    KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(settings, false), Time.SYSTEM);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      server.shutdown();
      server.awaitShutdown();
    }, "broker-shutdown"));
    server.startup();
    System.out.println(READY);
    while (System.in.read() >= 0) {
      // Nothing is said to it; the end of input is the end of the process that started it.
    }
    Runtime.getRuntime().halt(0);
  }
}
