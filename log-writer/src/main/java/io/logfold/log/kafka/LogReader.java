package io.logfold.log.kafka;

import io.logfold.log.PartitionLog.LogBatch;
import io.logfold.log.PartitionLog.LogUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reader of the node: a thread and a consumer that serve reads of all partitions.
 *
 * <p>Partitions with a waiting read are fetched, the others paused. An empty answer is given only on the word of a
 * broker that was asked after the read's time was up (or, with maxWaitMs 0, after the call): the consumer itself does not
 * tell "nothing there" from "nobody answers". The admin client asks, since the consumer's own way of asking would block all
 * partitions on one silent broker. Whether an offset is gone is for the fetch to say, whose leader epoch keeps a deposed
 * broker from answering.
 *
 * <p>The thread owns everything but the queue of what others want of it.
 */
final class LogReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogReader.class);
  private static final long LONGEST_POLL_NS = 1_000_000_000L;
  /** So long a partition is still fetched after its last read was answered: a tail comes back for more. */
  private static final long LINGER_NS = 200_000_000L;
  private static final long AFTER_ERROR_MS = 100;

  private final String topic;
  private final Consumer<byte[], byte[]> consumer;
  private final Admin admin;
  private final int boundMs;
  private final int fetchMaxWaitMs;
  private final LinkedBlockingQueue<Runnable> requests = new LinkedBlockingQueue<>();
  private final AtomicBoolean polling = new AtomicBoolean();
  private final CompletableFuture<Thread> thread = new CompletableFuture<>();
  private volatile boolean closed;

  private final Map<TopicPartition, PartitionReads> partitions = new HashMap<>();
  private final Map<TopicPartition, Long> lingerUntilNs = new HashMap<>();
  private final Set<TopicPartition> paused = new HashSet<>();

  /**
   * @param consumer its own, closed with it
   * @param admin the caller's
   * @param boundMs how long brokers may be silent before a read fails
   * @param fetchMaxWaitMs how long a fetch of the consumer waits for records
   */
  LogReader(String topic, Consumer<byte[], byte[]> consumer, Admin admin, int boundMs, int fetchMaxWaitMs) {
    this.topic = topic;
    this.consumer = consumer;
    this.admin = admin;
    this.boundMs = boundMs;
    this.fetchMaxWaitMs = fetchMaxWaitMs;
  }

  void start(String threadName) {
    Thread started = new Thread(this::run, threadName);
    started.setDaemon(true);
    thread.complete(started);
    started.start();
  }

  /** Any thread; the future is completed on the reader's. */
  CompletableFuture<LogBatch> read(int partition, long fromOffset, int maxBytes, long maxWaitMs) {
    if (fromOffset < 0 || maxBytes < 0 || maxWaitMs < 0) {
      throw new IllegalArgumentException("fromOffset, maxBytes and maxWaitMs must be 0 or more, got " + fromOffset + ", "
          + maxBytes + ", " + maxWaitMs);
    }
    PendingRead read = new PendingRead(fromOffset, maxBytes, maxWaitMs, boundMs, System.nanoTime());
    TopicPartition where = new TopicPartition(topic, partition);
    submit(() -> readsOf(where).add(read, System.nanoTime()));
    if (closed) {
      // Perhaps behind the thread's last look at the queue.
      read.future.completeExceptionally(closedFailure());
    }
    return read.future;
  }

  private void submit(Runnable request) {
    requests.add(request);
    if (polling.compareAndSet(true, false)) {
      consumer.wakeup();
    }
  }

  private void run() {
    try {
      while (!closed) {
        step();
      }
    } catch (InterruptException | InterruptedException e) {
      LOG.warn("the log reader was interrupted and ends");
    } catch (RuntimeException | Error e) {
      LOG.error("the log reader failed and ends; all reads of this node fail from now on", e);
    } finally {
      closed = true;
      requests.forEach(Runnable::run);
      partitions.values().forEach(reads -> reads.failAll("the log is closed", closedFailure()));
      consumer.close(CloseOptions.timeout(Duration.ofMillis(500)));
    }
  }

  private void step() throws InterruptedException {
    if (partitions.values().stream().allMatch(reads -> reads.waiting.isEmpty())) {
      // Without a group nobody expects to hear from a consumer that has nothing to do.
      requests.take().run();
    }
    for (Runnable request = requests.poll(); request != null; request = requests.poll()) {
      request.run();
    }
    long now = System.nanoTime();
    List<PartitionReads> served = new ArrayList<>();
    for (PartitionReads reads : partitions.values()) {
      if (!reads.waiting.isEmpty()) {
        served.add(reads);
        reads.serve(now);
        lingerUntilNs.put(reads.partition, now + LINGER_NS);
      }
    }
    askEnds(served, now);
    seek(served);
    pauseAndResume(now);
    long nextNs = LONGEST_POLL_NS;
    boolean anyWaits = false;
    for (PartitionReads reads : served) {
      anyWaits |= !reads.waiting.isEmpty();
      nextNs = Math.min(nextNs, reads.nextEventNs(now));
    }
    if (anyWaits) {
      poll(Duration.ofNanos(Math.max(0, nextNs)));
    }
  }

  private void askEnds(List<PartitionReads> served, long nowNs) {
    Map<PartitionReads, List<PendingRead>> askers = new HashMap<>();
    for (PartitionReads reads : served) {
      for (PendingRead read : reads.waiting) {
        if (read.wantsEnd(nowNs)) {
          read.askingEnd = true;
          askers.computeIfAbsent(reads, any -> new ArrayList<>()).add(read);
        }
      }
    }
    if (askers.isEmpty()) {
      return;
    }
    Map<TopicPartition, OffsetSpec> question = new HashMap<>();
    askers.keySet().forEach(reads -> question.put(reads.partition, OffsetSpec.latest()));
    ListOffsetsResult answer = admin.listOffsets(question);
    askers.forEach((reads, who) -> answer.partitionResult(reads.partition).whenComplete((end, problem) ->
        submit(() -> {
          if (end != null) {
            reads.endLearned(who, end.offset(), System.nanoTime());
          } else {
            reads.endNotLearned(who, problem, System.nanoTime());
          }
        })));
  }

  private void seek(List<PartitionReads> served) {
    for (PartitionReads reads : served) {
      long offset = reads.wantedSeek();
      if (offset >= 0) {
        if (!consumer.assignment().contains(reads.partition)) {
          Set<TopicPartition> assigned = new HashSet<>(consumer.assignment());
          assigned.add(reads.partition);
          consumer.assign(assigned);
        }
        consumer.seek(reads.partition, offset);
        reads.movedTo(offset);
      }
    }
  }

  private void pauseAndResume(long nowNs) {
    Set<TopicPartition> toPause = new HashSet<>();
    Set<TopicPartition> toResume = new HashSet<>();
    for (TopicPartition partition : consumer.assignment()) {
      PartitionReads reads = partitions.get(partition);
      boolean wanted = reads != null && (!reads.waiting.isEmpty()
          || (reads.bufferIsEmpty() && nowNs - lingerUntilNs.getOrDefault(partition, nowNs) < 0));
      if (wanted && paused.remove(partition)) {
        toResume.add(partition);
      } else if (!wanted && paused.add(partition)) {
        toPause.add(partition);
      }
    }
    if (!toPause.isEmpty()) {
      consumer.pause(toPause);
    }
    if (!toResume.isEmpty()) {
      consumer.resume(toResume);
    }
  }

  private void poll(Duration atMost) throws InterruptedException {
    polling.set(true);
    // A request from before the flag was up woke nobody.
    Duration wait = requests.isEmpty() ? atMost : Duration.ZERO;
    try {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(wait);
      polling.set(false);
      for (TopicPartition partition : consumer.assignment()) {
        PartitionReads reads = partitions.get(partition);
        if (reads != null && !paused.contains(partition)) {
          // Not consumer.position(): it may wait for this partition's broker, and hold up all the others.
          OffsetAndMetadata next = records.nextOffsets().get(partition);
          if (next != null) {
            long position = next.offset();
            reads.fetched(records.records(partition), position, position + consumer.currentLag(partition).orElse(0));
          }
        }
      }
    } catch (WakeupException e) {
      // There is a request.
    } catch (OffsetOutOfRangeException e) {
      // Also where the log was truncated below a position that had been read.
      e.offsetOutOfRangePartitions().keySet().forEach(partition -> drop(partition).gone(String.valueOf(e.getMessage())));
    } catch (InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      LOG.warn("reading the log failed", e);
      for (TopicPartition partition : Set.copyOf(consumer.assignment())) {
        PartitionReads reads = drop(partition);
        reads.lost();
        reads.failAll(String.valueOf(e.getMessage()), e);
      }
      // Callers come back at once; the error would too.
      Thread.sleep(AFTER_ERROR_MS);
    } finally {
      polling.set(false);
    }
  }

  /** Takes the partition from the consumer, which would otherwise raise the same error at every poll. */
  private PartitionReads drop(TopicPartition partition) {
    Set<TopicPartition> assigned = new HashSet<>(consumer.assignment());
    assigned.remove(partition);
    consumer.assign(assigned);
    paused.remove(partition);
    return readsOf(partition);
  }

  private PartitionReads readsOf(TopicPartition partition) {
    return partitions.computeIfAbsent(partition, any -> new PartitionReads(any, fetchMaxWaitMs));
  }

  private static LogUnavailableException closedFailure() {
    return new LogUnavailableException("no more reads", new IllegalStateException("the log is closed"));
  }

  /** Fails what waits; returns within 2 s. */
  @Override
  public void close() {
    closed = true;
    submit(() -> {});
    Thread running = thread.getNow(null);
    if (running != null && running != Thread.currentThread()) {
      try {
        if (!running.join(Duration.ofSeconds(2))) {
          LOG.warn("the log reader did not end within 2 s");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
