package io.logfold.projector;

import io.logfold.projector.table.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.WallclockTimestampExtractor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a table equal to the fold of its store's log: a Kafka Streams application of one source topic and one
 * processor, with the {@link Table} as sink and as the only state. Where a history is kept, that is a second processor with
 * a table of its own: it is read once for both, judged once for both, and each stands where its own checkpoint says.
 *
 * <p>The group's offsets are never the truth. Kafka Streams commits them before, after or without what the table holds,
 * so the {@link TableConsumer} stands on each assignment where the table's checkpoint says, and every batch moves the
 * checkpoint by compare-and-set: killed anywhere, paused for any time, started twice, it neither loses nor doubles an
 * event (see {@link PartitionProjection}).
 *
 * <p>The table belongs to the caller, who closes it after the projector. All methods may be called from any thread.
 */
public final class Projector implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Projector.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
  private static final long REPLACE_PAUSE_MS = 500;
  private static final int FETCH_MAX_WAIT_MS = 200;

  private final ProjectorConfig config;
  private final Projections projections;
  private final Optional<Projections> history;
  private final KafkaStreams streams;
  private volatile String lastError = "";
  private volatile boolean closing;

  private Projector(ProjectorConfig config, Table table, Optional<HistorySink> historySink) {
    this.config = config;
    Duration flushInterval = Duration.ofMillis(config.flushIntervalMs());
    LongSupplier clockMs = () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    this.projections = Projections.ofState(config, table, clockMs);
    this.history = historySink.map(sink -> Projections.ofHistory(config, sink, clockMs));
    List<Projections> sinks = new ArrayList<>(List.of(projections));
    history.ifPresent(sinks::add);
    Topology topology = new Topology()
        .addSource("log", new ByteArrayDeserializer(), new ByteArrayDeserializer(), config.topic())
        .addProcessor("fold", processor(projections, flushInterval), "log");
    history.ifPresent(sink -> topology.addProcessor("history", processor(sink, flushInterval), "log"));
    this.streams = new KafkaStreams(topology, settings(config), new TableClientSupplier(sinks, flushInterval));
    streams.setUncaughtExceptionHandler(this::failed);
  }

  private static ProcessorSupplier<byte[], byte[], Void, Void> processor(Projections into, Duration flushInterval) {
    return () -> new FoldProcessor(into, flushInterval);
  }

  /** Starts in the background; {@link #status} tells how it goes. A broker that cannot be reached is waited for. */
  public static Projector start(ProjectorConfig config, Table table) {
    return start(config, table, Optional.empty());
  }

  /** The same, and keeps a history beside the table: {@link #historyStatus} tells how that goes. */
  public static Projector start(ProjectorConfig config, Table table, Optional<HistorySink> history) {
    Projector projector = new Projector(config, table, history);
    projector.streams.start();
    return projector;
  }

  public ProjectorStatus status() {
    return new ProjectorStatus(projections.status(), projections.eventsPerSecond(), streams.state().name(), lastError);
  }

  /** Of the history that is kept beside the table; empty where none is. */
  public Optional<ProjectorStatus> historyStatus() {
    return history.map(sink ->
        new ProjectorStatus(sink.status(), sink.eventsPerSecond(), streams.state().name(), lastError));
  }

  /** Applies what waits, as far as the table takes it, and stops; waits 10 seconds at most. May be called again. */
  @Override
  public void close() {
    closing = true;
    history.ifPresent(Projections::close);
    GroupMembershipOperation place =
        config.leaveOnClose() ? GroupMembershipOperation.LEAVE_GROUP : GroupMembershipOperation.REMAIN_IN_GROUP;
    if (!streams.close(CloseOptions.timeout(CLOSE_TIMEOUT).withGroupMembershipOperation(place))) {
      LOG.warn("{}: did not stop within {} s; what it still does, the table's checkpoint guards",
          config.applicationId(), CLOSE_TIMEOUT.toSeconds());
    }
  }

  private StreamThreadExceptionResponse failed(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof FencedInstanceIdException) {
        lastError = "another process runs as \"" + config.instanceId().orElse("") + "\" in group "
            + config.applicationId() + " and has taken over; this one stopped. Give each node a name of its own";
        LOG.error(lastError);
        return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
      }
    }
    lastError = String.valueOf(failure.getMessage());
    LOG.error("{}: a stream thread failed and is replaced", config.applicationId(), failure);
    if (!closing) {
      // A cause that stays, such as a missing topic, must not become a busy loop.
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(REPLACE_PAUSE_MS));
    }
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }

  private static Properties settings(ProjectorConfig config) {
    Properties settings = new Properties();
    settings.putAll(config.connection());
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, config.applicationId());
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    settings.put(StreamsConfig.STATE_DIR_CONFIG, config.stateDir().toString());
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.threads());
    // The records' own time plays no part, and a stranger's strange one must not stop the thread.
    settings.put(StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG, WallclockTimestampExtractor.class);
    settings.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG, true);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
    // group.protocol=streams goes around the client supplier, and with it around the seek.
    settings.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "classic");
    settings.put(StreamsConfig.ENABLE_METRICS_PUSH_CONFIG, false);
    settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 2_000);
    settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 2_000);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.ISOLATION_LEVEL_CONFIG), "read_uncommitted");
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_BYTES_CONFIG), 16 << 20);
    // Under load few large fetches: asked for every record, broker and stream thread took a third of a node's processor
    // time. The price is that a table is that much further behind when little is written.
    settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.FETCH_MIN_BYTES_CONFIG), 256 << 10);
    settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), FETCH_MAX_WAIT_MS);
    // Each round looks at every task: at Kafka's 100 ms that is most of what a node with idle partitions costs.
    settings.put(StreamsConfig.POLL_MS_CONFIG, (long) FETCH_MAX_WAIT_MS);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), config.sessionTimeoutMs());
    settings.put(
        StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), config.sessionTimeoutMs() / 4);
    // Nothing is ever produced; the producer that Streams insists on should be small.
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 1 << 20);
    config.instanceId().ifPresent(id ->
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), id));
    return settings;
  }
}
