package io.logfold.log.embedded;

import java.net.BindException;
import java.nio.file.Path;
import java.util.Properties;

/** The settings of the embedded broker: small, quick to start and to stop, and never making a topic by itself. */
final class BrokerSettings {
  static final String CONTROLLER = "CONTROLLER";

  private BrokerSettings() {}

  static Properties of(int nodeId, String host, Path folder, int clientPort, int controllerPort, Durability durability) {
    Properties p = new Properties();
    p.setProperty("process.roles", "broker,controller");
    p.setProperty("node.id", Integer.toString(nodeId));
    // A static quorum of one: its port may be another at every start, and nobody but this process asks it.
    p.setProperty("controller.quorum.voters", nodeId + "@" + host + ":" + controllerPort);
    p.setProperty("controller.listener.names", CONTROLLER);
    p.setProperty("listeners",
        "PLAINTEXT://" + host + ":" + clientPort + "," + CONTROLLER + "://" + host + ":" + controllerPort);
    p.setProperty("advertised.listeners", "PLAINTEXT://" + host + ":" + clientPort);
    p.setProperty("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT," + CONTROLLER + ":PLAINTEXT");
    p.setProperty("inter.broker.listener.name", "PLAINTEXT");
    p.setProperty("log.dirs", folder.toString());

    p.setProperty("auto.create.topics.enable", "false");
    p.setProperty("num.partitions", "1");
    p.setProperty("default.replication.factor", "1");
    p.setProperty("unclean.leader.election.enable", "false");
    p.setProperty("offsets.topic.num.partitions", "1");
    p.setProperty("offsets.topic.replication.factor", "1");
    p.setProperty("transaction.state.log.num.partitions", "1");
    p.setProperty("transaction.state.log.replication.factor", "1");
    p.setProperty("transaction.state.log.min.isr", "1");
    p.setProperty("share.coordinator.state.topic.num.partitions", "1");
    p.setProperty("share.coordinator.state.topic.replication.factor", "1");
    p.setProperty("share.coordinator.state.topic.min.isr", "1");
    p.setProperty("group.initial.rebalance.delay.ms", "0");

    p.setProperty("log.segment.bytes", Integer.toString(64 << 20));
    // Kafka allocates a segment's index in full beforehand; sparse files, but their numbers frighten people.
    p.setProperty("log.index.size.max.bytes", Integer.toString(1 << 20));
    p.setProperty("log.cleaner.dedupe.buffer.size", Integer.toString(8 << 20));
    p.setProperty("metadata.log.segment.bytes", Integer.toString(8 << 20));
    // By default the controller writes, and flushes, an empty record twice a second for ever.
    p.setProperty("metadata.max.idle.interval.ms", "5000");
    // After a kill -9 the controller, now new itself, waits this long before it believes that the old broker is gone.
    // Where this process itself stands still for longer, its broker is fenced until its next heartbeat: with one broker
    // that costs a moment's stall and no record, because the only replica stays the only one that may lead.
    p.setProperty("broker.session.timeout.ms", "1500");
    p.setProperty("broker.heartbeat.interval.ms", "300");
    if (durability == Durability.EVERY_WRITE) {
      p.setProperty("log.flush.interval.messages", "1");
    }

    p.setProperty("num.network.threads", "2");
    p.setProperty("num.io.threads", "3");
    p.setProperty("num.replica.fetchers", "1");
    p.setProperty("num.recovery.threads.per.data.dir", "2");
    p.setProperty("background.threads", "2");
    p.setProperty("group.coordinator.threads", "1");
    p.setProperty("share.coordinator.threads", "1");
    return p;
  }

  /** Whether a start failed because somebody else has the port. */
  static boolean saysPortTaken(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        return true;
      }
    }
    return false;
  }
}
