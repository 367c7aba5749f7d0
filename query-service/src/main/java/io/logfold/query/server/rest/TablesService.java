package io.logfold.query.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.logfold.api.CallOptions;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.replay.ReplayProgress;
import io.logfold.projector.replay.ReplayResult;
import io.logfold.projector.table.TableException;
import io.logfold.query.tables.TableView;
import io.logfold.query.tables.TablesAdmin;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The tables of a node under {@code /v1/tables}: see them, build one from history, let one serve, remove one; and
 * {@code /v1/verifications}. For operators: calls may take long, and run on Armeria's blocking threads. docs/REST.md is its
 * contract.
 */
public final class TablesService implements HttpService {
  private static final int MAX_BODY_BYTES = 64 * 1024;
  private static final Duration SERVE_WITHIN = Duration.ofSeconds(30);

  private final TablesAdmin admin;
  private final VerificationsService verifications;
  private final boolean principalFromHeader;

  public TablesService(TablesAdmin admin, VerificationsService verifications, PrincipalSource principalSource) {
    this.admin = admin;
    this.verifications = verifications;
    this.principalFromHeader = principalSource == PrincipalSource.HEADER;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    ctx.setRequestTimeout(Duration.ofMinutes(2));
    return HttpResponse.of(request.aggregate().thenApplyAsync(whole -> {
      try {
        return route(ctx, whole, RequestTarget.parse(ctx.rawPath()));
      } catch (StoreException refused) {
        return RestErrors.failure(refused);
      } catch (TableException away) {
        return RestErrors.failure(
            new StoreException(ErrorCode.UNAVAILABLE, "a table cannot be reached: " + away.getMessage(), away));
      } catch (RuntimeException broken) {
        return RestErrors.failure(broken, Optional.empty());
      }
    }, ctx.blockingTaskExecutor()));
  }

  private HttpResponse route(ServiceRequestContext ctx, AggregatedHttpRequest request, RequestTarget target) {
    target.checkParameters(Set.of());
    if (!request.content().isEmpty()) {
      // So that browsers ask before they let a foreign page send it, as for commits.
      MediaType type = request.headers().contentType();
      if (type == null || !type.is(MediaType.JSON) && !type.is(MediaType.JSON_UTF_8)) {
        return RestErrors.unsupportedMediaType(type == null ? "none" : type.toString());
      }
    }
    if (target.segment(1).equals("verifications")) {
      return verifications.route(request, target);
    }
    if (target.size() == 3 || target.size() == 4) {
      String name = name(target);
      List<String> names = admin.tables().names();
      if (!names.contains(name)) {
        return RestErrors.notFound("there is no table \"" + RequestTarget.shortened(name) + "\"; there are "
            + String.join(", ", names));
      }
    }
    return switch (target.size()) {
      case 2 -> switch (request.method()) {
        case GET, HEAD -> tables();
        case POST -> build(body(request));
        default -> RestErrors.methodNotAllowed(request.method().name(), "GET, HEAD, POST");
      };
      case 3 -> switch (request.method()) {
        case GET, HEAD -> json(HttpStatus.OK, json -> write(json, admin.standing(name(target))));
        case DELETE -> {
          admin.remove(name(target));
          yield HttpResponse.of(HttpStatus.NO_CONTENT);
        }
        default -> RestErrors.methodNotAllowed(request.method().name(), "GET, HEAD, DELETE");
      };
      case 4 -> {
        if (request.method() != HttpMethod.POST) {
          yield RestErrors.methodNotAllowed(request.method().name(), "POST");
        }
        checkFields(body(request), Set.of());
        yield switch (target.segment(3)) {
          case "serve" -> serve(ctx, request, name(target));
          case "stop" -> {
            admin.tables().stop(name(target));
            yield json(HttpStatus.OK, json -> write(json, admin.standing(name(target))));
          }
          default -> RestErrors.noSuchRoute(ctx.rawPath());
        };
      }
      default -> RestErrors.noSuchRoute(ctx.rawPath());
    };
  }

  private static String name(RequestTarget target) {
    return PercentCoding.decodeText("table", target.segment(2));
  }

  /** The body's object; an empty one where there is no body. */
  static JsonNode body(AggregatedHttpRequest request) {
    if (request.content().isEmpty()) {
      return Json.MAPPER.createObjectNode();
    }
    if (request.content().length() > MAX_BODY_BYTES) {
      throw new StoreException(ErrorCode.TOO_LARGE, "the body has at most " + MAX_BODY_BYTES + " bytes, got "
          + request.content().length());
    }
    try {
      JsonNode node = Json.MAPPER.readTree(request.content().array());
      if (node != null && node.isObject()) {
        return node;
      }
    } catch (IOException e) {
      // No more of it: what stands there may be a password.
      String where = e instanceof JsonProcessingException json && json.getLocation() != null
          ? ", but is no JSON at line " + json.getLocation().getLineNr() + ", column " + json.getLocation().getColumnNr() : "";
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the body must be a JSON object" + where, e);
    }
    throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the body must be a JSON object");
  }

