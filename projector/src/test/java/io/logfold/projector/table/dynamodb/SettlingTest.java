package io.logfold.projector.table.dynamodb;

import static io.logfold.projector.table.dynamodb.LocalTable.PK;
import static io.logfold.projector.table.dynamodb.LocalTable.at;
import static io.logfold.projector.table.dynamodb.LocalTable.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.TableException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A transaction whose items arrive one after the other, as DynamoDB allows and DynamoDB Local never does: here its
 * items are written one by one.
 */
class SettlingTest {
  private final LocalTable local = new LocalTable();
  private final Meddler meddler = new Meddler();

  @AfterEach
  void close() throws Exception {
    local.close();
  }

  @Test
  void aScanWaitsForTheTailOfTheCheckpointItTells() {
    begun();
    DynamoDbClient arriving = local.client();
    Map<String, AttributeValue> tail = tail(arriving);
    arriving.putItem(put -> put.tableName(local.url().checkpoints()).item(Items.checkpoint(0, at(2), "late")));
    Table hasty = local.open(Timing.SYSTEM.withBudgets(200, 200));
    assertThatThrownBy(() -> hasty.scan(0, PK, KeyRange.ALL, 5, false, false)).isInstanceOf(TableException.class)
        .hasMessageContaining("still arriving");

    Table reader = local.open(meddler);
    meddler.forget();
    int[] asked = {0};
    meddler.before = kind -> {
      if (++asked[0] == 5) {
        arriving.putItem(put -> put.tableName(local.url().table()).item(Items.row(put("b", "2", 2), Bytes.utf8("2"))));
        Map<String, AttributeValue> moved = new HashMap<>(tail);
        moved.putAll(Items.tail(0, at(2), BatchNames.encode(List.of(put("b", "2", 2)))));
        arriving.putItem(put -> put.tableName(local.url().checkpoints()).item(moved));
      }
    };
    Table.TablePage page = reader.scan(0, PK, KeyRange.ALL, 5, false, false);
    assertThat(page.checkpoint()).isEqualTo(at(2));
    assertThat(page.rows()).extracting(Row::revision).containsExactly(1L, 2L);
  }

  @Test
  void aScanWaitsForRowsThatAreStillArrivingBeforeItQueries() {
    begun();
    Table reader = local.open(meddler);
    meddler.forget();
    meddler.before = Meddler.first(2, "TransactGetItems", () -> {
      throw Meddler.cancelled("TransactionConflict");
    });
    assertThat(reader.scan(0, PK, KeyRange.ALL, 5, false, false).rows()).hasSize(1);
    assertThat(meddler.sent()).containsExactly("GetItem", "GetItem", "TransactGetItems", "TransactGetItems",
        "TransactGetItems", "Query");
  }

  @Test
  void aScanOfAnotherPartitionKeyThanTheLastBatchWaitsForNothing() {
    begun();
    Table reader = local.open(meddler);
    meddler.forget();
    reader.scan(0, Bytes.utf8("another"), KeyRange.ALL, 5, false, false);
    assertThat(meddler.sent()).containsExactly("GetItem", "GetItem", "Query");
  }

  @Test
  void whoAppliedItselfNeedNotLook() {
    Table writer = local.open(meddler);
    writer.apply(0, List.of(put("a", "1", 1)), at(0), at(1));
    meddler.forget();
    writer.scan(0, PK, KeyRange.ALL, 5, false, false);
    writer.apply(0, List.of(put("a", "2", 2)), at(1), at(2));
    assertThat(meddler.sent()).containsExactly("GetItem", "Query", "TransactWriteItems");
  }

  /** Else the rows of two transactions could be under way at once, and only one has left its names. */
  @Test
  void whoTakesOverWaitsForTheLastBatchOfTheOneBefore() {
    begun();
    Table next = local.open(meddler);
    meddler.forget();
    next.apply(0, List.of(put("b", "2", 2)), at(1), at(2));
    assertThat(meddler.sent()).containsExactly("GetItem", "GetItem", "TransactGetItems", "TransactWriteItems");
  }

  /** One row ended and the other not yet there: the look between finds none, and must not be believed. */
  @Test
  void aPartitionKeyWhoseRowChangesItsKeyIsToldAllTheWhile() {
    begun();
    DynamoDbClient arriving = local.client();
    Table reader = local.open(meddler);
    reader.partitionKeys(0, Optional.empty(), 5);
    meddler.before = Meddler.first(2, "Query", () ->
        arriving.deleteItem(delete -> delete.tableName(local.url().table()).key(Items.rowKey(PK, Bytes.utf8("a")))));
    meddler.after = kind -> {
      if (kind.equals("Query") && meddler.sent().stream().filter(kind::equals).count() == 4) {
        arriving.putItem(put -> put.tableName(local.url().table()).item(Items.row(put("b", "2", 2), Bytes.utf8("2"))));
        arriving.putItem(put -> put.tableName(local.url().checkpoints())
            .item(Items.tail(0, at(2), BatchNames.encode(List.of(LocalTable.delete("a", 2), put("b", "2", 2))))));
        arriving.putItem(put -> put.tableName(local.url().checkpoints()).item(Items.checkpoint(0, at(2), "batch")));
      }
    };
    assertThat(reader.partitionKeys(0, Optional.empty(), 5)).containsExactly(PK);
    assertThat(meddler.sent().stream().filter("Query"::equals)).as("names, rows; names, rows, rows again").hasSize(5);
  }

  @Test
  void aNameWithoutRowsIsKeptAndNotTold() {
    Table table = local.open();
    table.apply(0, List.of(put("a", "1", 1), put(Bytes.utf8("q"), Bytes.utf8("k"), Bytes.EMPTY, 1)), at(0), at(1));
    table.apply(0, List.of(LocalTable.delete("a", 2)), at(1), at(2));
    assertThat(table.partitionKeys(0, Optional.empty(), 5)).containsExactly(Bytes.utf8("q"));
    assertThat(local.client().getItem(get -> get.tableName(local.url().checkpoints())
        .key(PartitionKeyNames.item(0, PK))).item()).isNotEmpty();
    Table other = local.open(meddler);
    other.apply(0, List.of(put("a", "3", 3)), at(2), at(3));
    assertThat(other.partitionKeys(0, Optional.empty(), 5)).containsExactly(PK, Bytes.utf8("q"));
  }

  private void begun() {
    Table writer = local.open();
    writer.apply(0, List.of(put("a", "1", 1)), at(0), at(1));
  }

  private Map<String, AttributeValue> tail(DynamoDbClient client) {
    return client.getItem(get -> get.tableName(local.url().checkpoints()).key(Items.tailKey(0))).item();
  }
}
