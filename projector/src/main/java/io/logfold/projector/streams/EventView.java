package io.logfold.projector.streams;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.log.LogRecord;
import java.util.List;

/**
 * A valid event and where it lies. Partition and LSN name it for ever: whoever must not count an event twice remembers
 * the last LSN of each partition.
 *
 * @param offset in the partition's Kafka log
 * @param event with all its metadata; values are the stored bytes, as the log has them
 */
public record EventView(long offset, LogRecord.Event event) {
  public int partition() {
    return event.header().partition();
  }

  /** The revision that its changes got. */
  public long lsn() {
    return event.lsn();
  }

  /** Milliseconds since the epoch; never goes back within a partition. */
  public long timeMs() {
    return event.timeMs();
  }

  /** Who, why and from where. */
  public Provenance provenance() {
    return event.provenance();
  }

  /** Empty where the event is about the partition and not about keys. */
  public Bytes partitionKey() {
    return event.partitionKey();
  }

  /** What it changed; empty where only a request's outcome is kept. */
  public List<Mutation> mutations() {
    return event.mutations();
  }
}
