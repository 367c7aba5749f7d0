package io.logfold.standalone.server;

import io.logfold.api.StoreException;
import io.logfold.query.LeaderClock;
import io.logfold.query.WriteGate;
import io.logfold.query.server.dynamodb.auth.AccessKeys;
import io.logfold.query.tables.TableRegistry;
import io.logfold.query.values.MasterKey;
import io.logfold.standalone.node.FolderLock;
import io.logfold.standalone.node.NodeParts;
import io.logfold.standalone.node.RunningNode;
import io.logfold.standalone.node.Startup;
import io.logfold.standalone.node.StartupException;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node of a cluster: all parts of a node, on brokers that exist already. Nothing is written, and nobody is told of
 * this node, before its configuration, its data folder and the topic were found to be right.
 */
public final class ServerNode implements RunningNode {
  private static final Logger log = LoggerFactory.getLogger(ServerNode.class);

  private final ServerConfig config;
  private final Consumer<String> onFatal;
  private volatile String failure = "";
  private String url = "";
  private @Nullable FolderLock lock;
  private @Nullable NodeParts parts;
  private boolean closed;

  private ServerNode(ServerConfig config, Consumer<String> onFatal) {
    this.config = config;
    this.onFatal = onFatal;
  }

  /**
   * Starts a node and waits until it answers: every partition has a leader that it knows, and none has halted here.
   *
   * @param onFatal told, from any thread, when this node must not go on: the process should end
   */
  public static ServerNode start(ServerConfig config, Consumer<String> onFatal) throws StartupException {
    ServerNode node = new ServerNode(config, onFatal);
    return Startup.run(node, node::startParts);
  }

  private void startParts() throws StartupException, InterruptedException {
    int port = Startup.choosePort(config.host(), config.port(), "listen.port");
    url = config.advertised().orElse("http://" + config.host() + ":" + port);
    TableRegistry.check(NodeParts.tablesFile(config.data()));
    config.identity().expectIn(config.data());
    Optional<MasterKey> master = config.masterKeyFile().map(MasterKey::read);
    NodeParts.preloadServer();
    String relaxed = new StoreTopic(config).check();
    if (!relaxed.isEmpty()) {
      log.warn("kafka.relaxed=true lets pass {}: acknowledged writes may be lost with a broker; for trying out only",
          relaxed);
    }
    Startup.makeFolder(config.data());
    lock = FolderLock.take(config.data());
    config.identity().keepIn(config.data());

    NodeParts opening = new NodeParts(new NodeParts.Settings(config.identity(), config.genesis(), config.kafka(),
        config.data(), config.table(), config.host(), port, url, config.memtableBytes(),
        config.principalSource(), config.history(), master, config.mode(), accessKeys(config)), LeaderClock.SYSTEM);
    parts = opening;
    ClusterMembership membership = opening.keep(new ClusterMembership(config, url));
    opening.open(WriteGate.OPEN, membership.peers());
    opening.serve(membership.join(opening.node(), this::fail), this::failure);
    opening.keep(membership::leave); // the first thing when the node closes: others lead, then this one ends
  }

  private static AccessKeys accessKeys(ServerConfig config) throws StartupException {
    try {
      return config.accessKeysFile().map(AccessKeys::read).orElseGet(AccessKeys::none);
    } catch (StoreException e) {
      throw new StartupException(String.valueOf(e.getMessage()), e);
    }
  }

  /** For good: whoever runs this process is told. */
  private void fail(String why) {
    log.error(why);
    failure = why;
    onFatal.accept(why);
  }

  @Override
  public Optional<String> failure() {
    String why = failure;
    return why.isEmpty() ? Optional.empty() : Optional.of(why);
  }

  @Override
  public String url() {
    return url;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (parts != null) {
      parts.close();
    }
    if (lock != null) {
      lock.close();
    }
  }
}
