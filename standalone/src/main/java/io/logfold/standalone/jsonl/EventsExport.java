package io.logfold.standalone.jsonl;

import com.fasterxml.jackson.core.JsonGenerator;
import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.PolicyChange;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.LogScan;
import io.logfold.log.Outcome;
import io.logfold.log.RecordCodec;
import io.logfold.log.Verdict;
import io.logfold.query.values.StoredValues;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Writes every valid event of a log, partition by partition, in order, with all that is known of it; records that are not
 * valid are counted and left out, as every reader's fold does. It ends where the log ended when it began. Owned by the thread
 * that calls {@link #run}.
 */
public final class EventsExport {
  private final LogScan log;
  private final InstantSource clock;

  public EventsExport(LogScan log, InstantSource clock) {
    this.log = log;
    this.clock = clock;
  }

  /** What was written. */
  public record Summary(long events, long records) {}

  /** Where a partition's export ended. */
  private record Reached(FoldState state, long events, long records) {}

  /**
   * @param only events of these partition keys; empty: all
   * @param prefix only events that change a key that starts with it
   * @throws StoreException CORRUPT where the log contradicts itself, UNSUPPORTED where it is of a newer format; the trailer is
   *     then missing
   */
  public Summary run(String store, int partitions, Set<Bytes> only, Optional<Bytes> prefix, OutputStream out)
      throws IOException {
    LineWriter lines = new LineWriter(out);
    Map<Integer, Long> ends = log.ends(IntStream.range(0, partitions).boxed().toList());
    lines.line(json -> {
      json.writeStringField("format", Format.EVENTS);
      json.writeNumberField("version", Format.VERSION);
      json.writeStringField("store", store);
      json.writeNumberField("partitions", partitions);
      json.writeStringField("madeAt", clock.instant().toString());
      json.writeStringField("consistency", "every valid event below these offsets of each partition, by LSN");
      json.writeArrayFieldStart("offsets");
      for (int p = 0; p < partitions; p++) {
        json.writeNumber(ends.getOrDefault(p, 0L));
      }
      json.writeEndArray();
      StateExport.scope(json, List.copyOf(only), prefix);
    });
    List<Reached> reached = new ArrayList<>();
    try {
      for (int p = 0; p < partitions; p++) {
        reached.add(partition(store, p, ends.getOrDefault(p, 0L), only, prefix, lines));
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    long events = reached.stream().mapToLong(Reached::events).sum();
    lines.trailer(Format.EVENTS, json -> {
      json.writeNumberField("events", events);
      json.writeArrayFieldStart("ends");
      for (Reached each : reached) {
        json.writeStartObject();
        json.writeNumberField("partition", each.state().partition());
        json.writeNumberField("offset", each.state().position());
        json.writeNumberField("lsn", each.state().lsn());
        json.writeStringField("hash", each.state().hash().bytes().hex());
        json.writeNumberField("records", each.records());
        json.writeNumberField("events", each.events());
        json.writeEndObject();
      }
      json.writeEndArray();
    });
    return new Summary(events, reached.stream().mapToLong(Reached::records).sum());
  }

  private Reached partition(String store, int partition, long end, Set<Bytes> only, Optional<Bytes> prefix,
      LineWriter lines) {
    LogFold fold = new LogFold(FoldState.empty(store, partition), false);
    long[] counts = new long[2];
    log.read(partition, 0, end, (offset, raw) -> {
      counts[0]++;
      switch (fold.apply(offset, raw)) {
        case Verdict.Valid valid -> {
          if (valid.record() instanceof LogRecord.Event event && wanted(event, only, prefix)) {
            counts[1]++;
            try {
              lines.line(json -> event(json, offset, event));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        }
        case Verdict.Corrupt corrupt -> throw new StoreException(ErrorCode.CORRUPT, "the log is corrupt at offset " + offset
            + " of partition " + partition + ": " + corrupt.detail() + ". The export ends there, without a trailer");
        case Verdict.NewerFormat newer -> throw new StoreException(ErrorCode.UNSUPPORTED, "the record at offset " + offset
            + " of partition " + partition + " has format " + newer.format() + ", which this version does not know; export"
            + " with a newer one");
        case Verdict.Skipped skipped -> {}
        case Verdict.GenesisAccepted accepted -> {}
        case Verdict.ClaimEffective effective -> {}
      }
      return true;
    });
    return new Reached(fold.state(), counts[1], counts[0]);
  }

  private static boolean wanted(LogRecord.Event event, Set<Bytes> only, Optional<Bytes> prefix) {
    return (only.isEmpty() || only.contains(event.partitionKey()))
        && (prefix.isEmpty() || event.mutations().stream().anyMatch(each -> each.key().startsWith(prefix.get()))
        || event.redaction().filter(redaction -> redaction.key().startsWith(prefix.get())).isPresent());
  }

  private static void event(JsonGenerator json, long offset, LogRecord.Event event) throws IOException {
    json.writeNumberField("partition", event.header().partition());
    json.writeNumberField("revision", event.lsn());
    json.writeNumberField("offset", offset);
    json.writeNumberField("token", event.token());
    json.writeNumberField("timeMs", event.timeMs());
    json.writeStringField("principal", event.provenance().principal());
    json.writeStringField("reason", event.provenance().reason());
    json.writeStringField("source", event.provenance().source());
    json.writeStringField("requestId", event.request().id().toString());
    json.writeNumberField("attempt", event.request().attempt());
    json.writeNumberField("requestTimeMs", event.request().timeMs());
    json.writeStringField("prevHash", event.header().prevHash().bytes().hex());
    if (!event.partitionKey().isEmpty()) {
      JsonBytes.key(json, "partitionKey", event.partitionKey());
    }
    outcome(json, event.outcome());
    if (event.serve().isPresent()) {
      json.writeStringField("serve", event.serve().get());
    }
    if (event.policy().isPresent()) {
      policy(json, event.policy().get());
    }
    if (event.redaction().isPresent()) {
      json.writeObjectFieldStart("redaction");
      JsonBytes.key(json, "key", event.redaction().get().key());
      json.writeNumberField("revision", event.redaction().get().revision());
      json.writeEndObject();
    }
    json.writeArrayFieldStart("mutations");
    for (Mutation mutation : event.mutations()) {
      json.writeStartObject();
      switch (mutation) {
        case Mutation.Put put -> {
          json.writeObjectFieldStart("put");
          JsonBytes.key(json, "key", put.key());
          boolean encrypted = StoredValues.keyId(put.value()).isPresent();
          if (encrypted) {
            json.writeBooleanField("encrypted", true); // as it is stored: the log holds nothing else
          }
          JsonBytes.value(json, encrypted ? put.value() : StoredValues.unescaped(put.value()), Format.MOST_TEXT_BYTES);
        }
        case Mutation.Delete delete -> {
          json.writeObjectFieldStart("delete");
          JsonBytes.key(json, "key", delete.key());
        }
      }
      json.writeEndObject();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void policy(JsonGenerator json, PolicyChange change) throws IOException {
    json.writeObjectFieldStart("policy");
    json.writeStringField("name", change.name());
    switch (change) {
      case PolicyChange.Put put -> {
        JsonBytes.key(json, "prefix", put.policy().partitionKeyPrefix());
        json.writeBooleanField("requirePrincipal", put.policy().requirePrincipal());
        json.writeBooleanField("requireReason", put.policy().requireReason());
        json.writeBooleanField("redactable", put.policy().redactable());
      }
      case PolicyChange.Remove remove -> json.writeBooleanField("removed", true);
    }
    json.writeEndObject();
  }

  private static void outcome(JsonGenerator json, Outcome outcome) throws IOException {
    switch (outcome) {
      case Outcome.Applied applied -> json.writeStringField("outcome", "applied");
      case Outcome.Unchanged unchanged -> json.writeStringField("outcome", "unchanged");
      case Outcome.Cancelled cancelled -> json.writeStringField("outcome", "cancelled");
      case Outcome.PredicateFailed failed -> {
        json.writeStringField("outcome", "predicate-failed");
        json.writeNumberField("failedPredicate", failed.index());
        json.writeNumberField("failedRevision", failed.revision());
      }
    }
  }
}
