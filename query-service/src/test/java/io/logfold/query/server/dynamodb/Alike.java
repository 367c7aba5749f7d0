package io.logfold.query.server.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.query.server.dynamodb.RawDynamo.Answer;
import java.util.HashSet;
import java.util.Set;

/** Whole tables of two endpoints. */
final class Alike {
  private static final int MOST_PAGES = 1_000;

  private final RawDynamo local;
  private final RawDynamo ours;

  Alike(RawDynamo local, RawDynamo ours) {
    this.local = local;
    this.ours = ours;
  }

  /** Where one of them did what the other refused, for a reason that is known, ours is made to hold what Local does. */
  void make(ObjectNode request) {
    String text = request.toString();
    TestTable.ALL.stream().filter(table -> text.contains('"' + table.name() + '"')).forEach(this::make);
  }

  private void make(TestTable table) {
    Set<JsonNode> wanted = new HashSet<>();
    all(local, table).path("Items").forEach(wanted::add);
    for (JsonNode item : all(ours, table).path("Items")) {
      if (!wanted.remove(item)) {
        ObjectNode key = JsonNodeFactory.instance.objectNode();
        table.key().forEach(part -> key.set(part.name(), item.get(part.name())));
        change("DeleteItem", table, "Key", key);
      }
    }
    wanted.forEach(item -> change("PutItem", table, "Item", item));
  }

  private void change(String operation, TestTable table, String member, JsonNode value) {
    ObjectNode request = JsonNodeFactory.instance.objectNode().put("TableName", table.name()).set(member, value);
    Answer answer = ours.call(operation, request);
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
  }

  /** Everything, in no order. */
  static JsonNode all(RawDynamo endpoint, TestTable table) {
    Answer answer = whole(endpoint,
        JsonNodeFactory.instance.objectNode().put("TableName", table.name()).put("ConsistentRead", true));
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    return Comparison.said("Scan", answer);
  }

  /** All pages of all segments of a scan in one; the first answer that is an error. */
  static Answer whole(RawDynamo endpoint, ObjectNode body) {
    ObjectNode request = body.deepCopy();
    ArrayNode items = JsonNodeFactory.instance.arrayNode();
    int count = 0;
    int scanned = 0;
    int segment = 0;
    int segments = body.path("TotalSegments").asInt(0);
    if (segments != 0) {
      request.put("Segment", segment);
    }
    for (int page = 0; page < MOST_PAGES; page++) {
      Answer answer = endpoint.call("Scan", request);
      if (answer.status() != 200) {
        return answer;
      }
      answer.json().path("Items").forEach(items::add);
      count += answer.json().path("Count").asInt();
      scanned += answer.json().path("ScannedCount").asInt();
      JsonNode next = answer.json().path("LastEvaluatedKey");
      if (next.isMissingNode() && ++segment < segments) {
        request.remove("ExclusiveStartKey");
        request.put("Segment", segment);
      } else if (next.isMissingNode()) {
        ObjectNode all = JsonNodeFactory.instance.objectNode().put("Count", count).put("ScannedCount", scanned);
        if (answer.json().has("Items")) {
          all.set("Items", items);
        }
        return new Answer(200, all, all.toString(), answer.http());
      } else {
        request.set("ExclusiveStartKey", next);
      }
    }
    throw new AssertionError("a scan without an end: " + body);
  }
}
