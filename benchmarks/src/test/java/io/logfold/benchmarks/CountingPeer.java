package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Answers everything at once, and counts what it was asked for. One thread. */
final class CountingPeer implements Peer {
  final Map<String, Integer> operations = new TreeMap<>();
  final Map<Integer, Integer> reads = new HashMap<>();
  final Map<Integer, Integer> writes = new HashMap<>();
  int mostRows;

  private CompletableFuture<Boolean> answer(String operation) {
    operations.merge(operation, 1, Integer::sum);
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public String name() {
    return "counting";
  }

  @Override
  public Durability durability() {
    return new Durability(false, "none", "nothing is kept");
  }

  @Override
  public CompletableFuture<?> get(KeySpace keys, int key) {
    reads.merge(key, 1, Integer::sum);
    return answer("get");
  }

  @Override
  public CompletableFuture<Boolean> setIf(KeySpace keys, int lane, int key) {
    return answer("setIf");
  }

  @Override
  public CompletableFuture<?> set(KeySpace keys, int lane, int key) {
    writes.merge(key, 1, Integer::sum);
    return answer(key < keys.size() ? "set" : "insert");
  }

  @Override
  public CompletableFuture<?> delete(KeySpace keys, int lane, int key) {
    return answer("delete");
  }

  @Override
  public CompletableFuture<?> scan(KeySpace keys, Bytes partitionKey, int rows) {
    return answer("scan");
  }

  @Override
  public CompletableFuture<?> scanFrom(KeySpace keys, int firstKey, int rows) {
    mostRows = Math.max(mostRows, rows);
    return answer("scanFrom");
  }

  @Override
  public CompletableFuture<?> commit(KeySpace keys, int lane, int firstKey, int count) {
    return answer("commit");
  }

  @Override
  public Duration cpu() {
    return Duration.ZERO;
  }
}
