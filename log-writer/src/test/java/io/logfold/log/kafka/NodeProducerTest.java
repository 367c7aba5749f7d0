package io.logfold.log.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.log.PartitionLog.AppendFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeProducerTest {
  private final List<MockProducer<byte[], byte[]>> made = new ArrayList<>();
  private final NodeProducer producer = new NodeProducer(() -> {
    MockProducer<byte[], byte[]> mock =
        new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    made.add(mock);
    return mock;
  }, 2_500);
  private final List<Object> outcomes = new ArrayList<>();

  @AfterEach
  void close() {
    producer.close();
  }

  @Test
  void whatDoesNotFitInFlightIsRefusedAtOnceUntilThereIsRoom() {
    assertThat(send(1_000)).isEmpty();
    assertThat(send(1_000)).isEmpty();
    assertThat(send(1_000)).hasValueSatisfying(failure -> {
      assertThat(failure.neverSent()).isTrue();
      assertThat(failure.cause()).hasMessageContaining("1000 bytes does not fit");
    });
    made.getFirst().completeNext();
    assertThat(send(1_000)).isEmpty();
    assertThat(made.getFirst().history()).hasSize(3);
  }

  @Test
  void aRefusalBeforeTheRecordIsInABatchIsNeverSent() {
    for (RuntimeException refusal : List.of(new TimeoutException("metadata"), new RecordTooLargeException("large"))) {
      made.getFirst().sendException = refusal;
      assertThat(send(10)).contains(new AppendFailure(true, refusal));
    }
    made.getFirst().sendException = null;
    assertThat(send(10)).isEmpty();
    assertThat(made).hasSize(1);
  }

  @Test
  void anyOtherFailureOfSendMayHaveBeenSentAndReplacesTheProducer() {
    KafkaException broken = new KafkaException("Cannot execute transactional method because we are in an error state");
    made.getFirst().sendException = broken;
    assertThat(send(10)).contains(new AppendFailure(false, broken));
    assertThat(made).hasSize(2);
    assertThat(send(10)).isEmpty();
    made.get(1).completeNext();
    assertThat(outcomes).containsExactly(0L);
  }

  @Test
  void onlyAnErrorThatTheProducerNeverLeavesReplacesIt() {
    assertThat(send(10)).isEmpty();
    OutOfOrderSequenceException recoverable = new OutOfOrderSequenceException("a gap");
    made.getFirst().errorNext(recoverable);
    assertThat(made).hasSize(1);

    assertThat(send(10)).isEmpty();
    UnsupportedVersionException fatal = new UnsupportedVersionException("no idempotence");
    made.getFirst().errorNext(fatal);
    assertThat(made).hasSize(2);
    assertThat(outcomes).containsExactly(new AppendFailure(false, recoverable), new AppendFailure(false, fatal));

    assertThat(send(10)).isEmpty();
    assertThat(made.get(1).history()).hasSize(1);
  }

  private Optional<AppendFailure> send(int size) {
    return producer.send(new ProducerRecord<>("topic", 0, null, new byte[size]), new NodeProducer.Outcome() {
      @Override
      public void appended(long offset) {
        outcomes.add(offset);
      }

      @Override
      public void failed(AppendFailure failure) {
        outcomes.add(failure);
      }
    });
  }
}
