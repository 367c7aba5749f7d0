package io.logfold.log.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.log.GenesisConfig;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.RecordCodec;
import io.logfold.log.embedded.EmbeddedBroker;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import io.logfold.log.testing.LogBuilder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real topic whose segment files are changed while its broker is down, in each partition in another way. Kafka's
 * checksums are right, but in one.
 */
class TamperedTopicTest {
  private static final String TOPIC = "logfold.s";
  private static final int EVENTS = 40;
  /** Offset of the record that is touched; its event has LSN 18. */
  private static final int AT = 19;

  private static final int UNTOUCHED = 0;
  private static final int CHANGED = 1;
  private static final int REMOVED = 2;
  private static final int REMOVED_AND_MOVED_UP = 3;
  private static final int INSERTED = 4;
  private static final int REORDERED = 5;
  private static final int TRUNCATED = 6;
  private static final int RETIMED = 7;
  private static final int BIT_FLIPPED = 8;
  private static final int LAST_CHANGED = 9;
  private static final int PARTITIONS = 10;

  @TempDir Path folder;

  private static LogBuilder log(int partition) {
    LogBuilder log = new LogBuilder("s", partition).genesis(GenesisConfig.defaults(PARTITIONS)).claim("a");
    for (int i = 0; i < EVENTS; i++) {
      log.pass(10).put("key " + i, "a value of some length, number " + i);
    }
    return log;
  }

  /** A log that is the same up to this record, and another one from there on. */
  private static LogBuilder forgedFrom(int partition, int offset, String value, long otherTime) {
    LogBuilder log = new LogBuilder("s", partition).genesis(GenesisConfig.defaults(PARTITIONS)).claim("a");
    for (int i = 0; i < offset - 2; i++) {
      log.pass(10).put("key " + i, "a value of some length, number " + i);
    }
    return log.pass(10 + otherTime).put("key " + (offset - 2), value);
  }

  @Test
  void whateverIsDoneToASegmentFileIsFoundAndNamed() throws Exception {
    SealKey.generate(folder.resolve("key"));
    Seal.Signed seal;
    try (EmbeddedBroker broker = EmbeddedBroker.builder(folder.resolve("kafka")).start()) {
      TopicSetup.createIfAbsent(broker.bootstrapServers(), TopicSpec.development(TOPIC, PARTITIONS), Map.of(),
          Duration.ofSeconds(60));
      write(broker);
      AuditResult before = audit(broker, List.of());
      assertThat(before.misfits()).isEmpty();
      assertThat(before.events()).isEqualTo((long) PARTITIONS * EVENTS);
      seal = seal(before);
    }

    rewrite(CHANGED, values -> values.set(AT, value(forgedFrom(CHANGED, AT, "FORGED", 0))));
    rewrite(REMOVED, values -> values.keySet().remove(AT));
    renumber(REMOVED_AND_MOVED_UP, values -> values.remove(AT));
    renumber(INSERTED, values -> values.add(AT, value(forgedFrom(INSERTED, AT, "FORGED", 0))));
    renumber(REORDERED, values -> Collections.swap(values, AT, AT + 1));
    rewrite(TRUNCATED, values -> values.keySet().removeIf(offset -> offset >= AT));
    rewrite(RETIMED, values -> values.set(AT, value(forgedFrom(RETIMED, AT,
        "a value of some length, number " + (AT - 2), -5))));
    flipBit(BIT_FLIPPED);
    rewrite(LAST_CHANGED, values -> values.set(EVENTS + 1, value(forgedFrom(LAST_CHANGED, EVENTS + 1, "FORGED", 0))));

    try (EmbeddedBroker broker = EmbeddedBroker.builder(folder.resolve("kafka")).start()) {
      AuditResult unsealed = audit(broker, List.of());
      AuditResult sealed = audit(broker, List.of(seal));
      for (AuditResult found : List.of(unsealed, sealed)) {
        assertThat(misfits(found, UNTOUCHED)).isEmpty();
        expect(found, CHANGED, Misfit.Kind.CHANGED, AT + 1, AT, AT);
        expect(found, REMOVED, Misfit.Kind.REMOVED, AT, AT, AT);
        expect(found, REMOVED_AND_MOVED_UP, Misfit.Kind.REMOVED, AT, AT - 1, AT);
        expect(found, INSERTED, Misfit.Kind.INSERTED, AT, AT, AT);
        expect(found, REORDERED, Misfit.Kind.REORDERED, AT, AT, AT + 2);
        expect(found, RETIMED, Misfit.Kind.CHANGED, AT + 1, AT, AT);
        expect(found, BIT_FLIPPED, Misfit.Kind.DAMAGED, AT, AT, AT);
      }
      assertThat(misfits(unsealed, TRUNCATED)).isEmpty();
      expect(sealed, TRUNCATED, Misfit.Kind.TRUNCATED, AT, AT, EVENTS + 1);
      assertThat(misfits(unsealed, LAST_CHANGED)).isEmpty();
      expect(sealed, LAST_CHANGED, Misfit.Kind.REWRITTEN, EVENTS + 1, 0, EVENTS + 1);
    }
  }

