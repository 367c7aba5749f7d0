package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.api.client.LogfoldClient;
import io.logfold.log.PartitionHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An open loop through a few Java clients that know all nodes: at a steady rate, in turn over the partitions, a linearizable
 * get or a set, alternately. What fails is asked again, a write under the same request id, until it succeeds or its time
 * is over; its latency counts from when it should have begun, so a pause is in the latency of all that fell into it.
 *
 * <p>Starts on one thread; answers come on the clients' threads. Any thread may ask for samples.
 */
final class MixedLoad implements AutoCloseable {
  private static final int CLIENTS = 3;
  private static final int KEYS = 10;
  private static final int VALUE_BYTES = 200;
  private static final long GIVE_UP_NANOS = 30_000_000_000L;
  private static final CallOptions OPTIONS = CallOptions.timeoutMs(2_500);
  private static final Executor SOON = CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS);

  private final List<LogfoldClient> clients = new ArrayList<>();
  private final List<Bytes> partitionKeys = new ArrayList<>();
  private final Queue<Sample> samples = new ConcurrentLinkedQueue<>();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicInteger retries = new AtomicInteger();
  private final AtomicReference<@Nullable String> firstLost = new AtomicReference<>();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
      Thread.ofPlatform().daemon().name("mixed-load").factory());
  private final Random random = new Random(1);
  private final long intervalNanos;
  private final long startNanos;
  private long begun;

  /**
   * One operation that succeeded; times as of {@link System#nanoTime}.
   *
   * @param servedBy the node that answered a read; empty for a write
   */
  record Sample(int partition, boolean read, long beganNanos, long endedNanos, String servedBy) {
    long nanos() {
      return endedNanos - beganNanos;
    }
  }

  /** @param rate operations each second, over all partitions */
  MixedLoad(ServerCluster cluster, int rate) {
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(cluster.client());
    }
    for (int partition = 0; partition < cluster.partitions(); partition++) {
      int i = 0;
      while (PartitionHash.partition(Bytes.utf8("pk-" + i), cluster.partitions()) != partition) {
        i++;
      }
      partitionKeys.add(Bytes.utf8("pk-" + i));
    }
    intervalNanos = 1_000_000_000L / rate;
    startNanos = System.nanoTime();
    var unused = timer.scheduleWithFixedDelay(this::startDue, 1, 1, TimeUnit.MILLISECONDS);
  }

  /** Whatever should have begun by now: a late turn of the timer makes up for the turns it missed. */
  private void startDue() {
    for (long due = startNanos + begun * intervalNanos; due - System.nanoTime() <= 0; due += intervalNanos) {
      int partition = (int) (begun % partitionKeys.size());
      boolean read = begun / partitionKeys.size() % 2 == 0;
      underWay.incrementAndGet();
      new Asking(partition, read, random.nextInt(CLIENTS), due).ask();
      begun++;
    }
  }

  /** What has succeeded so far, in no particular order. */
  List<Sample> samples() {
    return List.copyOf(samples);
  }

  /** Begins nothing more, and waits until everything that was begun has ended, one way or the other. */
  List<Sample> finish() throws InterruptedException {
    timer.shutdown();
    var unused = timer.awaitTermination(10, TimeUnit.SECONDS);
    while (underWay.get() > 0) {
      Thread.sleep(20);
    }
    return samples();
  }

  /** Operations that never succeeded, with why the first of them did not; and how many attempts were made again. */
  String trouble() {
    String why = firstLost.get();
    return lost.get() + " operations never succeeded" + (why == null ? "" : " (the first: " + why + ")") + ", "
        + retries.get() + " attempts were made again by the driver";
  }

  /** One operation until it succeeds. */
  private final class Asking {
    private final int partition;
    private final boolean read;
    private final LogfoldClient client;
    private final long dueNanos;
    private final Bytes key;
    private CommitRequest write;

    Asking(int partition, boolean read, int client, long dueNanos) {
      this.partition = partition;
      this.read = read;
      this.client = clients.get(client);
      this.dueNanos = dueNanos;
      this.key = Bytes.utf8("key-" + random.nextInt(KEYS));
      byte[] value = new byte[VALUE_BYTES];
      random.nextBytes(value);
      this.write = new CommitRequest(partitionKeys.get(partition), List.of(),
          List.of(new Mutation.Put(key, Bytes.wrap(value))),
          new RequestInfo(RequestId.random(random), 1, System.currentTimeMillis()), Provenance.NONE);
    }

    void ask() {
      CompletableFuture<String> answer = read
          ? client.get(new GetRequest(partitionKeys.get(partition), List.of(key), Consistency.LINEARIZABLE), OPTIONS)
              .thenApply(result -> result.position().servedBy())
          : client.commit(write, OPTIONS).thenApply(outcome -> "");
      var unused = answer.whenComplete((servedBy, failure) -> {
        long now = System.nanoTime();
        if (failure == null) {
          samples.add(new Sample(partition, read, dueNanos, now, servedBy));
          underWay.decrementAndGet();
          return;
        }
        StoreException why = StoreException.from(failure);
        if (now - dueNanos > GIVE_UP_NANOS || why.code().retry() == ErrorCode.Retry.NEVER) {
          lost.incrementAndGet();
          firstLost.compareAndSet(null, why.toString());
          underWay.decrementAndGet();
          return;
        }
        retries.incrementAndGet();
        write = new CommitRequest(write.partitionKey(), write.predicates(), write.mutations(),
            write.request().nextAttempt(), write.provenance());
        SOON.execute(this::ask);
      });
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    clients.forEach(LogfoldClient::close);
  }
}
