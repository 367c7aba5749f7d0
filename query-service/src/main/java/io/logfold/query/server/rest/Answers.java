package io.logfold.query.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import io.logfold.api.Bytes;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.Entry;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.ReadPosition;
import io.logfold.api.RedactOutcome;
import io.logfold.api.RequestId;
import io.logfold.api.Resolution;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Versioned;
import io.netty.util.AsciiString;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the store answered, as HTTP. Every answer says how it was served: {@code Logfold-Served-By},
 * {@code Logfold-Revision}, {@code Logfold-Partition}.
 */
final class Answers {
  static final AsciiString SERVED_BY = HttpHeaderNames.of("logfold-served-by");
  static final AsciiString REVISION = HttpHeaderNames.of("logfold-revision");
  static final AsciiString PARTITION = HttpHeaderNames.of("logfold-partition");
  static final AsciiString CHANGED = HttpHeaderNames.of("logfold-changed");
  static final AsciiString REQUEST_ID = HttpHeaderNames.of("logfold-request-id");

  /** A write is decided by its partition's leader and nobody else. */
  private static final String LEADER = "leader";

  private Answers() {}

  static HttpResponse value(RequestHeaders request, Bytes partitionKey, Bytes key, GetResult result) {
    Optional<Versioned> found = result.entries().get(0);
    ResponseHeadersBuilder headers = served(HttpStatus.OK, result.position());
    found.ifPresent(value -> headers.set(HttpHeaderNames.ETAG, Conditions.etag(value.revision())));
    if (Conditions.readFails(request, found.map(Versioned::revision))) {
      return RestErrors.readPreconditionFailed(headers);
    }
    if (found.isEmpty()) {
      return RestErrors.notFound(partitionKey, key, headers.status(HttpStatus.NOT_FOUND));
    }
    if (found.get().redacted()) {
      return RestErrors.redacted(partitionKey, key, headers.status(HttpStatus.GONE));
    }
    if (Conditions.notModified(request, found.get().revision())) {
      return HttpResponse.of(headers.status(HttpStatus.NOT_MODIFIED).build());
    }
    return HttpResponse.of(
        headers.contentType(MediaType.OCTET_STREAM)
            .set(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff")
            .contentLength(found.get().value().size())
            .build(),
        HttpData.wrap(found.get().value().unsafeArray()));
  }

  /** The answer of a PUT (201 where it is known to have created the key, else 204) or DELETE (204). */
  static HttpResponse written(HttpStatus success, boolean put, CommitOutcome outcome, RequestId requestId,
      OptionalInt partition) {
    ResponseHeadersBuilder headers = written(success, requestId, partition);
    switch (outcome) {
      case CommitOutcome.Applied applied -> {
        headers.set(REVISION, Long.toString(applied.revision()));
        headers.set(CHANGED, Boolean.toString(applied.changed()));
        if (put) {
          headers.set(HttpHeaderNames.ETAG, Conditions.etag(applied.revision()));
        }
        return HttpResponse.of(headers.build());
      }
      case CommitOutcome.PredicateFailed failed -> {
        failed.currentRevision().ifPresent(at -> headers.set(HttpHeaderNames.ETAG, Conditions.etag(at)));
        return RestErrors.predicateFailed(failed, headers, requestId);
      }
    }
  }

  static HttpResponse committed(CommitOutcome outcome, RequestId requestId, OptionalInt partition) {
    ResponseHeadersBuilder headers = written(HttpStatus.OK, requestId, partition);
    return switch (outcome) {
      case CommitOutcome.Applied applied -> HttpResponse.of(
          headers.set(REVISION, Long.toString(applied.revision())).contentType(MediaType.JSON_UTF_8).build(),
          Json.object(json -> {
            json.writeNumberField("revision", applied.revision());
            json.writeBooleanField("changed", applied.changed());
            json.writeStringField("requestId", requestId.toString());
          }));
      case CommitOutcome.PredicateFailed failed -> RestErrors.predicateFailed(failed, headers, requestId);
    };
  }

  static HttpResponse resolved(Resolution resolution, RequestId requestId, OptionalInt partition) {
    ResponseHeadersBuilder headers = written(HttpStatus.OK, requestId, partition)
        .set(HttpHeaderNames.CACHE_CONTROL, "no-cache");
    return HttpResponse.of(headers.contentType(MediaType.JSON_UTF_8).build(), Json.object(json -> {
      json.writeStringField("requestId", requestId.toString());
      switch (resolution) {
        case Resolution.Applied applied -> {
          json.writeStringField("outcome", "APPLIED");
          json.writeNumberField("revision", applied.revision());
          json.writeBooleanField("changed", applied.changed());
        }
        case Resolution.PredicateFailed failed -> {
          json.writeStringField("outcome", "PREDICATE_FAILED");
          json.writeNumberField("predicate", failed.index());
          if (failed.revision().isPresent()) {
            json.writeNumberField("currentRevision", failed.revision().getAsLong());
          }
        }
        case Resolution.Cancelled cancelled -> {
          json.writeStringField("outcome", "CANCELLED");
          json.writeNumberField("revision", cancelled.revision());
        }
      }
    }));
  }

  static HttpResponse redacted(RedactOutcome outcome, RequestId requestId, OptionalInt partition) {
    ResponseHeadersBuilder headers = written(HttpStatus.OK, requestId, partition);
    return HttpResponse.of(headers.set(REVISION, Long.toString(outcome.revision())).contentType(MediaType.JSON_UTF_8).build(),
        Json.object(json -> {
          json.writeNumberField("revision", outcome.revision());
          json.writeBooleanField("changed", outcome.changed());
          json.writeStringField("requestId", requestId.toString());
        }));
  }

  static HttpResponse values(GetRequest request, GetResult result) {
    return HttpResponse.of(json(result.position()), Json.object(json -> {
      Json.writeKey(json, "partitionKey", request.partitionKey());
      json.writeArrayFieldStart("entries");
      for (int i = 0; i < request.keys().size(); i++) {
        Optional<Versioned> found = result.entries().get(i);
        json.writeStartObject();
        Json.writeKey(json, "key", request.keys().get(i));
        json.writeBooleanField("found", found.isPresent());
        if (found.isPresent()) {
          writeValue(json, found.get().value(), found.get().redacted());
          json.writeNumberField("revision", found.get().revision());
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      writePosition(json, result.position());
    }));
  }

  static HttpResponse page(ScanRequest request, ScanPage page) {
    return HttpResponse.of(json(page.position()), Json.object(json -> {
      Json.writeKey(json, "partitionKey", request.partitionKey());
      json.writeArrayFieldStart("entries");
      for (Entry entry : page.entries()) {
        json.writeStartObject();
        Json.writeKey(json, "key", entry.key());
        if (!request.keysOnly()) {
          writeValue(json, entry.value(), entry.redacted());
        }
        json.writeNumberField("revision", entry.revision());
        json.writeEndObject();
      }
      json.writeEndArray();
      if (page.more()) {
        json.writeStringField("next", new Cursor(page.last(), request.reverse()).toString());
      }
      if (page.snapshotId().isPresent()) {
        json.writeStringField("snapshotId", page.snapshotId().get());
      }
      writePosition(json, page.position());
    }));
  }

  static HttpResponse partitionKeys(PartitionKeysPage page) {
    return HttpResponse.of(ResponseHeaders.of(HttpStatus.OK, HttpHeaderNames.CONTENT_TYPE, MediaType.JSON_UTF_8,
        HttpHeaderNames.CACHE_CONTROL, "no-cache"), Json.object(json -> {
          json.writeArrayFieldStart("partitionKeys");
          for (Bytes partitionKey : page.partitionKeys()) {
            json.writeStartObject();
            Json.writeKey(json, "partitionKey", partitionKey);
            json.writeEndObject();
          }
          json.writeEndArray();
          if (page.more() && page.last().isPresent()) {
            json.writeStringField("next", new Cursor(page.last().get(), false).toString());
          }
        }));
  }

  static HttpResponse cluster(ClusterView view) {
    return HttpResponse.of(ResponseHeaders.of(HttpStatus.OK, HttpHeaderNames.CONTENT_TYPE, MediaType.JSON_UTF_8,
        HttpHeaderNames.CACHE_CONTROL, "no-cache"), Json.object(json -> {
          json.writeStringField("store", view.store());
          json.writeNumberField("partitions", view.partitions());
          json.writeStringField("keyHash", view.keyHash());
          json.writeStringField("table", view.table());
          json.writeArrayFieldStart("nodes");
          for (ClusterView.Node node : view.nodes()) {
            json.writeStartObject();
            json.writeStringField("node", node.node());
            json.writeStringField("address", node.address());
            json.writeBooleanField("reachable", node.reachable());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeArrayFieldStart("partitionViews");
          for (ClusterView.Partition partition : view.partitionViews()) {
            writePartition(json, partition);
          }
          json.writeEndArray();
        }));
  }

  private static void writePartition(JsonGenerator json, ClusterView.Partition partition) throws IOException {
    json.writeStartObject();
    json.writeNumberField("partition", partition.partition());
    json.writeStringField("node", partition.node());
    json.writeStringField("leader", partition.leader());
    json.writeStringField("leaderAddress", partition.leaderAddress());
    json.writeStringField("state", partition.state());
    json.writeNumberField("token", partition.token());
    json.writeNumberField("committed", partition.committed());
    json.writeNumberField("projected", partition.projected());
    json.writeNumberField("lag", partition.lag());
    json.writeNumberField("leaseLeftMs", partition.leaseLeftMs());
    json.writeNumberField("leaseAgeMs", partition.leaseAgeMs());
    json.writeNumberField("memtableBytes", partition.memtableBytes());
    json.writeNumberField("skippedRecords", partition.skippedRecords());
    json.writeEndObject();
  }

  /** A redacted value is not an empty one: it has no field "value". */
  static void writeValue(JsonGenerator json, Bytes value, boolean redacted) throws IOException {
    if (redacted) {
      json.writeBooleanField("redacted", true);
    } else {
      Json.writeValue(json, value);
    }
  }

  private static void writePosition(JsonGenerator json, ReadPosition position) throws IOException {
    json.writeNumberField("revision", position.revision());
    json.writeNumberField("partition", position.partition());
    json.writeStringField("servedBy", position.servedBy());
  }

  private static ResponseHeaders json(ReadPosition position) {
    return served(HttpStatus.OK, position).contentType(MediaType.JSON_UTF_8).build();
  }

  /** no-cache: a cache may keep an answer, but must ask with its ETag before it gives it out. */
  private static ResponseHeadersBuilder served(HttpStatus status, ReadPosition position) {
    return ResponseHeaders.builder(status)
        .set(HttpHeaderNames.CACHE_CONTROL, "no-cache")
        .set(SERVED_BY, position.servedBy())
        .set(REVISION, Long.toString(position.revision()))
        .set(PARTITION, Integer.toString(position.partition()));
  }

  private static ResponseHeadersBuilder written(HttpStatus status, RequestId requestId, OptionalInt partition) {
    ResponseHeadersBuilder headers = ResponseHeaders.builder(status)
        .set(SERVED_BY, LEADER)
        .set(REQUEST_ID, requestId.toString());
    partition.ifPresent(number -> headers.set(PARTITION, Integer.toString(number)));
    return headers;
  }
}
