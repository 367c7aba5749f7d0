package io.logfold.log.kafka;

import io.logfold.api.Bytes;
import io.logfold.log.PartitionLog;
import io.logfold.log.testing.PartitionLogContract;
import io.logfold.log.testing.SharedBroker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The contract, kept by the log on Kafka; each handle is a node of its own. */
class KafkaPartitionLogTest extends PartitionLogContract {
  private final Map<String, String> topics = new HashMap<>();

  @Override
  protected PartitionLog open(String name) {
    String topic = topics.computeIfAbsent(name, any -> {
      String fresh = SharedBroker.freshTopic("contract");
      TopicSetup.createIfAbsent(SharedBroker.bootstrapServers(), TopicSpec.development(fresh, 1), Map.of(),
          Duration.ofSeconds(30));
      return fresh;
    });
    KafkaLogs node = KafkaLogs.open(KafkaLogsConfig.defaults(SharedBroker.bootstrapServers(), topic, "test"));
    return new Handle(node, node.log(0));
  }

  private record Handle(KafkaLogs node, PartitionLog log) implements PartitionLog, AutoCloseable {
    @Override
    public void append(Bytes record, AppendCallback callback) {
      log.append(record, callback);
    }

    @Override
    public CompletableFuture<LogBatch> read(long fromOffset, int maxBytes, long maxWaitMs) {
      return log.read(fromOffset, maxBytes, maxWaitMs);
    }

    @Override
    public void close() {
      node.close();
    }
  }
}
