package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.api.client.LogfoldClient;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import io.logfold.standalone.node.StartupException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node whose disk has less room than was asked for. */
@Timeout(120)
class DiskFullTest {
  private static final Bytes PK = Bytes.utf8("pk");
  private static final Bytes KEY = Bytes.utf8("key");

  @TempDir Path folder;

  @Test
  void writesAreRefusedAndReadsGoOn() throws Exception {
    try (EmbeddedNode node = start(0); BlockingStore store = new BlockingStore(LogfoldClient.connect(node.url()))) {
      store.set(PK, KEY, Bytes.utf8("before"));
    }
    try (EmbeddedNode node = start(Long.MAX_VALUE);
        BlockingStore store = new BlockingStore(LogfoldClient.connect(node.url()))) {
      assertThatThrownBy(() -> store.set(PK, KEY, Bytes.utf8("after"))).isInstanceOfSatisfying(StoreException.class,
          refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.DISK_FULL));
      assertThat(store.get(PK, KEY)).hasValueSatisfying(
          found -> assertThat(found.value()).isEqualTo(Bytes.utf8("before")));
    }
  }

  private EmbeddedNode start(long leastFreeBytes) throws StartupException {
    Path data = folder.resolve("data");
    return EmbeddedNode.start(
        new DevOptions(data, "127.0.0.1", 0, "rocksdb:" + data.resolve("table"), 1, "header", 64L << 20, leastFreeBytes), why -> {});
  }
}
