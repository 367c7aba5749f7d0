package io.logfold.query.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import io.logfold.api.Change;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffRequest;
import io.logfold.api.HistoryPage;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.Versioned;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** Histories, differences and changes as JSON. */
final class PastAnswers {
  private static final ResponseHeaders JSON = ResponseHeaders.of(HttpStatus.OK,
      HttpHeaderNames.CONTENT_TYPE, MediaType.JSON_UTF_8, HttpHeaderNames.CACHE_CONTROL, "no-cache");

  private PastAnswers() {}

  static HttpResponse history(HistoryRequest request, HistoryPage page) {
    boolean ofPrincipal = request.scope() instanceof HistoryScope.OfPrincipal;
    HttpData body = Json.object(json -> {
      switch (request.scope()) {
        case HistoryScope.OfKey one -> {
          Json.writeKey(json, "partitionKey", one.partitionKey());
          Json.writeKey(json, "key", one.key());
        }
        case HistoryScope.OfPrefix some -> Json.writeKey(json, "partitionKey", some.partitionKey());
        case HistoryScope.OfPrincipal who -> json.writeStringField("principal", who.principal());
      }
      json.writeArrayFieldStart("changes");
      for (Change change : page.changes()) {
        json.writeStartObject();
        if (ofPrincipal) {
          Json.writeKey(json, "partitionKey", change.partitionKey());
        }
        writeChange(json, change);
        json.writeEndObject();
      }
      json.writeEndArray();
      if (page.next().isPresent()) {
        json.writeStringField("next", page.next().get());
      }
    });
    return HttpResponse.of(JSON, body);
  }

  /** All of a change but its partition key. */
  static void writeChange(JsonGenerator json, Change change) throws IOException {
    Json.writeKey(json, "key", change.key());
    json.writeNumberField("revision", change.revision());
    json.writeNumberField("previousRevision", change.previousRevision());
    json.writeStringField("kind", change.kind().name());
    if (change.value().isPresent()) {
      Json.writeValue(json, change.value().get());
    }
    if (change.redactedBy() > 0) {
      json.writeNumberField("redactedBy", change.redactedBy());
    }
    json.writeStringField("time", Instant.ofEpochMilli(change.timeMs()).toString());
    json.writeNumberField("timeMs", change.timeMs());
    json.writeStringField("principal", change.provenance().principal());
    json.writeStringField("reason", change.provenance().reason());
    json.writeStringField("source", change.provenance().source());
    json.writeStringField("requestId", change.requestId().toString());
  }

  static HttpResponse diff(DiffRequest request, DiffPage page) {
    HttpData body = Json.object(json -> {
      Json.writeKey(json, "partitionKey", request.partitionKey());
      json.writeNumberField("fromRevision", page.fromRevision());
      json.writeNumberField("toRevision", page.toRevision());
      json.writeArrayFieldStart("differences");
      for (DiffPage.Difference difference : page.differences()) {
        json.writeStartObject();
        Json.writeKey(json, "key", difference.key());
        writeSide(json, "before", difference.before());
        writeSide(json, "after", difference.after());
        json.writeEndObject();
      }
      json.writeEndArray();
      if (page.next().isPresent()) {
        json.writeStringField("next", page.next().get());
      }
    });
    return HttpResponse.of(JSON, body);
  }

  private static void writeSide(JsonGenerator json, String name, Optional<Versioned> side) throws IOException {
    if (side.isPresent()) {
      json.writeObjectFieldStart(name);
      Json.writeValue(json, side.get().value());
      json.writeNumberField("revision", side.get().revision());
      json.writeEndObject();
    }
  }
}
