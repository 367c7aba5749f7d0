package io.logfold.log.kafka;

import io.logfold.log.PartitionLog.AppendFailure;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's one idempotent producer (L3), and the count of what is in flight.
 *
 * <p>After nearly every error the same producer goes on: it raises its epoch by itself, by which the broker refuses what
 * may still be on its way from before. A few errors leave it in a state it never leaves; then it is closed and a new one
 * takes its place, at most once a second. A new one has another producer id, so a record of the old one that is still
 * on its way may come to lie behind records of the new one. All of these appends have failed with an unknown fate by then,
 * and a leader abandons its token on such a failure (L6): the late record is void, as it is behind the next claim.
 *
 * <p>Any thread may call; outcomes come on the producer's thread.
 */
final class NodeProducer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeProducer.class);
  /** What Kafka's framing of a record may cost, at most. */
  private static final int OVERHEAD = 96;
  private static final long REPLACE_EVERY_NS = 1_000_000_000L;

  private final Supplier<Producer<byte[], byte[]>> factory;
  private final long maxInFlightBytes;
  private final AtomicLong inFlightBytes = new AtomicLong();
  private volatile Producer<byte[], byte[]> current;
  private volatile boolean closed;
  private long replacedNs = System.nanoTime() - REPLACE_EVERY_NS;

  /** Told once how a record that was handed over ended; offset is -1 where Kafka does not say where it lies. */
  interface Outcome {
    void appended(long offset);

    void failed(AppendFailure failure);
  }

  NodeProducer(Supplier<Producer<byte[], byte[]>> factory, long maxInFlightBytes) {
    this.factory = factory;
    this.maxInFlightBytes = maxInFlightBytes;
    this.current = factory.get();
  }

  /** Waits, within the bound, until the producer knows the topic, so that the first append need not. */
  boolean knowsTopic(String topic, Duration within) {
    long untilNs = System.nanoTime() + within.toNanos();
    do {
      try {
        current.partitionsFor(topic);
        return true;
      } catch (TimeoutException e) {
        // max.block.ms is short; ask again.
      } catch (KafkaException e) {
        LOG.warn("the producer cannot learn about topic {}", topic, e);
        return false;
      }
    } while (System.nanoTime() < untilNs);
    return false;
  }

  /** Hands a record over. Where the answer is a failure, the outcome is never called. */
  Optional<AppendFailure> send(ProducerRecord<byte[], byte[]> record, Outcome outcome) {
    if (closed) {
      return refused(new IllegalStateException("the log is closed"));
    }
    int size = record.value().length + OVERHEAD;
    long inFlight = inFlightBytes.addAndGet(size);
    if (inFlight > maxInFlightBytes) {
      inFlightBytes.addAndGet(-size);
      return refused(new LogBusyException("a record of " + record.value().length + " bytes does not fit: "
          + (inFlight - size) + " of at most " + maxInFlightBytes + " bytes are appended and unanswered; slow down"));
    }
    Producer<byte[], byte[]> producer = current;
    Handoff handoff = new Handoff(producer, size, outcome);
    RuntimeException thrown = null;
    try {
      producer.send(record, handoff);
    } catch (RuntimeException e) {
      thrown = e;
    }
    return handoff.sent(thrown);
  }

  private static Optional<AppendFailure> refused(Throwable cause) {
    return Optional.of(new AppendFailure(true, cause));
  }

  /** Too much is appended and unanswered. */
  static final class LogBusyException extends RuntimeException {
    LogBusyException(String message) {
      super(message);
    }
  }

  /** One record in the producer's hands. */
  private final class Handoff implements Callback {
    private final Producer<byte[], byte[]> producer;
    private final int size;
    private final Outcome outcome;
    private final Thread caller = Thread.currentThread();
    private final AtomicBoolean settled = new AtomicBoolean();
    /** These two are the caller's own. */
    private boolean sending = true;
    private @Nullable Exception refusal;

    Handoff(Producer<byte[], byte[]> producer, int size, Outcome outcome) {
      this.producer = producer;
      this.size = size;
      this.outcome = outcome;
    }

    @Override
    public void onCompletion(RecordMetadata metadata, @Nullable Exception failure) {
      if (failure != null && Thread.currentThread() == caller && sending) {
        // Kafka tells some refusals through the callback, from within send.
        refusal = failure;
        return;
      }
      if (!settled.compareAndSet(false, true)) {
        return;
      }
      inFlightBytes.addAndGet(-size);
      if (failure == null) {
        outcome.appended(metadata.hasOffset() ? metadata.offset() : -1);
      } else {
        replaceIfFatal(producer, failure);
        outcome.failed(new AppendFailure(false, failure));
      }
    }

    Optional<AppendFailure> sent(@Nullable RuntimeException thrown) {
      sending = false;
      Exception failure = thrown != null ? thrown : refusal;
      if (failure == null || !settled.compareAndSet(false, true)) {
        return Optional.empty();
      }
      inFlightBytes.addAndGet(-size);
      if (refusedBeforehand(failure)) {
        return refused(failure);
      }
      // Kafka may throw after it put the record into a batch: then the batch may still travel.
      replaceIfBroken(producer, failure);
      return Optional.of(new AppendFailure(false, failure));
    }
  }

  /** Failures of send that Kafka raises only before a record is part of a batch. */
  private static boolean refusedBeforehand(Exception failure) {
    return failure instanceof TimeoutException
        || failure instanceof RecordTooLargeException
        || failure instanceof SerializationException;
  }

  private void replaceIfFatal(Producer<byte[], byte[]> producer, Exception failure) {
    // These and no others put an idempotent producer without transactions into its last state.
    if (failure instanceof ClusterAuthorizationException
        || failure instanceof ProducerFencedException
        || failure instanceof InvalidPidMappingException
        || failure instanceof UnsupportedVersionException) {
      replaceIfBroken(producer, failure);
    }
  }

  private synchronized void replaceIfBroken(Producer<byte[], byte[]> broken, Exception failure) {
    long now = System.nanoTime();
    if (closed || current != broken || now - replacedNs < REPLACE_EVERY_NS) {
      return;
    }
    replacedNs = now;
    LOG.warn("the producer cannot go on; a new one takes its place", failure);
    try {
      current = factory.get();
    } catch (KafkaException e) {
      LOG.error("no new producer could be made; the next failing append tries again", e);
      return;
    }
    // Elsewhere, because this may be its own thread, which must end first.
    Thread.ofVirtual().start(() -> broken.close(Duration.ZERO));
  }

  /** Gives what is in flight two seconds to be answered; the rest fails with its fate unknown. */
  @Override
  public void close() {
    Producer<byte[], byte[]> last;
    synchronized (this) {
      closed = true;
      last = current;
    }
    last.close(Duration.ofSeconds(2));
  }
}
