package io.logfold.projector.table.dynamodb;

import static io.logfold.projector.table.dynamodb.LocalTable.at;
import static io.logfold.projector.table.dynamodb.LocalTable.put;
import static io.logfold.projector.table.dynamodb.LocalTable.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.DynamoDbLocal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

class DynamoDbSetupTest {
  private final LocalTable local = new LocalTable();

  @AfterEach
  void close() throws Exception {
    local.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"dynamodb:", "dynamodb:/", "dynamodb://eu-central-1", "dynamodb://eu-central-1/",
      "dynamodb://eu-central-1/t", "dynamodb://eu-central-1/a/b", "dynamodb://eu-central-1/tab?size=1",
      "dynamodb://eu-central-1/tab?create", "dynamodb://eu-central-1/tab?create=yes",
      "dynamodb://eu-central-1/tab?endpoint=127.0.0.1:8000", "dynamodb://eu-central-1/tab?endpoint=ftp://x",
      "dynamodb://eu-central-1:80/tab", "dynamodb://eu-central-1/tab#x", "dynamodb:///tab"})
  void aUrlThatIsNotOfItsFormIsRefused(String url) {
    assertRefused(() -> Tables.open(url, "s", 1), "dynamodb://REGION/TABLE");
  }

  @Test
  void anUnknownParameterIsRefusedByNamingTheKnownOnes() {
    assertRefused(() -> Tables.open("dynamodb://r1/tab?creat=true", "s", 1),
        "\"creat\"", "endpoint=URL", "create=true");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dynamodb://AKIA:hunter2@eu-central-1/tab", "dynamodb://eu-central-1/tab?secret=hunter2",
      "dynamodb://eu-central-1/tab?endpoint=http://me:hunter2@h/", "dynamodb://eu-central-1/tab?create=hunter2"})
  void noMessageTellsASecret(String url) {
    assertThatThrownBy(() -> Tables.open(url, "s", 1)).isInstanceOf(StoreException.class)
        .satisfies(e -> assertThat(e.toString()).doesNotContain("hunter2"));
  }

  @Test
  void aMissingTableIsRefusedWithTheWayOut() {
    String url = DynamoDbLocal.url(local.name()).replace("&create=true", "");
    assertRefused(() -> Tables.open(url, "s", 1), "create=true", "aws dynamodb create-table", local.name(),
        local.name() + "_checkpoints", "PAY_PER_REQUEST", "AttributeName=PartitionKey,KeyType=HASH");
    assertThat(local.client().listTables().tableNames()).doesNotContain(local.name());
  }

  @Test
  void tablesMadeByHandAreTakenAsTheyAre() {
    makeTable(local.name(), Items.PARTITION_KEY, Items.ITEM_KEY);
    makeTable(local.name() + "_checkpoints", Items.GROUP, Items.NAME);
    try (Table table = Tables.open(DynamoDbLocal.url(local.name()).replace("&create=true", ""), LocalTable.STORE, 2)) {
      table.apply(0, List.of(put("a", "1", 1)), at(0), at(1));
      assertThat(row(table, "a")).isPresent();
    }
  }

  @Test
  void severalProcessesMayMakeTheTablesAtOnce() throws Exception {
    CyclicBarrier start = new CyclicBarrier(4);
    Callable<Table> process = () -> {
      start.await();
      return DynamoDbTable.open(local.url(), LocalTable.STORE, 2, List.of(), Timing.SYSTEM);
    };
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      int lsn = 0;
      for (Future<Table> each : threads.invokeAll(List.of(process, process, process, process), 60, TimeUnit.SECONDS)) {
        try (Table table = each.get()) {
          table.apply(0, List.of(put("a", "1", lsn + 1)), at(lsn), at(lsn + 1));
          lsn++;
        }
      }
    }
    assertThat(row(local.open(), "a").orElseThrow().revision()).isEqualTo(4);
  }

  @Test
  void ofTwoStoresAtOnceOneGetsTheTable() throws Exception {
    CyclicBarrier start = new CyclicBarrier(2);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Callable<Boolean>> stores = List.of("one", "two").stream().<Callable<Boolean>>map(store -> () -> {
        start.await();
        try {
          DynamoDbTable.open(local.url(), store, 2, List.of(), Timing.SYSTEM).close();
          return true;
        } catch (StoreException refused) {
          return false;
        }
      }).toList();
      int opened = 0;
      for (Future<Boolean> each : threads.invokeAll(stores, 60, TimeUnit.SECONDS)) {
        opened += each.get() ? 1 : 0;
      }
      assertThat(opened).isEqualTo(1);
    }
  }

  @Test
  void aTableWithOtherKeysIsRefusedAndLeftAlone() {
    makeTable(local.name(), "Id", "Sort");
    assertRefused(local::open, "PartitionKey (B, HASH)", local.name());
    assertThat(local.client().listTables().tableNames()).doesNotContain(local.name() + "_checkpoints");
  }

  @Test
  void aTableThatSomebodyElseFilledIsRefusedAndLeftAlone() {
    makeTable(local.name(), Items.PARTITION_KEY, Items.ITEM_KEY);
    local.client().putItem(put -> put.tableName(local.name())
        .item(Items.rowKey(LocalTable.PK, LocalTable.PK)));
    assertRefused(local::open, "not a table of Logfold");
    assertThat(local.client().listTables().tableNames()).doesNotContain(local.name() + "_checkpoints");
  }

  @Test
  void anotherSchemaVersionIsRefused() {
    local.open();
    local.client().updateItem(update -> update.tableName(local.url().checkpoints()).key(Items.metaKey())
        .updateExpression("SET #s = :s").expressionAttributeNames(Map.of("#s", "Schema"))
        .expressionAttributeValues(Map.of(":s", AttributeValue.fromN("2"))));
    assertRefused(local::open, "schema version 2", "reads 1");
  }

  /** Else an empty table of rows would pass for the fold at the old checkpoint. */
  @Test
  void rowsThatWereDeletedBesideTheirCheckpointsAreNoticed() {
    local.open().apply(0, List.of(put("a", "1", 1)), at(0), at(1));
    DynamoDbClient client = local.client();
    client.deleteTable(delete -> delete.tableName(local.name()));
    assertRefused(local::open, "deleted and made again");
  }

  @Test
  void anEndpointThatDoesNotAnswerIsATableException() {
    DynamoDbUrl dead = DynamoDbUrl.parse(
        java.net.URI.create("dynamodb://local/table?endpoint=http://127.0.0.1:1&create=true"));
    DynamoDbLocal.endpoint();
    assertThatThrownBy(() -> DynamoDbTable.open(dead, "s", 1, List.of(), Timing.SYSTEM.withBudgets(200, 200)))
        .isInstanceOf(TableException.class).hasMessageContaining("dynamodb://local/table");
  }

  private void makeTable(String table, String hash, String range) {
    local.client().createTable(create -> create.tableName(table).billingMode(BillingMode.PAY_PER_REQUEST)
        .attributeDefinitions(a -> a.attributeName(hash).attributeType(ScalarAttributeType.B),
            a -> a.attributeName(range).attributeType(ScalarAttributeType.B))
        .keySchema(k -> k.attributeName(hash).keyType(KeyType.HASH),
            k -> k.attributeName(range).keyType(KeyType.RANGE)));
  }

  private static void assertRefused(ThrowingCallable call, String... words) {
    assertThatThrownBy(call).isInstanceOfSatisfying(StoreException.class, e -> {
      assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
      assertThat(e.getMessage()).contains(words).doesNotContain("\n");
    });
  }
}
