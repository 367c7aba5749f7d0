package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import io.logfold.api.Store;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** This store, in the driver's process or through the Java client. */
final class StorePeer implements Peer {
  private final String name;
  private final Store store;
  private final LogTopic topic;
  private final Supplier<Duration> cpu;

  /** Neither store nor topic is closed with it. */
  StorePeer(String name, Store store, LogTopic topic, Supplier<Duration> cpu) {
    this.name = name;
    this.store = store;
    this.topic = topic;
    this.cpu = cpu;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Durability durability() {
    return topic.durability();
  }

  @Override
  public CompletableFuture<?> get(KeySpace keys, int key) {
    return StoreWork.get(store, keys, key);
  }

  @Override
  public CompletableFuture<Boolean> setIf(KeySpace keys, int lane, int key) {
    return StoreWork.setIf(store, keys, lane, key);
  }

  @Override
  public CompletableFuture<?> set(KeySpace keys, int lane, int key) {
    return StoreWork.set(store, keys, lane, key);
  }

  @Override
  public CompletableFuture<?> delete(KeySpace keys, int lane, int key) {
    return StoreWork.delete(store, keys, lane, key);
  }

  @Override
  public CompletableFuture<?> scan(KeySpace keys, Bytes partitionKey, int rows) {
    return StoreWork.scan(store, partitionKey, rows);
  }

  @Override
  public CompletableFuture<?> scanFrom(KeySpace keys, int firstKey, int rows) {
    return StoreWork.scanFrom(store, keys, firstKey, rows);
  }

  @Override
  public CompletableFuture<?> commit(KeySpace keys, int lane, int firstKey, int count) {
    return StoreWork.commit(store, keys, lane, firstKey, count);
  }

  @Override
  public void flushEachWrite(boolean flush) throws Exception {
    topic.flushEachWrite(flush);
  }

  @Override
  public Duration cpu() {
    return cpu.get();
  }
}
