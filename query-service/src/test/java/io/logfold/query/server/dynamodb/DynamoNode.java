package io.logfold.query.server.dynamodb;

import io.logfold.projector.table.Tables;
import io.logfold.query.server.LogfoldServer;
import io.logfold.query.server.dynamodb.auth.AccessKeys;
import io.logfold.query.testing.LocalNode;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;

/** A node in memory whose port offers DynamoDB's API to everybody. */
final class DynamoNode implements AutoCloseable {
  private final LocalNode node;
  private final LogfoldServer server;

  private DynamoNode(LocalNode node, LogfoldServer server) {
    this.node = node;
    this.server = server;
  }

  static DynamoNode start() {
    LocalNode node = LocalNode.start(Tables.open("memory:", LocalNode.STORE, 2), 2, leader -> leader);
    LogfoldServer server = LogfoldServer.builder(node.store()).port(0).drain(Duration.ZERO)
        .dynamo(new DynamoService(node.store(), AccessKeys.any(), InstantSource.system(), new SecureRandom())).start();
    return new DynamoNode(node, server);
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.port();
  }

  @Override
  public void close() {
    server.close();
    node.close();
  }
}
