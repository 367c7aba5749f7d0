package io.logfold.query.server.dynamodb.operation;

import com.fasterxml.jackson.core.JsonGenerator;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.item.AttributeType;
import io.logfold.query.server.dynamodb.item.KeyAttribute;
import io.logfold.query.server.dynamodb.table.Catalogue;
import io.logfold.query.server.dynamodb.table.Catalogue.Found;
import io.logfold.query.server.dynamodb.table.TableDefinition;
import io.logfold.query.server.dynamodb.table.TableDefinition.Throughput;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** CreateTable, DescribeTable, ListTables, DeleteTable, UpdateTable, and what is said of expiry. Any thread. */
final class TableOperations {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_.-]{3,255}");
  private static final Pattern ARN = Pattern.compile("arn:aws[a-z-]*:dynamodb:[^:]*:[^:]*:table/([^/]+)");
  private static final int MOST_NAMES = 100;
  private static final int MAX_ATTRIBUTE_NAME = 255;

  private final Catalogue catalogue;
  private final RandomGenerator random;

  TableOperations(Catalogue catalogue, RandomGenerator random) {
    this.catalogue = catalogue;
    this.random = random;
  }

  /** The table that a request names, by its name or its ARN. */
  static String name(Params request) {
    return checkedName(request.required("TableName"));
  }

  static String checkedName(String given) {
    Matcher arn = ARN.matcher(given);
    String name = arn.matches() ? arn.group(1) : given;
    if (!NAME.matcher(name).matches()) {
      throw DynamoFailure.validation("Invalid table/index name.  Table/index names must be between 3 and 255 characters long,"
          + " and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'");
    }
    return name;
  }

  CompletableFuture<Reply> create(Params request, Caller caller) {
    String name = name(request);
    for (String index : List.of("GlobalSecondaryIndexes", "LocalSecondaryIndexes")) {
      if (!request.structures(index).isEmpty()) {
        throw DynamoFailure.validation("One or more parameter values were invalid: " + index + " are not supported by this"
            + " store: a table has its key, and no other index");
      }
    }
    if (request.structure("StreamSpecification").filter(stream -> stream.bool("StreamEnabled", false)).isPresent()) {
      throw DynamoFailure.validation("One or more parameter values were invalid: StreamSpecification is not supported by this"
          + " store; watch the table's partition keys instead");
    }
    Map<String, String> types = types(request);
    List<KeyAttribute> key = key(request, types);
    if (types.size() != key.size()) {
      throw DynamoFailure.validation("One or more parameter values were invalid: Number of attributes in KeySchema does not"
          + " exactly match number of attributes defined in AttributeDefinitions");
    }
    TableDefinition table = new TableDefinition(name, new UUID(random.nextLong(), random.nextLong()).toString(), key.getFirst(),
        key.size() > 1 ? Optional.of(key.get(1)) : Optional.empty(), caller.timeMs(), throughput(request),
        request.bool("DeletionProtectionEnabled", false), Optional.empty());
    return catalogue.find(name, caller.options()).thenCompose(found -> {
      if (found.isPresent()) {
        throw DynamoFailure.inUse("Table already exists: " + name);
      }
      return catalogue.create(table, caller.provenance(), caller.options());
    }).thenApply(created -> json -> description(json, "TableDescription", created));
  }

  private static Map<String, String> types(Params request) {
    if (!request.has("AttributeDefinitions")) {
      throw Params.missing("AttributeDefinitions");
    }
    Map<String, String> types = new HashMap<>();
    for (Params each : request.structures("AttributeDefinitions")) {
      String attribute = each.required("AttributeName");
      if (attribute.isEmpty() || attribute.length() > MAX_ATTRIBUTE_NAME) {
        throw DynamoFailure.validation("1 validation error detected: Value '" + attribute + "' at 'attributeDefinitions."
            + "member.attributeName' failed to satisfy constraint: Member must have length between 1 and " + MAX_ATTRIBUTE_NAME);
      }
      each.required("AttributeType");
      if (types.put(attribute, each.oneOf("AttributeType", List.of("B", "N", "S"))) != null) {
        throw DynamoFailure.validation("Cannot have two attributes with the same name: " + attribute);
      }
    }
    return types;
  }

  /** The hash key, and the range key where there is one. */
  private static List<KeyAttribute> key(Params request, Map<String, String> types) {
    List<Params> schema = request.structures("KeySchema");
    if (!request.has("KeySchema")) {
      throw Params.missing("KeySchema");
    }
    if (schema.isEmpty() || schema.size() > 2) {
      throw DynamoFailure.validation("1 validation error detected: Value at 'keySchema' failed to satisfy constraint: Member"
          + " must have length between 1 and 2");
    }
    Optional<String> hash = Optional.empty();
    Optional<String> range = Optional.empty();
    for (int i = 0; i < schema.size(); i++) {
      String attribute = schema.get(i).required("AttributeName");
      schema.get(i).required("KeyType");
      boolean isHash = schema.get(i).oneOf("KeyType", List.of("HASH", "RANGE")).equals("HASH");
      if (isHash != (i == 0)) {
        throw DynamoFailure.validation(i == 0
            ? "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
            : "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
      }
      if (isHash) {
        hash = Optional.of(attribute);
      } else {
        range = Optional.of(attribute);
      }
    }
    if (hash.equals(range)) {
      throw DynamoFailure.validation("Both the Hash Key and the Range Key element in the KeySchema have the same name");
    }
    KeyAttribute first = attribute(hash.orElseThrow(), types);
    return range.map(name -> List.of(first, attribute(name, types))).orElseGet(() -> List.of(first));
  }

  private static KeyAttribute attribute(String name, Map<String, String> types) {
    String type = types.get(name);
    if (type == null) {
      throw DynamoFailure.validation("One or more parameter values were invalid: Some index key attributes are not defined in"
          + " AttributeDefinitions. Keys: [" + name + "], AttributeDefinitions: " + types.keySet());
    }
    return new KeyAttribute(name, AttributeType.valueOf(type));
  }

  private static Optional<Throughput> throughput(Params request) {
    boolean onDemand = request.oneOf("BillingMode", List.of("PROVISIONED", "PAY_PER_REQUEST")).equals("PAY_PER_REQUEST");
    Optional<Params> units = request.structure("ProvisionedThroughput");
    if (onDemand) {
      if (units.isPresent()) {
        throw DynamoFailure.validation("One or more parameter values were invalid: Neither ReadCapacityUnits nor"
            + " WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
      }
      return Optional.empty();
    }
    if (units.isEmpty()) {
      throw DynamoFailure.validation("One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must"
          + " both be specified when BillingMode is PROVISIONED");
    }
    return Optional.of(new Throughput(units(units.get(), "ReadCapacityUnits"), units(units.get(), "WriteCapacityUnits")));
  }

  private static long units(Params throughput, String name) {
    long units = throughput.longInteger(name).orElseThrow(() -> Params.missing(name));
    if (units < 1) {
      throw DynamoFailure.validation("1 validation error detected: Value '" + units + "' at 'provisionedThroughput." + name
          + "' failed to satisfy constraint: Member must have value greater than or equal to 1");
    }
    return units;
  }

  CompletableFuture<Reply> describe(Params request, Caller caller) {
    String name = name(request);
    return catalogue.find(name, caller.options()).thenApply(found -> {
      TableDefinition table = existing(found, name).table();
      return json -> description(json, "Table", table);
    });
  }

  private static Found existing(Optional<Found> found, String name) {
    return found.orElseThrow(() -> DynamoFailure.noTable(name));
  }

  CompletableFuture<Reply> list(Params request, Caller caller) {
    int limit = request.integer("Limit").map(given -> {
      if (given < 1 || given > MOST_NAMES) {
        throw DynamoFailure.validation("1 validation error detected: Value '" + given + "' at 'limit' failed to satisfy"
            + " constraint: Member must have value between 1 and " + MOST_NAMES);
      }
      return given.intValue();
    }).orElse(MOST_NAMES);
    Optional<String> after = request.string("ExclusiveStartTableName").map(TableOperations::checkedName);
    return catalogue.names(after, limit + 1, caller.options()).thenApply(names -> json -> {
      List<String> page = names.subList(0, Math.min(limit, names.size()));
      json.writeArrayFieldStart("TableNames");
      for (String name : page) {
        json.writeString(name);
      }
      json.writeEndArray();
      if (names.size() > limit) {
        json.writeStringField("LastEvaluatedTableName", page.getLast());
      }
    });
  }

  CompletableFuture<Reply> delete(Params request, Caller caller) {
    String name = name(request);
    return catalogue.find(name, caller.options()).thenCompose(found -> {
      Found table = existing(found, name);
      if (!table.table().active()) {
        return CompletableFuture.completedFuture(table.table());
      }
      if (table.table().deletionProtected()) {
        throw DynamoFailure.validation("Resource cannot be deleted as it is currently protected against deletion."
            + " Disable deletion protection first.");
      }
      return catalogue.delete(table, caller.provenance(), caller.options());
    }).thenApply(deleted -> json -> description(json, "TableDescription", deleted));
  }

  /** Deletion protection can be changed, and billing is taken and means nothing; the rest is refused. */
  CompletableFuture<Reply> update(Params request, Caller caller) {
    String name = name(request);
    for (String unsupported : List.of("GlobalSecondaryIndexUpdates", "StreamSpecification", "ReplicaUpdates", "SSESpecification",
        "TableClass")) {
      if (request.has(unsupported)) {
        throw DynamoFailure.validation("One or more parameter values were invalid: " + unsupported
            + " is not supported by this store");
      }
    }
    return catalogue.find(name, caller.options()).thenCompose(found -> {
      Found table = existing(found, name);
      if (!table.table().active()) {
        throw DynamoFailure.inUse("Attempt to change a resource which is still in use: Table is being deleted: " + name);
      }
      return catalogue.change(table, table.table().withDeletionProtection(
          request.bool("DeletionProtectionEnabled", table.table().deletionProtected())), caller.provenance(), caller.options());
    }).thenApply(changed -> json -> description(json, "TableDescription", changed));
  }

  /** Nothing expires here, and nobody is told that it would. */
  CompletableFuture<Reply> updateTimeToLive(Params request, Caller caller) {
    String name = name(request);
    Params specification = request.structure("TimeToLiveSpecification").orElseThrow(() -> Params.missing("TimeToLiveSpecification"));
    specification.required("AttributeName");
    if (!specification.has("Enabled")) {
      throw Params.missing("Enabled");
    }
    boolean enabled = specification.bool("Enabled", false);
    return catalogue.find(name, caller.options()).thenApply(found -> {
      existing(found, name);
      throw DynamoFailure.validation(enabled
          ? "TimeToLive is not supported by this store: items stay until they are deleted"
          : "TimeToLive is already disabled");
    });
  }

  CompletableFuture<Reply> describeTimeToLive(Params request, Caller caller) {
    String name = name(request);
    return catalogue.find(name, caller.options()).thenApply(found -> {
      existing(found, name);
      return json -> {
        json.writeObjectFieldStart("TimeToLiveDescription");
        json.writeStringField("TimeToLiveStatus", "DISABLED");
        json.writeEndObject();
      };
    });
  }

  private static void description(JsonGenerator json, String field, TableDefinition table) throws IOException {
    json.writeObjectFieldStart(field);
    json.writeStringField("TableName", table.name());
    json.writeStringField("TableId", table.id());
    json.writeStringField("TableArn", "arn:aws:dynamodb:logfold:000000000000:table/" + table.name());
    json.writeStringField("TableStatus", table.active() ? "ACTIVE" : "DELETING");
    json.writeNumberField("CreationDateTime", BigDecimal.valueOf(table.createdMs(), 3));
    json.writeArrayFieldStart("AttributeDefinitions");
    for (KeyAttribute key : table.key()) {
      json.writeStartObject();
      json.writeStringField("AttributeName", key.name());
      json.writeStringField("AttributeType", key.type().name());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("KeySchema");
    for (KeyAttribute key : table.key()) {
      json.writeStartObject();
      json.writeStringField("AttributeName", key.name());
      json.writeStringField("KeyType", key.equals(table.hash()) ? "HASH" : "RANGE");
      json.writeEndObject();
    }
    json.writeEndArray();
    if (table.throughput().isEmpty()) {
      json.writeObjectFieldStart("BillingModeSummary");
      json.writeStringField("BillingMode", "PAY_PER_REQUEST");
      json.writeEndObject();
    }
    json.writeObjectFieldStart("ProvisionedThroughput");
    json.writeNumberField("NumberOfDecreasesToday", 0);
    json.writeNumberField("ReadCapacityUnits", table.throughput().map(Throughput::read).orElse(0L));
    json.writeNumberField("WriteCapacityUnits", table.throughput().map(Throughput::write).orElse(0L));
    json.writeEndObject();
    // DynamoDB brings these up to date every six hours or so; here nobody counts.
    json.writeNumberField("TableSizeBytes", 0);
    json.writeNumberField("ItemCount", 0);
    json.writeBooleanField("DeletionProtectionEnabled", table.deletionProtected());
    json.writeEndObject();
  }
}
