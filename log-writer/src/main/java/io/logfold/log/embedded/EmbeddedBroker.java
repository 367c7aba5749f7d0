package io.logfold.log.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.EligibleLeaderReplicasVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Kafka broker with its controller in this JVM, on 127.0.0.1, for development mode and tests.
 *
 * <p>The data folder is formatted at the first start and keeps its cluster id; what was acknowledged is there again after
 * {@link #close}, after kill -9, and on another port. One process at a time may use a folder. A single broker has
 * neither replicas nor a second in-sync copy: development mode says so.
 *
 * <p>Kafka would like to end the JVM when it cannot go on; {@link ExitGuard} says what happens instead. How much it
 * logs is the application's affair: loggers {@code kafka}, {@code org.apache.kafka} and {@code state.change.logger}.
 *
 * <p>All methods may be called from any thread.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final String HOST = "127.0.0.1";
  private static final int NODE_ID = 1;
  private static final int PORT_ATTEMPTS = 3;
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(15);

  private final KafkaRaftServer server;
  private final DataFolder folder;
  private final int port;
  private final Consumer<String> onFatal;
  private final CompletableFuture<String> failure;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EmbeddedBroker(KafkaRaftServer server, DataFolder folder, int port, Consumer<String> onFatal,
      CompletableFuture<String> failure) {
    this.server = server;
    this.folder = folder;
    this.port = port;
    this.onFatal = onFatal;
    this.failure = failure;
  }

  /** How to start a broker on a folder; by default on a free port, in Kafka's own durability. */
  public static Builder builder(Path dataFolder) {
    return new Builder(dataFolder);
  }

  /** What clients are given: host and port. */
  public String bootstrapServers() {
    return HOST + ":" + port;
  }

  public int port() {
    return port;
  }

  /** Why the broker gave up, where it did; empty while it is well. */
  public Optional<String> failure() {
    return failure.isDone() ? Optional.of(failure.join()) : Optional.empty();
  }

  /** Shuts down cleanly, within 15 s; what has not ended by then is left to the end of the process, and logged. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    ExitGuard.forget(onFatal);
    Thread closer = new Thread(() -> {
      stop(server);
      folder.close();
    }, "embedded-broker-close");
    closer.setDaemon(true);
    closer.start();
    try {
      if (!closer.join(CLOSE_WITHIN)) {
        LOG.warn("the embedded broker on {} did not shut down within {} s; its folder {} stays locked until it has",
            bootstrapServers(), CLOSE_WITHIN.toSeconds(), folder.path());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void stop(KafkaRaftServer server) {
    try {
      server.shutdown();
      server.awaitShutdown();
    } catch (RuntimeException | ExitGuard.BrokerHalted e) {
      LOG.warn("the embedded broker did not shut down cleanly", e);
    }
  }

  /** Settings of a broker that is not started yet. */
  public static final class Builder {
    private final Path dataFolder;
    private int port;
    private Durability durability = Durability.PAGE_CACHE;
    private Consumer<String> onFatal = why -> {};

    private Builder(Path dataFolder) {
      this.dataFolder = dataFolder;
    }

    /** Port on 127.0.0.1; 0, the default, takes a free one. */
    public Builder port(int value) {
      if (value < 0 || value > 65_535) {
        throw new BrokerStartException("the broker's port must be 0 (any free one) to 65535, got " + value);
      }
      port = value;
      return this;
    }

    public Builder durability(Durability value) {
      durability = value;
      return this;
    }

    /** Told, on a thread of Kafka, why the broker gave up; to be called once or more, and must not block. */
    public Builder onFatal(Consumer<String> value) {
      onFatal = value;
      return this;
    }

    /**
     * Starts the broker and returns when it serves clients: after 1 to 3 s, and 1.5 s later where it was killed before.
     *
     * @throws BrokerStartException with one clear line where the folder is in use, the port is taken, or Kafka fails
     */
    public EmbeddedBroker start() {
      DataFolder folder = DataFolder.take(dataFolder);
      try {
        return start(folder);
      } catch (RuntimeException | Error e) {
        folder.close();
        throw e;
      }
    }

    private EmbeddedBroker start(DataFolder folder) {
      CompletableFuture<String> failure = new CompletableFuture<>();
      Consumer<String> listener = why -> {
        failure.complete(why);
        onFatal.accept(why);
      };
      format(folder.path());
      ExitGuard.listen(listener);
      for (int attempt = 1;; attempt++) {
        int clientPort = port == 0 ? freePort() : checkFree(port);
        KafkaRaftServer server = null;
        try {
          server = new KafkaRaftServer(
              KafkaConfig.fromProps(BrokerSettings.of(NODE_ID, HOST, folder.path(), clientPort, freePort(), durability),
                  false),
              Time.SYSTEM);
          server.startup();
          return new EmbeddedBroker(server, folder, clientPort, listener, failure);
        } catch (RuntimeException | ExitGuard.BrokerHalted e) {
          if (server != null) {
            stop(server);
          }
          // Between the choice of a free port and its use somebody else may have taken it.
          if (attempt < PORT_ATTEMPTS && BrokerSettings.saysPortTaken(e)) {
            continue;
          }
          ExitGuard.forget(listener);
          throw new BrokerStartException("the embedded broker on " + folder.path() + " could not start: " + rootOf(e)
              + (failure.isDone() ? " (" + failure.join() + ")" : ""), e);
        }
      }
    }
  }

  private static void format(Path folder) {
    if (Files.exists(folder.resolve("meta.properties"))) {
      return;
    }
    try {
      // meta.properties is written last, so a format that was killed half way is done again.
      new Formatter()
          .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .setNodeId(NODE_ID)
          .setClusterId(Uuid.randomUuid().toString())
          .setDirectories(List.of(folder.toString()))
          .setMetadataLogDirectory(folder.toString())
          .setControllerListenerName(BrokerSettings.CONTROLLER)
          .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
          .setFeatureLevel(EligibleLeaderReplicasVersion.FEATURE_NAME, EligibleLeaderReplicasVersion.ELRV_1.featureLevel())
          .run();
    } catch (Exception e) {
      throw new BrokerStartException("cannot format the data folder " + folder + ": " + rootOf(e)
          + "; give an empty folder, or one that a broker of Logfold made", e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new BrokerStartException("no free port on " + HOST + ": " + e, e);
    }
  }

  private static int checkFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      // As Kafka does: a port that only waits for the last packets of an earlier broker counts as free.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(HOST, port));
      return port;
    } catch (IOException e) {
      throw new BrokerStartException("port " + port + " on " + HOST + " is taken by another program (" + e.getMessage()
          + "); stop that program or give another port (0: any free one)", e);
    }
  }

  private static String rootOf(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.toString();
  }
}
