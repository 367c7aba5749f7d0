package io.logfold.standalone.e2e;

import io.logfold.api.Store;
import io.logfold.api.client.LogfoldClient;
import io.logfold.api.testing.StoreContract;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import io.logfold.standalone.node.StartupException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;

/** The whole contract of a node with a table in memory, all in one partition. */
class DevNodeInMemoryTest extends StoreContract {
  @TempDir static Path folder;

  private @Nullable EmbeddedNode node;

  @Override
  public Store openStore() {
    if (node == null) {
      node = start();
    }
    return LogfoldClient.connect(node.url());
  }

  private static EmbeddedNode start() {
    try {
      return EmbeddedNode.start(new DevOptions(folder.resolve("data"), "127.0.0.1", 0, "memory:", 1, "header", 64L << 20, 0), why -> {});
    } catch (StartupException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterAll
  void stopNode() {
    if (node != null) {
      node.close();
    }
  }
}
