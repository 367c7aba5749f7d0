package io.logfold.projector.table.dynamodb;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.TableException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;

/**
 * Makes sure that both tables are there, of the right form, and this store's; makes what is missing where that is
 * allowed. Several processes may do this at once. Whatever is refused was not changed.
 */
final class TableSetup {
  private static final long SCHEMA = 1;
  private static final long READY_WITHIN_MS = 120_000;

  private final Requests requests;
  private final DynamoDbUrl url;

  private TableSetup(Requests requests, DynamoDbUrl url) {
    this.requests = requests;
    this.url = url;
  }

  static void run(Requests requests, DynamoDbUrl url, String store, int partitions) {
    new TableSetup(requests, url).run(store, partitions);
  }

  private void run(String store, int partitions) {
    Form rowForm = new Form(url.table(), Items.PARTITION_KEY, Items.ITEM_KEY);
    Form checkpointForm = new Form(url.checkpoints(), Items.GROUP, Items.NAME);
    Optional<TableDescription> rows = ready(rowForm);
    Optional<TableDescription> checkpoints = ready(checkpointForm);
    if (!url.create()) {
      refuseMissing(rows.isEmpty() ? Optional.of(rowForm) : Optional.empty(),
          checkpoints.isEmpty() ? Optional.of(checkpointForm) : Optional.empty());
    }
    if (rows.isPresent() && checkpoints.isEmpty() && hasRows() && ready(checkpointForm).isEmpty()) {
      throw strangers();
    }
    TableDescription rowTable = rows.isPresent() ? rows.get() : made(rowForm);
    if (checkpoints.isEmpty()) {
      made(checkpointForm);
    }
    String rowsId = identity(rowTable);
    Map<String, AttributeValue> found = meta();
    if (found.isEmpty()) {
      if (hasRows() && meta().isEmpty()) {
        throw strangers();
      }
      found = claimed(store, partitions, rowsId);
    }
    check(found, store, partitions, rowsId);
  }

  /** The table once it can be used, or empty where there is none. */
  private Optional<TableDescription> ready(Form form) {
    Requests.Attempts attempts = requests.attempts("open", READY_WITHIN_MS);
    while (true) {
      try {
        TableDescription table =
            requests.read("open", client -> describe(client, form.table())).orElse(null);
        if (table == null) {
          return Optional.empty();
        }
        if (table.tableStatus() == TableStatus.ACTIVE || table.tableStatus() == TableStatus.UPDATING) {
          form.check(table);
          return Optional.of(table);
        }
        attempts.again("the table " + form.table() + " is " + table.tableStatusAsString(),
            new IllegalStateException("not ready"));
      } catch (SdkException e) {
        attempts.failed(e);
      }
    }
  }

  private static Optional<TableDescription> describe(DynamoDbClient client, String table) {
    try {
      return Optional.of(client.describeTable(describe -> describe.tableName(table)).table());
    } catch (ResourceNotFoundException e) {
      return Optional.empty();
    }
  }

  private TableDescription made(Form form) {
    Requests.Attempts attempts = requests.attempts("make", READY_WITHIN_MS);
    while (true) {
      try {
        requests.once(client -> client.createTable(form.request()));
      } catch (ResourceInUseException e) {
        // Another process was faster.
      } catch (SdkException e) {
        attempts.failed(e);
        continue;
      }
      Optional<TableDescription> table = ready(form);
      if (table.isPresent()) {
        return table.get();
      }
      attempts.again("the table " + form.table() + " was made and is not there",
          new IllegalStateException("not there"));
    }
  }

  /** Changes when a table is deleted and made again under its name. DynamoDB Local gives no ids. */
  private static String identity(TableDescription table) {
    return table.tableId() != null ? table.tableId() : String.valueOf(table.creationDateTime());
  }

  private boolean hasRows() {
    return !requests.read("open", client -> client.scan(scan -> scan.tableName(url.table()).limit(1)
        .consistentRead(true).projectionExpression(Items.REVISION))).scannedCount().equals(0);
  }

  private Map<String, AttributeValue> meta() {
    return requests.read("open", client -> client.getItem(
        get -> get.tableName(url.checkpoints()).key(Items.metaKey()).consistentRead(true)).item());
  }

