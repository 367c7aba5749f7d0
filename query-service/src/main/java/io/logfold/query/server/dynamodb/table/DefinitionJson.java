package io.logfold.query.server.dynamodb.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.query.server.dynamodb.item.AttributeType;
import io.logfold.query.server.dynamodb.item.KeyAttribute;
import io.logfold.query.server.dynamodb.table.TableDefinition.Throughput;
import java.io.IOException;
import java.util.Optional;

/** A definition as it lies in the store: JSON, whose fields are only ever added to. */
final class DefinitionJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private DefinitionJson() {}

  static Bytes write(TableDefinition table) {
    ObjectNode json = JSON.createObjectNode();
    json.put("format", 1).put("id", table.id()).put("createdMs", table.createdMs());
    write(json.putObject("hash"), table.hash());
    table.range().ifPresent(range -> write(json.putObject("range"), range));
    table.throughput().ifPresent(units ->
        json.putObject("throughput").put("read", units.read()).put("write", units.write()));
    json.put("deletionProtected", table.deletionProtected());
    table.deletingSinceMs().ifPresent(since -> json.put("deletingSinceMs", since));
    return Bytes.utf8(json.toString());
  }

  private static void write(ObjectNode json, KeyAttribute key) {
    json.put("name", key.name()).put("type", key.type().name());
  }

  static TableDefinition read(String name, Bytes bytes) {
    try {
      JsonNode json = JSON.readTree(bytes.unsafeArray());
      if (json.path("format").asInt() != 1) {
        throw broken(name, "its format is " + json.path("format") + ", this version knows 1", null);
      }
      JsonNode range = json.path("range");
      JsonNode units = json.path("throughput");
      return new TableDefinition(name, json.path("id").asText(), key(json.path("hash")),
          range.isObject() ? Optional.of(key(range)) : Optional.empty(), json.path("createdMs").asLong(),
          units.isObject() ? Optional.of(new Throughput(units.path("read").asLong(), units.path("write").asLong()))
              : Optional.empty(),
          json.path("deletionProtected").asBoolean(),
          json.has("deletingSinceMs") ? Optional.of(json.path("deletingSinceMs").asLong()) : Optional.empty());
    } catch (IOException | IllegalArgumentException e) {
      throw broken(name, String.valueOf(e.getMessage()), e);
    }
  }

  private static KeyAttribute key(JsonNode json) {
    return new KeyAttribute(json.path("name").asText(), AttributeType.of(json.path("type").asText())
        .orElseThrow(() -> new IllegalArgumentException("a key without a type: " + json)));
  }

  private static StoreException broken(String name, String why, @org.jspecify.annotations.Nullable Exception cause) {
    return new StoreException(ErrorCode.CORRUPT, "the definition of table " + name + " cannot be read: " + why
        + "; 'logfold history' of its partition key shows who wrote it", cause);
  }
}
