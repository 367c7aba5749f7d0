package io.logfold.projector;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.testing.LogBuilder;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.dynamodb.DynamoDbTableDriver;
import io.logfold.projector.table.dynamodb.RequestCounts;
import io.logfold.projector.testing.DynamoDbLocal;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** The projector's batching over DynamoDB: what it holds in the end, and how many requests that took. */
class DynamoDbProjectionTest {
  private static final String STORE = "s";

  @Test
  void aReplayOfEverythingMakesTheFold() {
    LogBuilder log = Histories.eventful(STORE, 0, 600, 21);
    try (Table table = open(new RequestCounts())) {
      replay(table, log.records());
      Folded.of(STORE, 0, log.records()).assertIn(table);
    }
  }

  @Test
  void aThousandEventsOnDistinctKeysTakeElevenRequests() {
    assertThat(requestsPerThousandEvents(i -> Bytes.utf8("pk"))).isLessThanOrEqualTo(11);
  }

  /** Each has a name to be registered: two actions an event. */
  @Test
  void aThousandEventsOnDistinctPartitionKeysTakeTwentyOneRequests() {
    assertThat(requestsPerThousandEvents(i -> Bytes.utf8("pk-" + i))).isLessThanOrEqualTo(21);
  }

  /** Those for the rows; opening the table and the first look at its checkpoint are not counted. */
  private static long requestsPerThousandEvents(IntFunction<Bytes> partitionKey) {
    LogBuilder log = Histories.begun(STORE, 0);
    for (int i = 0; i < 1_000; i++) {
      LogRecord.Event next = log.nextEvent(log.request(),
          List.of(new Mutation.Put(Bytes.utf8("key-" + i), Bytes.utf8("value-" + i))), Outcome.APPLIED);
      log.valid(new LogRecord.Event(next.header(), next.token(), next.lsn(), next.request(), next.timeMs(),
          next.provenance(), partitionKey.apply(i), next.mutations(), next.outcome()));
    }
    RequestCounts counts = new RequestCounts();
    try (Table table = open(counts)) {
      long before = counts.total();
      replay(table, log.records());
      long requests = counts.total() - before - 1;
      Folded expected = Folded.of(STORE, 0, log.records());
      assertThat(table.checkpoint(0).at()).isEqualTo(expected.state());
      assertThat(table.partitionKeys(0, Optional.empty(), 100))
          .isEqualTo(expected.rows().keySet().stream().limit(100).toList());
      return requests;
    }
  }

  private static Table open(RequestCounts counts) {
    String name = "t" + UUID.randomUUID().toString().replace("-", "");
    return new DynamoDbTableDriver().open(URI.create(DynamoDbLocal.url(name)), STORE, 1, counts);
  }

  private static void replay(Table table, List<RawRecord> records) {
    ProjectorConfig config = ProjectorConfig.shared("", "topic", STORE, "app", "node", Path.of("none"));
    PartitionProjection projection = new PartitionProjection(0, config, table, new PartitionProjection.Feed() {
      @Override
      public void seek(long offset) {}

      @Override
      public void hold() {
        throw new AssertionError("the table refused a batch");
      }

      @Override
      public void release() {}
    }, () -> 0, new Meter(() -> 0));
    projection.load();
    records.forEach(record -> projection.record(record.offset(), record.value()));
    projection.close();
  }
}
