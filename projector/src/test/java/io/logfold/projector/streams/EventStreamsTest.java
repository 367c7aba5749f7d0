package io.logfold.projector.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.Verdict;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.ScannedLogs;
import io.logfold.log.testing.SharedBroker;
import io.logfold.projector.Histories;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Applications over {@link EventStreams}, against a real broker. */
@Timeout(300)
class EventStreamsTest {
  private static final String STORE = "s";
  private static final AtomicLong APPLICATIONS = new AtomicLong();
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @TempDir private Path folder;
  private final String topic = SharedBroker.freshTopic("events");
  private final String application = "app-" + APPLICATIONS.incrementAndGet() + "-" + topic;
  private final LogBuilder[] logs = {Histories.begun(STORE, 0), Histories.begun(STORE, 1)};
  private final int[] written = new int[2];

  @BeforeEach
  void makeTopic() throws Exception {
    try (Admin admin = admin()) {
      admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {StreamsConfig.AT_LEAST_ONCE, StreamsConfig.EXACTLY_ONCE_V2})
  void theExampleCountsEachChangeOnceAlsoOverARestart(String guarantee) throws Exception {
    addEvents(1_500, 1);
    write();
    StreamsBuilder builder = new StreamsBuilder();
    ChangesPerHour.addTo(builder, STORE, topic);
    try (KafkaStreams streams = start(builder, guarantee, failure -> {})) {
      awaitCounts(streams);
    }
    addEvents(1_500, 2);
    write();
    try (KafkaStreams streams = start(builder, guarantee, failure -> {})) {
      awaitCounts(streams);
    }
    assertThat(expectedCounts()).hasSizeGreaterThan(20);
  }

  /** It dies in the middle of a record, between two commits, and what it had not committed of its own state is lost. */
  @Test
  void exactlyOnceHoldsOverACrash() throws Exception {
    addEvents(2_000, 3);
    write();
    for (long dies : new long[] {700, 1_100}) {
      AtomicLong seen = new AtomicLong();
      AtomicReference<@Nullable Throwable> died = new AtomicReference<>();
      StreamsBuilder dying = counting(event -> {
        if (seen.incrementAndGet() == dies) {
          throw new IllegalStateException("the application dies");
        }
      });
      try (KafkaStreams streams = start(dying, StreamsConfig.EXACTLY_ONCE_V2, died::set)) {
        await().atMost(PATIENCE).until(() -> died.get() != null && !streams.state().isRunningOrRebalancing());
      }
    }
    try (KafkaStreams streams = start(counting(event -> {}), StreamsConfig.EXACTLY_ONCE_V2, failure -> {})) {
      awaitCounts(streams);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void atLeastOnceGivesAgainWhatACrashMayHaveLostAndLeavesNothingOut(boolean stateIsLost) throws Exception {
    addEvents(2_500, 4);
    write();
    List<EventView> before = new CopyOnWriteArrayList<>();
    AtomicReference<@Nullable Throwable> died = new AtomicReference<>();
    StreamsBuilder dying = new StreamsBuilder();
    EventStreams.events(dying, STORE, topic).foreach((key, event) -> {
      before.add(event);
      if (before.size() == 1_700) {
        throw new IllegalStateException("the application dies");
      }
    });
    try (KafkaStreams streams = start(dying, StreamsConfig.AT_LEAST_ONCE, died::set)) {
      await().atMost(PATIENCE).until(() -> died.get() != null && !streams.state().isRunningOrRebalancing());
    }
    if (stateIsLost) {
      forgetState();
    }
    List<EventView> expected = events();
    List<EventView> lasts = List.of(lastEvent(0), lastEvent(1));
    List<EventView> after = new CopyOnWriteArrayList<>();
    try (KafkaStreams streams = start(collecting(after), StreamsConfig.AT_LEAST_ONCE, failure -> {})) {
      await().atMost(PATIENCE).until(() -> after.containsAll(lasts));
    }
    for (List<EventView> life : List.of(before, after)) {
      for (int p = 0; p < 2; p++) {
        int partition = p;
        assertThat(life.stream().filter(event -> event.partition() == partition).map(EventView::lsn))
            .isSorted().doesNotHaveDuplicates();
      }
    }
    HashSet<EventView> given = new HashSet<>(before);
    given.addAll(after);
    assertThat(given).containsExactlyInAnyOrderElementsOf(expected);
  }

  /** As after the loss of everything but the group's offsets: the fold is brought there from the log's beginning. */
  @Test
  void anApplicationWithoutStateBeginsInTheMiddle() throws Exception {
    addEvents(800, 5);
    write();
    long[] from = {logs[0].records().size() / 2, logs[1].records().size() / 3};
    try (Admin admin = admin()) {
      admin.alterConsumerGroupOffsets(application, Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(from[0]),
          new TopicPartition(topic, 1), new OffsetAndMetadata(from[1]))).all().get();
    }
    List<EventView> given = new CopyOnWriteArrayList<>();
    List<EventView> expected = events().stream().filter(event -> event.offset() >= from[event.partition()]).toList();
    try (KafkaStreams streams = start(collecting(given), StreamsConfig.AT_LEAST_ONCE, failure -> {})) {
      await().atMost(PATIENCE).until(() -> given.size() >= expected.size());
    }
    assertThat(given).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void aCorruptLogStopsTheApplicationBehindItsLastEvent() throws Exception {
    addEvents(50, 6);
    RawRecord corrupt = Histories.corrupt(logs[0]);
    logs[0].put("k1", "behind it");
    write();
    assertStops(ErrorCode.CORRUPT, "the log is corrupt at offset " + corrupt.offset(), corrupt.offset());
    // Started again it does not get past it either.
    assertStops(ErrorCode.CORRUPT, "the log is corrupt at offset " + corrupt.offset(), corrupt.offset());
  }

  @Test
  void aRecordOfANewerFormatStopsTheApplication() throws Exception {
    addEvents(20, 7);
    logs[0].stray(Histories.newerFormat(logs[0]));
    write();
    assertStops(ErrorCode.UNSUPPORTED, "which this version does not know", logs[0].lastOffset());
  }

  @Test
  void aLogThatIsNotTheOneItHasSeenStopsTheApplication() throws Exception {
    addEvents(1_500, 8);
    write();
    List<EventView> given = new CopyOnWriteArrayList<>();
    try (KafkaStreams streams = start(collecting(given), StreamsConfig.AT_LEAST_ONCE, failure -> {})) {
      List<EventView> lasts = List.of(lastEvent(0), lastEvent(1));
      await().atMost(PATIENCE).until(() -> given.containsAll(lasts));
    }
    addEvents(10, 9);
    write();
    ScannedLogs others = new ScannedLogs().with(0, Histories.eventful(STORE, 0, 2_500, 98).records())
        .with(1, Histories.eventful(STORE, 1, 2_500, 99).records());
    StreamsBuilder builder = new StreamsBuilder();
    EventStreams.events(builder, STORE, topic, settings -> others.open()).foreach((key, event) -> given.add(event));
    AtomicReference<@Nullable Throwable> why = new AtomicReference<>();
    try (KafkaStreams streams = start(builder, StreamsConfig.AT_LEAST_ONCE, why::set)) {
      await().atMost(PATIENCE).until(() -> why.get() != null);
    }
    assertThat(storeException(why.get())).hasMessageContaining("is not of this log").extracting(StoreException::code)
        .isEqualTo(ErrorCode.INVALID_ARGUMENT);
  }

  @Test
  void anEventComesBackFromItsBytes() {
    addEvents(200, 10);
    var serde = EventStreams.eventSerde();
    for (EventView event : events()) {
      assertThat(serde.deserializer().deserialize("t", serde.serializer().serialize("t", event))).isEqualTo(event);
    }
  }

  private void assertStops(ErrorCode code, String words, long at) {
    List<EventView> given = new CopyOnWriteArrayList<>();
    AtomicReference<@Nullable Throwable> why = new AtomicReference<>();
    try (KafkaStreams streams = start(collecting(given), StreamsConfig.AT_LEAST_ONCE, why::set)) {
      await().atMost(PATIENCE).until(() -> why.get() != null && !streams.state().isRunningOrRebalancing());
    }
    assertThat(storeException(why.get())).hasMessageContaining(words).extracting(StoreException::code).isEqualTo(code);
    assertThat(given).allMatch(event -> event.partition() != 0 || event.offset() < at);
  }

  private static StoreException storeException(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof StoreException known) {
        return known;
      }
    }
    throw new AssertionError("no StoreException among the causes", failure);
  }

  private StreamsBuilder counting(Consumer<EventView> before) {
    StreamsBuilder builder = new StreamsBuilder();
    ChangesPerHour.count(EventStreams.events(builder, STORE, topic).peek((key, event) -> before.accept(event)));
    return builder;
  }

  private StreamsBuilder collecting(List<EventView> given) {
    StreamsBuilder builder = new StreamsBuilder();
    EventStreams.events(builder, STORE, topic).foreach((key, event) -> {
      assertThat(Bytes.wrap(key)).isEqualTo(event.partitionKey());
      given.add(event);
    });
    return builder;
  }

  private KafkaStreams start(StreamsBuilder builder, String guarantee, Consumer<Throwable> onFailure) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, SharedBroker.bootstrapServers());
    settings.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve("state").toString());
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 50);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    settings.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 6_000);
    settings.put(StreamsConfig.consumerPrefix("heartbeat.interval.ms"), 500);
    // Small bites, so that commits lie between them.
    settings.put(StreamsConfig.mainConsumerPrefix("max.poll.records"), 100);
    KafkaStreams streams = new KafkaStreams(builder.build(settings), settings);
    streams.setUncaughtExceptionHandler(failure -> {
      onFailure.accept(failure);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.start();
    return streams;
  }

  private void forgetState() throws Exception {
    Path state = folder.resolve("state");
    if (Files.exists(state)) {
      try (var files = Files.walk(state)) {
        for (Path path : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    try (Admin admin = admin()) {
      List<String> changelogs = admin.listTopics().names().get().stream()
          .filter(name -> name.startsWith(application) && name.endsWith("-changelog")).toList();
      assertThat(changelogs).isNotEmpty();
      admin.deleteTopics(changelogs).all().get();
      await().until(() -> admin.listTopics().names().get().stream().noneMatch(changelogs::contains));
    }
  }

  private void awaitCounts(KafkaStreams streams) {
    Map<String, Long> expected = expectedCounts();
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).ignoreExceptions().untilAsserted(
        () -> assertThat(counts(streams)).isEqualTo(expected));
  }

  private static Map<String, Long> counts(KafkaStreams streams) {
    Map<String, Long> counts = new TreeMap<>();
    try (KeyValueIterator<String, Long> rows = streams.store(StoreQueryParameters.fromNameAndType(
        ChangesPerHour.TABLE, QueryableStoreTypes.<String, Long>keyValueStore())).all()) {
      rows.forEachRemaining(row -> counts.put(row.key, row.value));
    }
    return counts;
  }

  private Map<String, Long> expectedCounts() {
    Map<String, Long> counts = new TreeMap<>();
    events().stream().filter(event -> !event.mutations().isEmpty()).forEach(event -> counts.merge(
        ChangesPerHour.hour(event.timeMs()) + " " + event.provenance().principal(), (long) event.mutations().size(), Long::sum));
    return counts;
  }

  /** What the log says, made in the plainest way. */
  private List<EventView> events() {
    List<EventView> events = new ArrayList<>();
    for (int p = 0; p < 2; p++) {
      LogFold fold = new LogFold(FoldState.empty(STORE, p), false);
      for (RawRecord record : logs[p].records()) {
        if (fold.apply(record.offset(), record.value()) instanceof Verdict.Valid valid
            && valid.record() instanceof LogRecord.Event event) {
          events.add(new EventView(record.offset(), event));
        }
      }
    }
    return events;
  }

  private EventView lastEvent(int partition) {
    return events().stream().filter(event -> event.partition() == partition).toList().getLast();
  }

  /** Changes of three principals over some hours, between records that must not count. */
  private void addEvents(int events, long seed) {
    for (int p = 0; p < 2; p++) {
      for (int i = 0; i < events / 10; i++) {
        Histories.addTo(logs[p], 7, seed * 1_000 + i);
        for (String principal : List.of("ada", "bob", "carl")) {
          logs[p].pass(100_000);
          changed(logs[p], principal, 1 + i % 3);
        }
      }
    }
  }

  private static void changed(LogBuilder log, String principal, int keys) {
    List<Mutation> mutations = new ArrayList<>();
    for (int k = 0; k < keys; k++) {
      mutations.add(new Mutation.Put(Bytes.utf8("k" + k), Bytes.utf8(principal)));
    }
    LogRecord.Event next = log.nextEvent(log.request(), mutations, Outcome.APPLIED);
    log.valid(new LogRecord.Event(next.header(), next.token(), next.lsn(), next.request(), next.timeMs(),
        Provenance.of(principal, "because"), next.partitionKey(), next.mutations(), next.outcome()));
  }

  private void write() throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
        new HashMap<>(Map.of("bootstrap.servers", SharedBroker.bootstrapServers(),
            "max.in.flight.requests.per.connection", 1)), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int p = 0; p < 2; p++) {
        List<RawRecord> records = logs[p].records();
        for (RawRecord record : records.subList(written[p], records.size())) {
          producer.send(new ProducerRecord<>(topic, p, null, record.value().toArray()));
        }
        written[p] = records.size();
      }
      producer.flush();
    }
  }

  private static Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", SharedBroker.bootstrapServers()));
  }
}