  /** Writes whose tables these are, unless somebody else did; returns what is there then. */
  private Map<String, AttributeValue> claimed(String store, int partitions, String rowsId) {
    Map<String, AttributeValue> item = new HashMap<>(Items.metaKey());
    item.put("Schema", Items.n(SCHEMA));
    item.put("Store", AttributeValue.fromS(store));
    item.put("Partitions", Items.n(partitions));
    item.put("RowsTableId", AttributeValue.fromS(rowsId));
    try {
      requests.read("open", client -> client.putItem(put -> put.tableName(url.checkpoints()).item(item)
          .conditionExpression("attribute_not_exists(#g)").expressionAttributeNames(Map.of("#g", Items.GROUP))));
    } catch (TableException e) {
      if (!(e.getCause() instanceof ConditionalCheckFailedException)) {
        throw e;
      }
    }
    return meta();
  }

  private void check(Map<String, AttributeValue> meta, String store, int partitions, String rowsId) {
    long schema = Items.number(meta, "Schema");
    if (schema != SCHEMA) {
      throw refused("has schema version " + schema + ", this version of Logfold reads " + SCHEMA
          + "; use the version that made it, or another table");
    }
    String foundStore = Items.text(meta, "Store");
    long foundPartitions = Items.number(meta, "Partitions");
    if (!foundStore.equals(store) || foundPartitions != partitions) {
      throw refused("belongs to store \"" + foundStore + "\" of " + foundPartitions + " partitions, not to \"" + store
          + "\" of " + partitions + "; nothing was changed; give this store another table");
    }
    if (!Items.text(meta, "RowsTableId").equals(rowsId)) {
      throw refused("is not the one that " + url.checkpoints() + " was kept for: one of the two was deleted and made"
          + " again, or restored from a backup; nothing was changed; delete both, or give a new name, and the table is"
          + " made from the log again");
    }
  }

  private void refuseMissing(Optional<Form> rows, Optional<Form> checkpoints) {
    List<Form> missing = Stream.of(rows, checkpoints).flatMap(Optional::stream).toList();
    if (!missing.isEmpty()) {
      throw refused("is not complete: " + String.join(" and ", missing.stream().map(Form::table).toList())
          + " not found in " + url.region() + "; add create=true to the URL to have them made, or make them: "
          + String.join("; ", missing.stream().map(form -> form.command(url)).toList()));
    }
  }

  private StoreException strangers() {
    return refused("holds items, and " + url.checkpoints() + " does not say whose: it is not a table of Logfold, or its"
        + " checkpoints were deleted; nothing was changed; give another table");
  }

  private StoreException refused(String why) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "the table " + url.name() + " " + why);
  }

  /** Name and key schema of a table. */
  private record Form(String table, String hash, String range) {
    CreateTableRequest request() {
      return CreateTableRequest.builder().tableName(table).billingMode(BillingMode.PAY_PER_REQUEST)
          .attributeDefinitions(bytes(hash), bytes(range))
          .keySchema(key(hash, KeyType.HASH), key(range, KeyType.RANGE)).build();
    }

    void check(TableDescription found) {
      List<KeySchemaElement> expected = List.of(key(hash, KeyType.HASH), key(range, KeyType.RANGE));
      boolean binary = found.attributeDefinitions().containsAll(List.of(bytes(hash), bytes(range)));
      if (!found.keySchema().equals(expected) || !binary) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the table " + table + " has other keys than " + hash
            + " (B, HASH) and " + range + " (B, RANGE): it was not made for Logfold; nothing was changed; give another"
            + " table");
      }
    }

    String command(DynamoDbUrl url) {
      return "aws dynamodb create-table --region " + url.region()
          + url.endpoint().map(endpoint -> " --endpoint-url " + endpoint).orElse("") + " --table-name " + table
          + " --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=" + hash
          + ",AttributeType=B AttributeName=" + range + ",AttributeType=B --key-schema AttributeName=" + hash
          + ",KeyType=HASH AttributeName=" + range + ",KeyType=RANGE";
    }

    private static AttributeDefinition bytes(String name) {
      return AttributeDefinition.builder().attributeName(name).attributeType(ScalarAttributeType.B).build();
    }

    private static KeySchemaElement key(String name, KeyType type) {
      return KeySchemaElement.builder().attributeName(name).keyType(type).build();
    }
  }
}
