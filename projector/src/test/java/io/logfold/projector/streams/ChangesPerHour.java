package io.logfold.projector.streams;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The example of docs/audit/export.md: how many keys each principal changed in each hour, as a table to be queried.
 *
 * <p>The hour is part of the key rather than a window: partitions of the log are not read side by side, so an event may
 * come long after later ones of other partitions, and a window that had closed would leave it out.
 */
final class ChangesPerHour {
  static final String TABLE = "changes-per-hour";

  private ChangesPerHour() {}

  static void addTo(StreamsBuilder builder, String store, String topic) {
    count(EventStreams.events(builder, store, topic));
  }

  static void count(KStream<byte[], EventView> events) {
    events
        .filter((partitionKey, event) -> !event.mutations().isEmpty())
        .map((partitionKey, event) -> KeyValue.pair(
            hour(event.timeMs()) + " " + event.provenance().principal(), (long) event.mutations().size()))
        .groupByKey(Grouped.with(Serdes.String(), Serdes.Long()))
        .reduce(Long::sum, Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as(TABLE)
            .withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()));
  }

  static String hour(long timeMs) {
    return Instant.ofEpochMilli(timeMs).truncatedTo(ChronoUnit.HOURS).toString();
  }
}
