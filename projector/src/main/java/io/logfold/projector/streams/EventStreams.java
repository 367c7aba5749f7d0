package io.logfold.projector.streams;

import io.logfold.log.FoldState;
import io.logfold.log.LogScan;
import io.logfold.log.RecordCodec.Decoded;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogsConfig;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The valid events of a store's log, for Kafka Streams applications of anybody's own.
 *
 * <pre>{@code
 * StreamsBuilder builder = new StreamsBuilder();
 * EventStreams.events(builder, "main", "logfold.main")
 *     .filter((partitionKey, event) -> !event.mutations().isEmpty())
 *     .map((partitionKey, event) -> KeyValue.pair(event.provenance().principal(), (long) event.mutations().size()))
 *     .groupByKey(Grouped.with(Serdes.String(), Serdes.Long()))
 *     .reduce(Long::sum)
 *     .toStream().to("changes-per-principal");
 * }</pre>
 *
 * <ul>
 *   <li><b>Which.</b> Every valid event and no other record: stray, void, torn and repeated records are judged by the
 *       store's own fold and left out. Events that only keep a request's outcome, or name a serving table, come too, with no
 *       mutations.
 *   <li><b>How often.</b> With {@code processing.guarantee=exactly_once_v2} each event has its effect once. With
 *       {@code at_least_once} no event is lost, and those since the last commit are given again after a crash: same
 *       partition, LSN and content, in order. That is all the difference: an event is never held back for having been
 *       folded before, because its effects may have been lost in the crash.
 *   <li><b>Order.</b> By LSN within a partition, and so within a partition key. There is none between partitions.
 *   <li><b>Key and time.</b> The key is the partition key's bytes (none where an event has no partition key: an empty
 *       array), the timestamp the event's own time. Partitions are the store's, whose hash is not Kafka's: an
 *       operation by key makes Kafka Streams repartition, as it must.
 *   <li><b>Restarts.</b> Some states of the fold are kept in a small state store of the application, with a changelog. After
 *       a restart, a rebalance or the loss of all of that, the fold is brought to where the source goes on by reading the
 *       log with a consumer of its own, and a state is believed only if the log has the record it stands on. The longest
 *       such reading, from the log's beginning, is done at the log's reading speed and must fit into
 *       {@code max.poll.interval.ms}.
 *   <li><b>Trouble.</b> A log that contradicts itself, a record of a newer format, and a log that is not the one the
 *       application has seen before throw {@link io.logfold.api.StoreException} (CORRUPT, UNSUPPORTED, INVALID_ARGUMENT) out
 *       of the processor: by default the application stops. An exception handler that goes on skips every later event.
 *       With exactly_once_v2 a transaction that a stranger leaves open on the topic holds the application up until it ends.
 * </ul>
 */
public final class EventStreams {
  private static final Set<String> CONNECTION = Set.of("ssl.", "sasl.", "security.");

  private EventStreams() {}

  /**
   * Adds the source to a topology; it begins at the log's beginning, whatever {@code auto.offset.reset} says. Once for each
   * topic: branch the stream rather than make a second one.
   *
   * @param store its name: records of another are left out
   * @param topic the store's log, by default {@code logfold.STORE}
   */
  public static KStream<byte[], EventView> events(StreamsBuilder builder, String store, String topic) {
    return events(builder, store, topic, settings -> KafkaLogScan.open(logs(settings, topic)));
  }

  /** For values in repartition topics, joins and state stores. */
  public static Serde<EventView> eventSerde() {
    return new EventSerde();
  }

  static KStream<byte[], EventView> events(StreamsBuilder builder, String store, String topic,
      Function<Map<String, Object>, LogScan> scans) {
    Consumed<byte[], Decoded> log = Consumed.<byte[], Decoded>with(Serdes.ByteArray(), new DecodedSerde())
        .withTimestampExtractor(new LogTime())
        .withOffsetResetPolicy(AutoOffsetReset.earliest())
        .withName("logfold-log-" + topic);
    return builder.stream(topic, log)
        .process(new FoldSupplier(store, "logfold-fold-" + topic, scans), Named.as("logfold-events-" + topic));
  }

  /** Makes a processor for each task, with its state store. */
  private record FoldSupplier(String store, String slots, Function<Map<String, Object>, LogScan> scans)
      implements ProcessorSupplier<byte[], Decoded, byte[], EventView> {
    @Override
    public Processor<byte[], Decoded, byte[], EventView> get() {
      return new EventProcessor(store, slots, scans);
    }

    @Override
    public Set<StoreBuilder<?>> stores() {
      StoreBuilder<KeyValueStore<Integer, FoldState>> states = Stores.keyValueStoreBuilder(
          Stores.inMemoryKeyValueStore(slots), Serdes.Integer(), new FoldStateSerde());
      return Set.of(states);
    }
  }

  /** The scan goes to the application's own brokers, with its own means to prove who it is. */
  private static KafkaLogsConfig logs(Map<String, Object> settings, String topic) {
    Map<String, Object> consumer = new StreamsConfig(settings).getRestoreConsumerConfigs("logfold-events");
    Map<String, String> connection = new TreeMap<>();
    consumer.forEach((name, value) -> {
      if (value != null && CONNECTION.stream().anyMatch(name::startsWith)) {
        connection.put(name, text(value));
      }
    });
    String servers = text(java.util.Objects.requireNonNull(consumer.get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG)));
    return KafkaLogsConfig.defaults(servers, topic, "logfold-events").withConnection(connection);
  }

  private static String text(Object value) {
    return switch (value) {
      case Password secret -> secret.value();
      case Class<?> type -> type.getName();
      case Collection<?> several -> several.stream().map(String::valueOf).collect(Collectors.joining(","));
      default -> value.toString();
    };
  }
}
