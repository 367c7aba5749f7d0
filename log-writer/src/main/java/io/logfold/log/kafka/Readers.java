package io.logfold.log.kafka;

import io.logfold.log.PartitionLog.LogBatch;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The node's two readers, and who of them takes a read: the quick one, unless the read waits so long for a record that the
 * partition surely is quiet. There the first answer may come half a second late, and no later one does.
 */
final class Readers implements AutoCloseable {
  /** A read that waits this long or longer goes to the patient reader. */
  static final long PATIENT_MS = 2_000;

  private final LogReader quick;
  private final LogReader patient;
  private final Admin admin;

  private Readers(LogReader quick, LogReader patient, Admin admin) {
    this.quick = quick;
    this.patient = patient;
    this.admin = admin;
  }

  static Readers open(KafkaLogsConfig config) {
    Admin admin = Admin.create(ClientSettings.admin(config));
    LogReader quick = new LogReader(config.topic(),
        new KafkaConsumer<>(ClientSettings.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer()),
        admin, config.readBoundMs(), ClientSettings.FETCH_MAX_WAIT_MS);
    LogReader patient = new LogReader(config.topic(),
        new KafkaConsumer<>(ClientSettings.patient(config), new ByteArrayDeserializer(), new ByteArrayDeserializer()),
        admin, config.readBoundMs(), ClientSettings.PATIENT_FETCH_MAX_WAIT_MS);
    quick.start(config.clientId() + "-log-reader");
    patient.start(config.clientId() + "-patient-log-reader");
    return new Readers(quick, patient, admin);
  }

  /** Any thread; the future is completed on a reader's. */
  CompletableFuture<LogBatch> read(int partition, long fromOffset, int maxBytes, long maxWaitMs) {
    return (maxWaitMs >= PATIENT_MS ? patient : quick).read(partition, fromOffset, maxBytes, maxWaitMs);
  }

  /** Fails what waits; within 5 s. */
  @Override
  public void close() {
    quick.close();
    patient.close();
    admin.close(Duration.ofMillis(500));
  }
}
