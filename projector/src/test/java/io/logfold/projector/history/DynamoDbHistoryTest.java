package io.logfold.projector.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.KeyRange;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.DynamoDbLocal;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** What is particular to DynamoDB: an event is one transaction, whatever is in it. A slow backend, so there is little more. */
class DynamoDbHistoryTest {
  private static Table open() {
    String url = DynamoDbLocal.url("t" + UUID.randomUUID().toString().replace("-", ""));
    return Tables.open(Tables.historyUrl(url).orElseThrow(), HistoryModel.STORE, HistoryModel.PARTITIONS);
  }

  private static HistoryReader reader(Table table) {
    return new HistoryReader(table, HistoryModel.PARTITIONS, new LongAdder(), () -> {});
  }

  @Test
  void theLargestEventFits() {
    try (Table table = open()) {
      HistoryModel model = HistoryModel.largest();
      model.applyTo(table, 1);
      Bytes partitionKey = model.partitionKeys.get(0);
      assertThat(reader(table).scan(partitionKey, KeyRange.ALL, 1, 100, false, false).entries())
          .isEqualTo(model.scan(partitionKey, KeyRange.ALL, 1, false)).hasSize(90);
    }
  }

  @Test
  void smallHistoriesAreTheModels() {
    try (Table table = open()) {
      HistoryModel model = HistoryModel.random(new Random(5), 60);
      model.applyTo(table, 1);
      HistoryReader reader = reader(table);
      List<Change> changes = model.changes();
      for (Bytes partitionKey : model.partitionKeys) {
        HistoryRequest request = HistoryRequest.of(new HistoryScope.OfPrefix(partitionKey, Bytes.EMPTY));
        assertThat(reader.history(request).changes()).isEqualTo(HistoryModel.ordered(
            changes.stream().filter(each -> each.partitionKey().equals(partitionKey)).toList(), false));
        assertThat(reader.scan(partitionKey, KeyRange.ALL, 1_000, 1_000, true, false).entries())
            .isEqualTo(model.scan(partitionKey, KeyRange.ALL, 1_000, true));
      }
    }
  }
}
