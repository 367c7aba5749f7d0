package io.logfold.query.server.dynamodb.item;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.logfold.api.Bytes;
import java.io.IOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Items and values in DynamoDB's JSON: {@code {"name": {"S": "text"}}}. Readers begin at the parser's current token and
 * leave it at the last one of what they read; JSON of another shape is a {@link SerializationException}.
 */
public final class ItemJson {
  private ItemJson() {}

  /** An item, or a key. */
  public static Supplied<Item> readItem(JsonParser json) throws IOException {
    ItemJsonReader reader = new ItemJsonReader(json);
    Map<String, AttributeValue> members = reader.members();
    return reader.problem().<Supplied<Item>>map(Supplied::bad).orElseGet(() -> Supplied.good(Item.of(members)));
  }

  /** The value of one attribute. */
  public static Supplied<AttributeValue> readValue(JsonParser json) throws IOException {
    ItemJsonReader reader = new ItemJsonReader(json);
    AttributeValue value = reader.value("");
    return reader.problem().<Supplied<AttributeValue>>map(Supplied::bad).orElseGet(() -> Supplied.good(value));
  }

  /** {@code ExpressionAttributeValues}, in the order of the request; each value is judged for itself. */
  public static Map<String, Supplied<AttributeValue>> readValues(JsonParser json) throws IOException {
    ItemJsonReader.expect(json, JsonToken.START_OBJECT);
    Map<String, Supplied<AttributeValue>> values = new LinkedHashMap<>();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = json.currentName();
      json.nextToken();
      values.put(name, readValue(json));
    }
    return values;
  }

  public static void write(JsonGenerator json, Item item) throws IOException {
    members(json, item.attributes());
  }

  public static void write(JsonGenerator json, AttributeValue value) throws IOException {
    json.writeStartObject();
    json.writeFieldName(value.type().name());
    switch (value) {
      case AttributeValue.S s -> json.writeString(s.value());
      case AttributeValue.N n -> json.writeString(n.value().text());
      case AttributeValue.B b -> json.writeString(base64(b.value()));
      case AttributeValue.Bool b -> json.writeBoolean(b.value());
      case AttributeValue.Null ignored -> json.writeBoolean(true);
      case AttributeValue.M m -> members(json, m.value());
      case AttributeValue.L l -> {
        json.writeStartArray();
        for (AttributeValue member : l.value()) {
          write(json, member);
        }
        json.writeEndArray();
      }
      case AttributeValue.SS set -> strings(json, set.value());
      case AttributeValue.NS set -> strings(json, set.value().stream().map(DynamoNumber::text).toList());
      case AttributeValue.BS set -> strings(json, set.value().stream().map(ItemJson::base64).toList());
    }
    json.writeEndObject();
  }

  private static void members(JsonGenerator json, Map<String, AttributeValue> members) throws IOException {
    json.writeStartObject();
    for (Map.Entry<String, AttributeValue> member : members.entrySet()) {
      json.writeFieldName(member.getKey());
      write(json, member.getValue());
    }
    json.writeEndObject();
  }

  private static void strings(JsonGenerator json, Iterable<String> members) throws IOException {
    json.writeStartArray();
    for (String member : members) {
      json.writeString(member);
    }
    json.writeEndArray();
  }

  private static String base64(Bytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.unsafeArray());
  }
}