  /** The texts of an object's fields; a field that is not one of these, or no text, is refused. */
  static void checkFields(JsonNode body, Set<String> known) {
    for (var field : body.properties()) {
      if (!known.contains(field.getKey())) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the body's field \""
            + RequestTarget.shortened(field.getKey()) + "\" is not known here; expected "
            + (known.isEmpty() ? "none" : "any of " + String.join(", ", known.stream().sorted().toList())));
      }
      if (!field.getValue().isTextual()) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the body's field \"" + field.getKey() + "\" must be a text");
      }
    }
  }

  static Optional<String> text(JsonNode body, String field) {
    return Optional.ofNullable(body.get(field)).map(JsonNode::asText);
  }

  static String required(JsonNode body, String field) {
    return text(body, field).filter(text -> !text.isBlank()).orElseThrow(() -> new StoreException(
        ErrorCode.INVALID_ARGUMENT, "the body's field \"" + field + "\" is missing"));
  }

  static HttpResponse json(HttpStatus status, Json.Body fields) {
    HttpData content = Json.object(fields);
    return HttpResponse.of(status, MediaType.JSON_UTF_8, content);
  }

  private HttpResponse build(JsonNode body) {
    checkFields(body, Set.of("url", "name", "until", "seedFrom"));
    String name = admin.tables().build(required(body, "url"), text(body, "name"),
        UntilText.parse(text(body, "until"), admin.tables().partitions()), text(body, "seedFrom"));
    return json(HttpStatus.ACCEPTED, json -> json.writeStringField("name", name));
  }

  private HttpResponse serve(ServiceRequestContext ctx, AggregatedHttpRequest request, String name) {
    CallOptions options = request.headers().contains(RequestFields.TIMEOUT)
        ? RequestFields.callOptions(request.headers()) : new CallOptions(SERVE_WITHIN);
    ctx.setRequestTimeout(options.timeout().plusSeconds(5));
    List<TablesAdmin.ServeResult> results = admin.serve(name,
        RequestFields.provenance(request.headers(), principalFromHeader, ctx.clientAddress().getHostAddress()), options);
    boolean all = results.stream().allMatch(result -> result.outcome().isPresent());
    return json(all ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE, json -> {
      if (!all) {
        json.writeStringField("code", ErrorCode.UNAVAILABLE.name());
        json.writeStringField("message", "the table \"" + name + "\" does not serve in every partition; the others are as"
            + " they were");
      }
      json.writeStringField("table", name);
      json.writeArrayFieldStart("partitions");
      for (TablesAdmin.ServeResult result : results) {
        json.writeStartObject();
        json.writeNumberField("partition", result.partition());
        if (result.outcome().isPresent()) {
          json.writeBooleanField("serves", true);
          json.writeBooleanField("changed", result.outcome().get().changed());
          json.writeNumberField("revision", result.outcome().get().lsn());
        } else {
          json.writeBooleanField("serves", false);
          json.writeStringField("code", result.failure().orElseThrow().code().name());
          json.writeStringField("message", String.valueOf(result.failure().orElseThrow().getMessage()));
        }
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }

  private HttpResponse tables() {
    List<TablesAdmin.Standing> standings = admin.standings();
    return json(HttpStatus.OK, json -> {
      json.writeArrayFieldStart("tables");
      for (TablesAdmin.Standing standing : standings) {
        json.writeStartObject();
        write(json, standing);
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }

  private static void write(JsonGenerator json, TablesAdmin.Standing standing) throws IOException {
    TableView view = standing.view();
    json.writeStringField("name", view.name());
    json.writeStringField("url", view.url());
    json.writeBooleanField("local", view.local());
    json.writeStringField("state", view.state().name());
    json.writeNumberField("serves", standing.serves());
    json.writeNumberField("lagEvents", standing.lagEvents());
    json.writeNumberField("lagMs", standing.lagMs());
    json.writeNumberField("eventsPerSecond", Math.round(view.eventsPerSecond()));
    json.writeStringField("trouble", view.trouble());
    if (view.progress().isPresent()) {
      json.writeObjectFieldStart("progress");
      progress(json, view.progress().get());
      json.writeEndObject();
    }
    if (view.built().isPresent()) {
      built(json, view.built().get());
    }
    json.writeArrayFieldStart("partitions");
    for (TablesAdmin.PartitionStanding partition : standing.partitions()) {
      json.writeStartObject();
      json.writeNumberField("partition", partition.view().partition());
      json.writeStringField("state", partition.view().state().name());
      json.writeBooleanField("serving", partition.serving());
      json.writeNumberField("revision", partition.view().lsn());
      json.writeNumberField("position", partition.view().position());
      json.writeNumberField("committed", partition.committed());
      json.writeNumberField("lagEvents", partition.lagEvents());
      json.writeNumberField("lagMs", partition.lagMs());
      json.writeStringField("trouble", partition.view().trouble());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void built(JsonGenerator json, ReplayResult built) throws IOException {
    json.writeObjectFieldStart("built");
    json.writeBooleanField("complete", built.complete());
    json.writeNumberField("events", built.events());
    json.writeNumberField("records", built.records());
    json.writeNumberField("rowsSeeded", built.partitions().stream().mapToLong(ReplayResult.Partition::rowsSeeded).sum());
    json.writeNumberField("elapsedMs", built.elapsedMs());
    json.writeEndObject();
  }

  private static void progress(JsonGenerator json, ReplayProgress progress) throws IOException {
    json.writeNumberField("records", progress.records());
    json.writeNumberField("totalRecords", progress.totalRecords());
    json.writeNumberField("events", progress.events());
    json.writeNumberField("rowsSeeded", progress.rowsSeeded());
    json.writeNumberField("recordsPerSecond", Math.round(progress.recordsPerSecond()));
    json.writeNumberField("secondsLeft", progress.secondsLeft());
  }
}
