package io.logfold.standalone.jsonl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.Verdict;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.ScannedLogs;
import io.logfold.projector.Histories;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EventsExportTest {
  private static final String STORE = "s";

  private final LogBuilder[] logs = {Histories.eventful(STORE, 0, 400, 1), Histories.eventful(STORE, 1, 300, 2)};

  @Test
  void theEventsAreThoseOfTheFoldWithAllThatIsKnownOfThem() throws Exception {
    List<JsonNode> lines = export(Set.of(), Optional.empty());

    List<JsonNode> rows = lines.subList(1, lines.size() - 1);
    int next = 0;
    for (int p = 0; p < 2; p++) {
      LogFold fold = new LogFold(FoldState.empty(STORE, p), false);
      for (RawRecord record : logs[p].records()) {
        if (fold.apply(record.offset(), record.value()) instanceof Verdict.Valid valid
            && valid.record() instanceof LogRecord.Event event) {
          assertSame(rows.get(next++), p, record.offset(), event);
        }
      }
      JsonNode end = lines.getLast().path("ends").get(p);
      assertThat(end.path("lsn").asLong()).isEqualTo(fold.state().lsn());
      assertThat(end.path("offset").asLong()).isEqualTo(fold.state().position());
      assertThat(end.path("hash").asText()).isEqualTo(fold.state().hash().bytes().hex());
      assertThat(end.path("records").asLong()).isEqualTo(logs[p].records().size());
    }
    assertThat(rows).hasSize(next).hasSizeGreaterThan(300);
    assertThat(lines.getFirst().path("format").asText()).isEqualTo("logfold-events");
    assertThat(lines.getFirst().path("offsets").get(0).asLong()).isEqualTo(logs[0].lastOffset() + 1);
    assertThat(lines.getLast().path("events").asInt()).isEqualTo(next);
  }

  @Test
  void someEventsCanBeExported() throws Exception {
    List<JsonNode> one = export(Set.of(Bytes.utf8("pk")), Optional.of(Bytes.utf8("k7")));
    assertThat(one.subList(1, one.size() - 1)).isNotEmpty().allSatisfy(
        event -> assertThat(event.path("mutations").findValuesAsText("keyText")).anyMatch(key -> key.startsWith("k7")));
    assertThat(export(Set.of(Bytes.utf8("another")), Optional.empty())).hasSize(2);
  }

  @Test
  void aCorruptLogEndsTheExportWithoutATrailer() throws IOException {
    long at = Histories.corrupt(logs[1]).offset();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThatThrownBy(() -> run(out, Set.of(), Optional.empty())).isInstanceOf(StoreException.class)
        .hasMessageContaining("corrupt at offset " + at + " of partition 1")
        .extracting(e -> ((StoreException) e).code()).isEqualTo(ErrorCode.CORRUPT);
    assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("{\"end\"");
  }

  private static void assertSame(JsonNode line, int partition, long offset, LogRecord.Event event) {
    assertThat(line.path("partition").asInt()).isEqualTo(partition);
    assertThat(line.path("offset").asLong()).isEqualTo(offset);
    assertThat(line.path("revision").asLong()).isEqualTo(event.lsn());
    assertThat(line.path("token").asLong()).isEqualTo(event.token());
    assertThat(line.path("timeMs").asLong()).isEqualTo(event.timeMs());
    assertThat(line.path("principal").asText()).isEqualTo(event.provenance().principal());
    assertThat(line.path("reason").asText()).isEqualTo(event.provenance().reason());
    assertThat(line.path("requestId").asText()).isEqualTo(event.request().id().toString());
    assertThat(line.path("prevHash").asText()).isEqualTo(event.header().prevHash().bytes().hex());
    assertThat(line.path("mutations").size()).isEqualTo(event.mutations().size());
    for (int i = 0; i < event.mutations().size(); i++) {
      JsonNode mutation = line.path("mutations").get(i);
      Mutation expected = event.mutations().get(i);
      JsonNode inner = expected instanceof Mutation.Put ? mutation.path("put") : mutation.path("delete");
      assertThat(Bytes.wrap(Base64.getUrlDecoder().decode(inner.path("key").asText()))).isEqualTo(expected.key());
      if (expected instanceof Mutation.Put put) {
        assertThat(Bytes.wrap(Base64.getDecoder().decode(inner.path("value").asText()))).isEqualTo(put.value());
      }
    }
  }

  private List<JsonNode> export(Set<Bytes> only, Optional<Bytes> prefix) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    run(out, only, prefix);
    List<JsonNode> lines = new ArrayList<>();
    for (String line : out.toString(StandardCharsets.UTF_8).split("\n")) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  private void run(ByteArrayOutputStream out, Set<Bytes> only, Optional<Bytes> prefix) throws IOException {
    try (var scan = new ScannedLogs().with(0, logs[0].records()).with(1, logs[1].records()).open()) {
      new EventsExport(scan, InstantSource.system()).run(STORE, 2, only, prefix, out);
    }
  }
}
