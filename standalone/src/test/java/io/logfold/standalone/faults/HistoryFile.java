package io.logfold.standalone.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.standalone.faults.Operation.Answer;
import io.logfold.standalone.faults.Operation.Applied;
import io.logfold.standalone.faults.Operation.Call;
import io.logfold.standalone.faults.Operation.Cancelled;
import io.logfold.standalone.faults.Operation.Condition;
import io.logfold.standalone.faults.Operation.Found;
import io.logfold.standalone.faults.Operation.Get;
import io.logfold.standalone.faults.Operation.Missing;
import io.logfold.standalone.faults.Operation.NotDone;
import io.logfold.standalone.faults.Operation.Refused;
import io.logfold.standalone.faults.Operation.Register;
import io.logfold.standalone.faults.Operation.Unknown;
import io.logfold.standalone.faults.Operation.Write;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Operations as lines of JSON, one each, to be looked at by people and judged again. */
final class HistoryFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private HistoryFile() {}

  static List<Operation> read(Path file) throws IOException {
    List<Operation> operations = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      JsonNode node = JSON.readTree(line);
      operations.add(new Operation(node.path("client").asInt(),
          new Register(node.path("partitionKey").asText(), node.path("key").asText()), call(node),
          node.path("request").asText(), node.path("attempts").asInt(), node.path("invoked").asLong(),
          node.path("answered").asLong(Operation.NEVER), node.path("invokedMs").asLong(),
          node.path("answeredMs").asLong(), answer(node)));
    }
    return operations;
  }

  static String line(Operation operation) {
    ObjectNode node = JSON.createObjectNode();
    node.put("invoked", operation.invoked());
    if (operation.answered() != Operation.NEVER) {
      node.put("answered", operation.answered());
    }
    node.put("client", operation.client());
    node.put("partitionKey", operation.register().partitionKey()).put("key", operation.register().key());
    switch (operation.call()) {
      case Get get -> node.put("call", "get").put("level", get.level());
      case Write write -> {
        node.put("call", write.value() == null ? "delete" : "put");
        if (write.value() != null) {
          node.put("value", write.value());
        }
        condition(node, write.condition());
        node.put("request", operation.request());
      }
    }
    switch (operation.answer()) {
      case Found found -> node.put("answer", "found").put("foundValue", found.value()).put("revision", found.revision())
          .put("position", found.position()).put("servedBy", found.servedBy());
      case Missing missing -> node.put("answer", "missing").put("position", missing.position())
          .put("servedBy", missing.servedBy());
      case Applied applied -> node.put("answer", "applied").put("revision", applied.revision())
          .put("changed", applied.changed());
      case Refused refused -> node.put("answer", "refused").put("revision", refused.current());
      case Cancelled cancelled -> node.put("answer", "cancelled").put("revision", cancelled.revision());
      case NotDone not -> node.put("answer", "not-done").put("code", not.code());
      case Unknown unknown -> node.put("answer", "unknown").put("code", unknown.code());
    }
    node.put("attempts", operation.attempts()).put("invokedMs", operation.invokedMs()).put("answeredMs", operation.answeredMs());
    return node.toString();
  }

  private static void condition(ObjectNode node, Condition condition) {
    switch (condition) {
      case Condition.Always always -> {}
      case Condition.Absent absent -> node.put("if", "absent");
      case Condition.Exists exists -> node.put("if", "exists");
      case Condition.ValueIs is -> node.put("if", "value").put("ifValue", is.value());
      case Condition.RevisionIs is -> node.put("if", "revision").put("ifRevision", is.revision());
    }
  }

  private static Call call(JsonNode node) {
    if (node.path("call").asText().equals("get")) {
      return new Get(node.path("level").asText());
    }
    Condition condition = switch (node.path("if").asText()) {
      case "" -> Condition.ALWAYS;
      case "absent" -> Condition.ABSENT;
      case "exists" -> Condition.EXISTS;
      case "value" -> new Condition.ValueIs(node.path("ifValue").asText());
      case "revision" -> new Condition.RevisionIs(node.path("ifRevision").asLong());
      default -> throw new IllegalArgumentException("no such condition: " + node);
    };
    return new Write(condition, node.has("value") ? node.path("value").asText() : null);
  }

  private static Answer answer(JsonNode node) {
    long revision = node.path("revision").asLong();
    long position = node.path("position").asLong();
    String servedBy = node.path("servedBy").asText();
    return switch (node.path("answer").asText()) {
      case "found" -> new Found(node.path("foundValue").asText(), revision, position, servedBy);
      case "missing" -> new Missing(position, servedBy);
      case "applied" -> new Applied(revision, node.path("changed").asBoolean());
      case "refused" -> new Refused(revision);
      case "cancelled" -> new Cancelled(revision);
      case "not-done" -> new NotDone(node.path("code").asText());
      case "unknown" -> new Unknown(node.path("code").asText());
      default -> throw new IllegalArgumentException("no such answer: " + node);
    };
  }
}