  private static List<Misfit> misfits(AuditResult found, int partition) {
    return found.misfits().stream().filter(each -> each.partition() == partition).toList();
  }

  private static void expect(AuditResult found, int partition, Misfit.Kind kind, long offset, long from, long to) {
    Misfit first = misfits(found, partition).getFirst();
    assertThat(first).as(first.toString())
        .isEqualTo(new Misfit(partition, offset, kind, from, to, first.detail()));
  }

  private static AuditResult audit(EmbeddedBroker broker, List<Seal.Signed> seals) {
    KafkaLogsConfig config = KafkaLogsConfig.defaults(broker.bootstrapServers(), TOPIC, "test").withReadBoundMs(60_000);
    return new StoreAudit("s", PARTITIONS, KafkaLogScan.opener(config), seals, Optional.empty(), false, 2).run();
  }

  private Seal.Signed seal(AuditResult result) {
    var key = SealKey.readPublic(folder.resolve("key.pub"));
    Bytes statement = SealFile.statement(new Seal("s", Instant.EPOCH, Optional.empty(), SealKey.id(key),
        result.partitions().stream().map(PartitionAudit::point).toList()));
    return SealFile.parse("seal",
        SealFile.file(statement, SealKey.sign(statement, SealKey.readPrivate(folder.resolve("key")), key)));
  }

  private static void write(EmbeddedBroker broker) {
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
        Map.of("bootstrap.servers", broker.bootstrapServers(), "acks", "all", "max.block.ms", 60_000),
        new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        for (RawRecord record : log(partition).records()) {
          producer.send(new ProducerRecord<>(TOPIC, partition, null, record.value().toArray()));
          if (partition == BIT_FLIPPED) {
            // A batch of its own for each record, so that the damaged one is named exactly.
            producer.flush();
          }
        }
      }
    }
  }

  private static Bytes value(LogBuilder log) {
    Bytes last = log.records().getLast().value();
    assertThat(RecordCodec.decode(last)).isInstanceOf(RecordCodec.Decoded.Ok.class);
    return last;
  }

  private Path partition(int partition) {
    return folder.resolve("kafka").resolve(TOPIC + "-" + partition);
  }

  private Path segment(int partition) {
    return partition(partition).resolve("00000000000000000000.log");
  }

  /** Values by offset, as they lie in the file. */
  private static final class Values extends java.util.TreeMap<Integer, Bytes> {
    void set(int offset, Bytes value) {
      assertThat(containsKey(offset)).isTrue();
      put(offset, value);
    }
  }

  private Values read(int partition) throws IOException {
    Values values = new Values();
    try (FileRecords file = FileRecords.open(segment(partition).toFile())) {
      for (RecordBatch batch : file.batches()) {
        for (Record record : batch) {
          byte[] value = new byte[record.valueSize()];
          record.value().get(value);
          values.put((int) record.offset(), Bytes.wrap(value));
        }
      }
    }
    assertThat(values).hasSize(EVENTS + 2);
    return values;
  }

  private void rewrite(int partition, Consumer<Values> tampering) throws IOException {
    Values values = read(partition);
    tampering.accept(values);
    replace(partition, values);
  }

  private void renumber(int partition, Consumer<List<Bytes>> tampering) throws IOException {
    List<Bytes> values = new ArrayList<>(read(partition).values());
    tampering.accept(values);
    Map<Integer, Bytes> numbered = new HashMap<>();
    values.forEach(value -> numbered.put(numbered.size(), value));
    replace(partition, new java.util.TreeMap<>(numbered));
  }

  /** Writes the segment anew, with checksums, and lets the broker make its indexes anew. */
  private void replace(int partition, Map<Integer, Bytes> values) throws IOException {
    for (String index : List.of(".index", ".timeindex")) {
      Files.deleteIfExists(partition(partition).resolve("00000000000000000000" + index));
    }
    try (FileChannel file = FileChannel.open(segment(partition), StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING)) {
      for (Map.Entry<Integer, Bytes> each : values.entrySet()) {
        MemoryRecords.withRecords((long) each.getKey(), Compression.NONE, 0,
            new SimpleRecord(1_700_000_000_000L, null, each.getValue().toArray())).writeFullyTo(file);
      }
    }
  }

  private void flipBit(int partition) throws IOException {
    Bytes value = Objects.requireNonNull(read(partition).get(AT), "there are more records than that");
    byte[] file = Files.readAllBytes(segment(partition));
    int position = indexOf(file, value.toArray()) + value.size() - 3;
    try (RandomAccessFile segment = new RandomAccessFile(segment(partition).toFile(), "rw")) {
      segment.seek(position);
      segment.write(file[position] ^ 4);
    }
  }

  private static int indexOf(byte[] in, byte[] what) {
    for (int at = 0; at + what.length <= in.length; at++) {
      if (java.util.Arrays.equals(in, at, at + what.length, what, 0, what.length)) {
        return at;
      }
    }
    throw new AssertionError("not there");
  }
}
