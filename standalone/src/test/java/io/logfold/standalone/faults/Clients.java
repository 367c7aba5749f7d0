package io.logfold.standalone.faults;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Store;
import io.logfold.api.client.LogfoldClient;
import io.logfold.log.PartitionHash;
import io.logfold.standalone.faults.Operation.Register;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The clients of a run: a fixed number of {@link Worker}s, each with one operation under way, on a few keys of every
 * partition, through Java clients that know all nodes or only one. What they call and are answered is in the history.
 *
 * <p>It also says since when each partition answers again: the newest beginning of a call that was answered. Any thread.
 */
final class Clients implements AutoCloseable {
  private static final int WORKERS = 14;
  private static final int PARTITION_KEYS = 2;
  private static final int KEYS = 2;

  private final History history;
  private final int partitions;
  private final List<Register> registers = new ArrayList<>();
  private final List<LogfoldClient> clients = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();
  private final AtomicLongArray writtenSince;
  private final AtomicLongArray readSince;
  /** Greatest revision heard of, by partition: what a client that reads AT_LEAST would remember. */
  private final AtomicLongArray heard;
  private final Queue<String> violations = new ConcurrentLinkedQueue<>();
  private final Map<ErrorCode, AtomicLong> failures = new ConcurrentSkipListMap<>();
  private final Map<String, AtomicLong> served = new ConcurrentHashMap<>();
  final AtomicInteger resolved = new AtomicInteger();
  final AtomicInteger retried = new AtomicInteger();
  private volatile boolean stopping;

  private Clients(History history, int partitions, List<String> urls) {
    this.history = history;
    this.partitions = partitions;
    this.writtenSince = new AtomicLongArray(partitions);
    this.readSince = new AtomicLongArray(partitions);
    this.heard = new AtomicLongArray(partitions);
    long start = System.nanoTime();
    for (int partition = 0; partition < partitions; partition++) {
      writtenSince.set(partition, start);
      readSince.set(partition, start);
    }
    int[] found = new int[partitions];
    for (int i = 0; registers.size() < partitions * PARTITION_KEYS * KEYS; i++) {
      int partition = PartitionHash.partition(Bytes.utf8("pk-" + i), partitions);
      if (found[partition]++ < PARTITION_KEYS) {
        for (int key = 0; key < KEYS; key++) {
          registers.add(new Register("pk-" + i, "key-" + key));
        }
      }
    }
    var all = LogfoldClient.builder().keepAlive(Duration.ofSeconds(10));
    urls.forEach(all::server);
    clients.add(all.build());
    urls.forEach(url -> clients.add(LogfoldClient.builder().keepAlive(Duration.ofSeconds(10)).server(url).build()));
  }

  /**
   * @param urls of all nodes
   * @param pace how long a worker rests between two operations, about
   */
  static Clients start(History history, int partitions, List<String> urls, Duration pace, long seed) {
    Clients clients = new Clients(history, partitions, urls);
    Executor rest = CompletableFuture.delayedExecutor(pace.toMillis(), TimeUnit.MILLISECONDS);
    for (int i = 0; i < WORKERS; i++) {
      Worker worker = new Worker(i, clients, new Random(seed * 1_000 + i), rest);
      clients.workers.add(worker);
      worker.next();
    }
    return clients;
  }

  List<Register> registers() {
    return registers;
  }

  /** The one that knows all nodes. */
  Store store() {
    return clients.get(0);
  }

  /** Any of them: a client may ask again elsewhere. */
  Store any(Random random) {
    return clients.get(random.nextInt(clients.size()));
  }

  /** In the order of the nodes. */
  List<? extends Store> ofOneNode() {
    return clients.subList(1, clients.size());
  }

  History history() {
    return history;
  }

  boolean stopping() {
    return stopping;
  }

  int partition(Register register) {
    return PartitionHash.partition(Bytes.utf8(register.partitionKey()), partitions);
  }

  long heard(Register register) {
    return heard.get(partition(register));
  }

  void hear(Register register, long revision) {
    heard.accumulateAndGet(partition(register), revision, Math::max);
  }

  void answered(Register register, boolean write, long begunNanos) {
    AtomicLongArray since = write ? writtenSince : readSince;
    since.accumulateAndGet(partition(register), begunNanos, (old, now) -> now - old > 0 ? now : old);
  }

  void servedBy(String word) {
    served.computeIfAbsent(word, none -> new AtomicLong()).incrementAndGet();
  }

  void failed(ErrorCode code) {
    failures.computeIfAbsent(code, none -> new AtomicLong()).incrementAndGet();
  }

  void violation(String what) {
    violations.add(what);
  }

  /** What a client should never be told. */
  List<String> violations() {
    return List.copyOf(violations);
  }

  /** Whether each partition has answered a read and a write that began after this moment of {@link System#nanoTime}. */
  boolean answerSince(long nanos) {
    for (int partition = 0; partition < partitions; partition++) {
      if (writtenSince.get(partition) - nanos <= 0 || readSince.get(partition) - nanos <= 0) {
        return false;
      }
    }
    return true;
  }

  String summary() {
    return "failures by code " + failures + "; reads by level " + served + "; " + retried.get() + " attempts again, "
        + resolved.get() + " writes resolved";
  }

  /** No new operations; returns when each that is under way has ended, for good. */
  void finish() throws Exception {
    stopping = true;
    CompletableFuture.allOf(workers.stream().map(Worker::ended).toArray(CompletableFuture<?>[]::new))
        .get(120, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    stopping = true;
    clients.forEach(LogfoldClient::close);
  }
}
