package io.logfold.standalone.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.logfold.api.Bytes;
import io.logfold.api.Change;
import java.io.IOException;
import java.time.Instant;

/** Changes in words. */
final class Changes {
  private Changes() {}

  static String what(Change change) {
    return switch (change.kind()) {
      case PUT -> change.value().map(value -> "put " + size(value)).orElse("put")
          + (change.redactedBy() > 0 ? ", REDACTED by " + change.redactedBy() : "");
      case DELETE -> "delete";
      case REDACT -> "redact " + change.previousRevision();
    };
  }

  private static String size(Bytes value) {
    return value.size() + (value.size() == 1 ? " byte" : " bytes");
  }

  static String old(Change change) {
    return change.previousRevision() == 0 ? "-" : Long.toString(change.previousRevision());
  }

  static String value(Change change, Encoding encoding) {
    return change.redactedBy() > 0 ? "REDACTED" : change.value().map(encoding::line).orElse("");
  }

  /** What people wrote, in one line. */
  static String said(String text) {
    return text.isEmpty() ? "-" : Encoding.UTF8.line(Bytes.utf8(text));
  }

  static String time(long ms) {
    return Instant.ofEpochMilli(ms).toString();
  }

  static void write(JsonGenerator json, Change change) throws IOException {
    JsonOut.key(json, "partitionKey", change.partitionKey());
    JsonOut.key(json, "key", change.key());
    json.writeNumberField("revision", change.revision());
    json.writeNumberField("previousRevision", change.previousRevision());
    json.writeStringField("kind", change.kind().name());
    if (change.value().isPresent()) {
      JsonOut.value(json, change.value().get());
    }
    if (change.redactedBy() > 0) {
      json.writeNumberField("redactedBy", change.redactedBy());
    }
    json.writeStringField("time", time(change.timeMs()));
    json.writeNumberField("timeMs", change.timeMs());
    json.writeStringField("principal", change.provenance().principal());
    json.writeStringField("reason", change.provenance().reason());
    json.writeStringField("source", change.provenance().source());
    json.writeStringField("requestId", change.requestId().toString());
  }
}
