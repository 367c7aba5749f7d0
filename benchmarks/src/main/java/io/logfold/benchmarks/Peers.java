package io.logfold.benchmarks;

import io.logfold.api.client.LogfoldClient;
import io.logfold.standalone.dev.BrokerAddress;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Starts the peers that are wanted, and this store: one node in the driver's process, on whose broker the raw producer is
 * measured too, and one in a process of its own, as a user starts it. What is not installed is left out, and said.
 */
final class Peers {
  /** In the order of the tables. */
  enum Kind {
    RAW, EMBEDDED, CLIENT, REST, POSTGRES, ETCD, DYNAMODB;

    String option() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** One that runs and holds its keys. */
  record Running(Kind kind, Peer peer, PeerKeys keys) {}

  /**
   * @param connections most, of Postgres's pool
   * @param recordBytes of the raw producer
   * @param ycsb whether the keys of YCSB's workloads are filled too
   */
  record Settings(Path root, int keys, int valueBytes, int recordBytes, int connections, boolean ycsb) {}

  private static final int PARTITIONS = 4;

  private final Scratch scratch;
  private final Settings settings;
  private final List<Running> running = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();

  Peers(Scratch scratch, Settings settings) {
    this.scratch = scratch;
    this.settings = settings;
  }

  /** What cannot be started of the others is skipped; what cannot be started of this store ends the run. */
  void start(Set<Kind> wanted) throws Exception {
    if (wanted.contains(Kind.RAW) || wanted.contains(Kind.EMBEDDED)) {
      embedded(wanted);
    }
    if (wanted.contains(Kind.CLIENT) || wanted.contains(Kind.REST)) {
      process(wanted);
    }
    if (wanted.contains(Kind.POSTGRES)) {
      other(Kind.POSTGRES, () -> PostgresPeer.start(settings.connections()));
    }
    if (wanted.contains(Kind.ETCD)) {
      Path program = EtcdServer.program().orElse(null);
      if (program == null) {
        skip(Kind.ETCD, EtcdServer.missing());
      } else {
        other(Kind.ETCD, () -> EtcdPeer.start(program, scratch.folder().resolve("etcd")));
      }
    }
    if (wanted.contains(Kind.DYNAMODB)) {
      other(Kind.DYNAMODB, () -> DynamoPeer.start(keys().own()));
    }
  }

  List<Running> running() {
    return running;
  }

  /** A line for each. */
  List<String> skipped() {
    return skipped;
  }

  private void embedded(Set<Kind> wanted) throws Exception {
    Path data = scratch.folder().resolve("embedded");
    EmbeddedNode node = scratch.keep(EmbeddedNode.start(new DevOptions(data, "127.0.0.1", 0,
        "rocksdb:" + data.resolve("table"), PARTITIONS, "none", DevOptions.DEFAULT_MEMTABLE_BYTES,
        DevOptions.DEFAULT_LEAST_FREE_DISK_BYTES),
        why -> System.err.println("the embedded broker failed: " + why)));
    if (wanted.contains(Kind.RAW)) {
      add(Kind.RAW, new RawPeer(node.bootstrapServers(), PARTITIONS, settings.recordBytes()), keys());
    }
    if (wanted.contains(Kind.EMBEDDED)) {
      LogTopic topic = new LogTopic(node.bootstrapServers(), LogTopic.DEVELOPMENT);
      add(Kind.EMBEDDED, new StorePeer("this store, in process", node.store(), topic, () -> Duration.ZERO), keys());
    }
  }

  /** Client and REST are asked for the same keys of the same node. */
  private void process(Set<Kind> wanted) throws Exception {
    Path data = scratch.folder().resolve("dev");
    DevProcess node = scratch.keep(DevProcess.start(settings.root(), data,
        List.of("--partitions", Integer.toString(PARTITIONS)), ""));
    LogTopic topic = new LogTopic(BrokerAddress.read(data).orElseThrow(), LogTopic.DEVELOPMENT);
    PeerKeys keys = keys();
    Supplier<Duration> cpu = node::cpu;
    if (wanted.contains(Kind.CLIENT)) {
      LogfoldClient client = scratch.keep(LogfoldClient.connect(node.url()));
      add(Kind.CLIENT, new StorePeer("this store, Java client", client, topic, cpu), keys);
    }
    if (wanted.contains(Kind.REST)) {
      add(Kind.REST, new RestPeer(node.url(), topic, cpu), keys);
    }
  }

  private interface Start {
    Peer start() throws Exception;
  }

  private void other(Kind kind, Start start) throws Exception {
    Peer peer;
    try {
      peer = start.start();
    } catch (RuntimeException | IOException e) {
      skip(kind, "it does not start: " + e.getMessage());
      return;
    }
    add(kind, peer, keys());
  }

  private void skip(Kind kind, String why) {
    String line = kind.option() + ": skipped, " + why;
    skipped.add(line);
    System.err.println(line);
  }

  private PeerKeys keys() {
    return PeerKeys.of(settings.keys(), settings.valueBytes());
  }

  private void add(Kind kind, Peer peer, PeerKeys keys) throws Exception {
    scratch.keep(peer);
    if (keys.own().revision(0) == 0) {
      peer.fill(keys.own());
      peer.fill(keys.contended());
      if (settings.ycsb()) {
        peer.fill(keys.ycsb());
      }
    }
    running.add(new Running(kind, peer, keys));
  }
}
