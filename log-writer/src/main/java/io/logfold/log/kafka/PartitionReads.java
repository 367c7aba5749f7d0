package io.logfold.log.kafka;

import io.logfold.api.Bytes;
import io.logfold.log.PartitionLog.LogBatch;
import io.logfold.log.PartitionLog.LogUnavailableException;
import io.logfold.log.PartitionLog.OffsetGoneException;
import io.logfold.log.PartitionLog.RawRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The reads that wait for one partition, and the records that were fetched beyond what has been asked for.
 *
 * <p>The first read in the queue is the one that is fetched for. The buffer holds every record in [bufferStart,
 * position), position being the consumer's; a read that begins there needs no seek. Where several wait and the first
 * finds nothing for a while, it goes to the back: one that waits at the tail does not stop one that scans history.
 *
 * <p>All of it is the reader thread's own.
 */
final class PartitionReads {
  private static final long ASK_AGAIN_NS = 100_000_000;

  final TopicPartition partition;
  final ArrayDeque<PendingRead> waiting = new ArrayDeque<>();

  /** Longer than a fetch may wait at the broker, so that a read in its turn surely sees an answer. */
  private final long turnNs;
  private final ArrayDeque<RawRecord> buffer = new ArrayDeque<>();
  private long bufferStart = -1;
  private long position = -1;
  private long knownEnd;
  private long turnEndsNs;

  PartitionReads(TopicPartition partition, int fetchMaxWaitMs) {
    this.partition = partition;
    this.turnNs = (2L * fetchMaxWaitMs + 10) * 1_000_000;
  }

  void add(PendingRead read, long nowNs) {
    if (waiting.isEmpty()) {
      turnEndsNs = nowNs + turnNs;
    }
    waiting.add(read);
  }

  boolean bufferIsEmpty() {
    return buffer.isEmpty();
  }

  /** Answers what can be answered now. */
  void serve(long nowNs) {
    waiting.removeIf(read -> read.future.isDone() || failedBy(read, nowNs));
    while (!waiting.isEmpty() && answered(waiting.getFirst())) {
      waiting.removeFirst();
      turnEndsNs = nowNs + turnNs;
    }
    // Reads behind the first: an end that is where they begin is answer enough.
    waiting.removeIf(read -> read.freshEnd == read.from && read != waiting.getFirst()
        && read.future.complete(new LogBatch(List.of(), read.from, read.from)));
    if (waiting.size() > 1 && nowNs - turnEndsNs >= 0) {
      waiting.addLast(waiting.removeFirst());
      turnEndsNs = nowNs + turnNs;
    }
  }

  private boolean failedBy(PendingRead read, long nowNs) {
    if (nowNs - read.failAtNs < 0) {
      return false;
    }
    String why = read.freshEnd >= 0 && read.freshEnd < read.from
        ? "its end is said to be " + read.freshEnd + ", and no broker says that " + read.from + " is gone"
        : "no answer from its broker";
    read.future.completeExceptionally(new LogUnavailableException(
        "partition " + partition + " cannot be read from offset " + read.from + ": " + why, read.lastProblem));
    return true;
  }

  private boolean answered(PendingRead read) {
    if (!covers(read.from) || (read.needsEnd && read.freshEnd < 0)) {
      return false;
    }
    while (!buffer.isEmpty() && buffer.getFirst().offset() < read.from) {
      buffer.removeFirst();
    }
    bufferStart = read.from;
    if (!buffer.isEmpty()) {
      List<RawRecord> records = take(read.maxBytes);
      bufferStart = buffer.isEmpty() ? position : records.getLast().offset() + 1;
      read.future.complete(new LogBatch(
          records, bufferStart, Math.max(position, Math.max(knownEnd, read.freshEnd))));
      return true;
    }
    // An end below where the read begins is not taken for an answer: a deposed broker may have said it. The fetch judges.
    if (read.freshEnd >= read.from && Math.max(read.freshEnd, knownEnd) <= position) {
      read.future.complete(new LogBatch(List.of(), position, position));
      return true;
    }
    return false;
  }

  private List<RawRecord> take(int maxBytes) {
    List<RawRecord> records = new ArrayList<>(Math.min(buffer.size(), 1_024));
    long bytes = 0;
    do {
      RawRecord record = buffer.removeFirst();
      bytes += record.value().size();
      records.add(record);
    } while (!buffer.isEmpty() && bytes + buffer.getFirst().value().size() <= maxBytes);
    return records;
  }

  private boolean covers(long offset) {
    return position >= 0 && bufferStart <= offset && offset <= position;
  }

  /** Where the consumer must be moved to for the first read; -1 where it is right. */
  long wantedSeek() {
    return waiting.isEmpty() || covers(waiting.getFirst().from) ? -1 : waiting.getFirst().from;
  }

  void movedTo(long offset) {
    buffer.clear();
    bufferStart = offset;
    position = offset;
  }

  /** Takes what a poll gave, and how far the consumer then was. */
  void fetched(List<ConsumerRecord<byte[], byte[]>> records, long newPosition, long end) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      byte[] value = record.value();
      // A stranger's record may have no value; it is no record of ours, and the fold will say so.
      buffer.add(new RawRecord(record.offset(), value == null ? Bytes.EMPTY : Bytes.wrap(value)));
    }
    position = newPosition;
    knownEnd = Math.max(knownEnd, end);
  }

  /** Forgets the position: the consumer is not to be trusted with it any more. */
  void lost() {
    buffer.clear();
    position = -1;
    knownEnd = 0;
  }

  /** The broker does not hold the first read's offset. */
  void gone(String why) {
    lost();
    if (!waiting.isEmpty()) {
      PendingRead read = waiting.removeFirst();
      read.future.completeExceptionally(new OffsetGoneException("partition " + partition + " does not hold offset "
          + read.from + ": it was removed or truncated, or this is another log (" + why + ")"));
    }
  }

  void failAll(String why, Throwable cause) {
    for (PendingRead read : waiting) {
      read.future.completeExceptionally(
          new LogUnavailableException("partition " + partition + " cannot be read: " + why, cause));
    }
    waiting.clear();
  }

  /** The answer to the question where the partition ends. */
  void endLearned(List<PendingRead> askers, long end, long nowNs) {
    for (PendingRead read : askers) {
      read.askingEnd = false;
      read.askAgainNs = nowNs + ASK_AGAIN_NS;
      read.freshEnd = end;
    }
  }

  /** No answer to that question; it will be put again. */
  void endNotLearned(List<PendingRead> askers, Throwable problem, long nowNs) {
    for (PendingRead read : askers) {
      read.askingEnd = false;
      read.askAgainNs = nowNs + ASK_AGAIN_NS;
      read.lastProblem = problem;
    }
  }

  long nextEventNs(long nowNs) {
    long next = Long.MAX_VALUE;
    for (PendingRead read : waiting) {
      next = Math.min(next, read.nextEventNs(nowNs));
    }
    return waiting.size() > 1 ? Math.min(next, turnEndsNs - nowNs) : next;
  }
}
