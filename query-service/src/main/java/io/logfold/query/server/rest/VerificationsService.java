package io.logfold.query.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.verify.Difference;
import io.logfold.projector.verify.VerifyProgress;
import io.logfold.projector.verify.VerifyResult;
import io.logfold.query.tables.Verifications;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** Verifications of tables, under {@code /v1/verifications}: begin one, see how it stands, end it. */
public final class VerificationsService {
  private static final int MOST_DIFFERENCES = 1_000;

  private final Verifications verifications;

  public VerificationsService(Verifications verifications) {
    this.verifications = verifications;
  }

  HttpResponse route(AggregatedHttpRequest request, RequestTarget target) {
    if (target.size() == 2 && request.method() == HttpMethod.POST) {
      JsonNode body = TablesService.body(request);
      TablesService.checkFields(body, Set.of("table", "against", "differences"));
      String id = verifications.begin(TablesService.required(body, "table"), TablesService.text(body, "against"),
          differences(TablesService.text(body, "differences")));
      return TablesService.json(HttpStatus.ACCEPTED, json -> json.writeStringField("id", id));
    }
    if (target.size() == 2) {
      return RestErrors.methodNotAllowed(request.method().name(), "POST");
    }
    if (target.size() > 3) {
      return RestErrors.noSuchRoute(request.path());
    }
    if (!verifications.knows(target.segment(2))) {
      return RestErrors.notFound("there is no verification \"" + RequestTarget.shortened(target.segment(2))
          + "\", or it ended long ago");
    }
    return switch (request.method()) {
      case GET, HEAD -> view(verifications.view(target.segment(2)));
      case DELETE -> {
        verifications.cancel(target.segment(2));
        yield HttpResponse.of(HttpStatus.NO_CONTENT);
      }
      default -> RestErrors.methodNotAllowed(request.method().name(), "GET, HEAD, DELETE");
    };
  }

  private static int differences(Optional<String> text) {
    try {
      int most = text.map(Integer::parseInt).orElse(10);
      if (most >= 0 && most <= MOST_DIFFERENCES) {
        return most;
      }
    } catch (NumberFormatException e) {
      // refused below, with what was given
    }
    throw new StoreException(ErrorCode.INVALID_ARGUMENT,
        "differences must be 0 to " + MOST_DIFFERENCES + ", got \"" + text.orElse("") + "\"");
  }

  private static HttpResponse view(Verifications.View view) {
    return TablesService.json(HttpStatus.OK, json -> {
      json.writeStringField("id", view.id());
      json.writeStringField("table", view.table());
      if (view.against().isPresent()) {
        json.writeStringField("against", view.against().get());
      }
      json.writeStringField("state", state(view));
      if (view.progress().isPresent()) {
        progress(json, view.progress().get());
      }
      if (view.failure().isPresent()) {
        json.writeStringField("code", view.failure().get().code().name());
        json.writeStringField("message", String.valueOf(view.failure().get().getMessage()));
      }
      if (view.result().isPresent()) {
        result(json, view.result().get());
      }
    });
  }

  private static String state(Verifications.View view) {
    if (view.running()) {
      return "RUNNING";
    }
    return view.result().map(result -> !result.complete() ? "CANCELLED" : result.equal() ? "EQUAL" : "DIFFERENT").orElse("FAILED");
  }

  private static void progress(JsonGenerator json, VerifyProgress progress) throws IOException {
    json.writeObjectFieldStart("progress");
    json.writeNumberField("records", progress.records());
    json.writeNumberField("totalRecords", progress.totalRecords());
    json.writeNumberField("rows", progress.rows());
    json.writeNumberField("differences", progress.differences());
    json.writeNumberField("partitionsDone", progress.partitionsDone());
    json.writeNumberField("partitions", progress.partitions());
    json.writeEndObject();
  }

  private static void result(JsonGenerator json, VerifyResult result) throws IOException {
    json.writeObjectFieldStart("result");
    json.writeNumberField("rows", result.rows());
    json.writeNumberField("events", result.events());
    json.writeNumberField("differences", result.differences());
    json.writeNumberField("elapsedMs", result.elapsedMs());
    json.writeStringField("digest", result.digest().bytes().hex());
    json.writeArrayFieldStart("partitions");
    for (VerifyResult.Partition partition : result.partitions()) {
      json.writeStartObject();
      json.writeNumberField("partition", partition.partition());
      json.writeNumberField("revision", partition.checkpoint().at().lsn());
      json.writeNumberField("position", partition.checkpoint().at().position());
      json.writeNumberField("rows", partition.rows());
      json.writeNumberField("events", partition.events());
      json.writeNumberField("differences", partition.differences());
      json.writeNumberField("settled", partition.settled());
      json.writeStringField("digest", partition.digest().bytes().hex());
      json.writeStringField("problem", partition.problem());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("firstDifferences");
    for (Difference difference : result.firstDifferences()) {
      json.writeStartObject();
      json.writeStringField("kind", difference.kind().name());
      json.writeNumberField("partition", difference.partition());
      Json.writeKey(json, "partitionKey", difference.id().partitionKey());
      Json.writeKey(json, "key", difference.id().key());
      side(json, "expected", difference.expected());
      side(json, "found", difference.found());
      json.writeStringField("message", difference.toString());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void side(JsonGenerator json, String name, Optional<Row> row) throws IOException {
    if (row.isPresent()) {
      json.writeObjectFieldStart(name);
      Json.writeValue(json, row.get().value());
      json.writeNumberField("revision", row.get().revision());
      json.writeEndObject();
    }
  }
}
