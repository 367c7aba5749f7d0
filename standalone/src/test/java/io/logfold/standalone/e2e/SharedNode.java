package io.logfold.standalone.e2e;

import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One node of development mode over RocksDB for all the test classes that are extended by this; closed behind the last. */
final class SharedNode implements BeforeAllCallback {
  private static volatile String url = "";

  static String url() {
    return url;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    context.getRoot().getStore(ExtensionContext.Namespace.create(SharedNode.class))
        .computeIfAbsent("node", any -> new Running(), Running.class);
  }

  /** The node with its folder. */
  private static final class Running implements AutoCloseable {
    private final Path folder;
    private final EmbeddedNode node;

    Running() {
      try {
        folder = Files.createTempDirectory("shared-node");
        Path data = folder.resolve("data");
        node = EmbeddedNode.start(new DevOptions(data, "127.0.0.1", 0, "rocksdb:" + data.resolve("table"), 3, "header", 64L << 20, 0),
            why -> {});
      } catch (Exception e) {
        throw new IllegalStateException("the shared node did not start", e);
      }
      url = node.url();
    }

    @Override
    public void close() throws IOException {
      node.close();
      List<Path> deepestFirst;
      try (Stream<Path> all = Files.walk(folder)) {
        deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    }
  }
}
