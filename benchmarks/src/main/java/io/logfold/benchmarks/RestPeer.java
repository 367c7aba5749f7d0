package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** This store by REST. Up to 64 in flight, each on a connection of HTTP/1.1. */
final class RestPeer implements Peer {
  private static final int MOST_IN_FLIGHT = 64;

  private final RestWork rest;
  private final LogTopic topic;
  private final Supplier<Duration> cpu;

  /** The node is not closed with it. */
  RestPeer(String url, LogTopic topic, Supplier<Duration> cpu) {
    this.rest = new RestWork(url);
    this.topic = topic;
    this.cpu = cpu;
  }

  @Override
  public String name() {
    return "this store, REST";
  }

  @Override
  public Durability durability() {
    return topic.durability();
  }

  @Override
  public boolean takes(int inFlight) {
    return inFlight <= MOST_IN_FLIGHT;
  }

  @Override
  public CompletableFuture<?> get(KeySpace keys, int key) {
    return rest.get(keys, key);
  }

  @Override
  public CompletableFuture<Boolean> setIf(KeySpace keys, int lane, int key) {
    return rest.setIf(keys, lane, key);
  }

  @Override
  public CompletableFuture<?> set(KeySpace keys, int lane, int key) {
    return rest.set(keys, lane, key);
  }

  @Override
  public CompletableFuture<?> delete(KeySpace keys, int lane, int key) {
    return rest.delete(keys, key);
  }

  @Override
  public CompletableFuture<?> scan(KeySpace keys, Bytes partitionKey, int rows) {
    return rest.scan(partitionKey, rows);
  }

  @Override
  public CompletableFuture<?> scanFrom(KeySpace keys, int firstKey, int rows) {
    return rest.scanFrom(keys, firstKey, rows);
  }

  @Override
  public CompletableFuture<?> commit(KeySpace keys, int lane, int firstKey, int count) {
    return rest.commit(keys, lane, firstKey, count);
  }

  @Override
  public void flushEachWrite(boolean flush) throws Exception {
    topic.flushEachWrite(flush);
  }

  @Override
  public Duration cpu() {
    return cpu.get();
  }

  @Override
  public void close() {
    rest.close();
  }
}
