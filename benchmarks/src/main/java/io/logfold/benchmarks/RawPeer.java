package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The raw Kafka producer, which appends and does nothing else. Each measurement has a topic of its own. */
final class RawPeer implements Peer {
  private final String bootstrapServers;
  private final int partitions;
  private final int recordBytes;
  private boolean flushed;
  private @Nullable RawProducer producer;

  RawPeer(String bootstrapServers, int partitions, int recordBytes) {
    this.bootstrapServers = bootstrapServers;
    this.partitions = partitions;
    this.recordBytes = recordBytes;
  }

  @Override
  public String name() {
    return "raw Kafka producer";
  }

  @Override
  public Durability durability() {
    return LogTopic.durability(flushed);
  }

  @Override
  public boolean knows(Workload workload) {
    return workload == Workload.SET;
  }

  @Override
  public void fill(KeySpace keys) {}

  @Override
  public CompletableFuture<?> set(KeySpace keys, int lane, int key) {
    RawProducer running = producer;
    return running == null ? refused() : running.append(lane);
  }

  @Override
  public CompletableFuture<?> get(KeySpace keys, int key) {
    return refused();
  }

  @Override
  public CompletableFuture<Boolean> setIf(KeySpace keys, int lane, int key) {
    return refused();
  }

  @Override
  public CompletableFuture<?> delete(KeySpace keys, int lane, int key) {
    return refused();
  }

  @Override
  public CompletableFuture<?> scan(KeySpace keys, Bytes partitionKey, int rows) {
    return refused();
  }

  @Override
  public CompletableFuture<?> scanFrom(KeySpace keys, int firstKey, int rows) {
    return refused();
  }

  @Override
  public CompletableFuture<?> commit(KeySpace keys, int lane, int firstKey, int count) {
    return refused();
  }

  private static <T> CompletableFuture<T> refused() {
    return CompletableFuture.failedFuture(new IllegalStateException("a producer only appends, to the topic of a measurement"));
  }

  @Override
  public void flushEachWrite(boolean flush) {
    flushed = flush;
  }

  @Override
  public void prepare() {
    producer = new RawProducer(bootstrapServers, partitions, recordBytes, LogTopic.settings(flushed));
  }

  @Override
  public void settle() {
    RawProducer ended = producer;
    producer = null;
    if (ended != null) {
      ended.close();
    }
  }

  @Override
  public void close() {
    settle();
  }
}
