package io.logfold.standalone.jsonl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.testing.ReferenceStore;
import io.logfold.standalone.DelegatingStore;
import io.logfold.standalone.importgit.FaultyStore;
import io.logfold.standalone.importgit.FaultyStore.Fault;
import io.logfold.standalone.importgit.ImportRefusedException;
import io.logfold.standalone.importgit.Patience;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** State out of a store and into another, against stores in memory. */
class JsonlTest {
  private static final Bytes PK = Bytes.utf8("pk");

  @TempDir Path folder;

  @Test
  void anyBytesComeThroughIntoAStoreOfAnotherNumberOfPartitions() throws Exception {
    Map<Bytes, Map<Bytes, Bytes>> rows = Rows.nasty(20_000, 12, 1);
    Path file = exported(store(rows));
    ReferenceStore target = new ReferenceStore(7, InstantSource.system(), Runnable::run, 100);

    ImportSummary summary = run(target, file, OnConflict.FAIL, false);

    assertThat(Rows.of(target)).isEqualTo(rows);
    assertThat(summary).isEqualTo(new ImportSummary(count(rows), 0, 0, 0, 0, 0));
    assertThat(run(target, file, OnConflict.FAIL, false)).isEqualTo(new ImportSummary(0, 0, 0, count(rows), 0, 0));
    assertThat(run(target, file, OnConflict.FAIL, true)).isEqualTo(new ImportSummary(0, 0, 0, 0, count(rows), 0));
  }

  @Test
  void theHeaderSaysWhatTheRowsAreAndTheTrailerHowMany() throws Exception {
    Path file = exported(store(Map.of(PK, Map.of(Bytes.utf8("k"), Bytes.utf8("v")))));
    List<JsonNode> lines = json(file);
    assertThat(lines).hasSize(3);
    assertThat(lines.getFirst().path("format").asText()).isEqualTo("logfold-state");
    assertThat(lines.getFirst().path("version").asInt()).isEqualTo(1);
    assertThat(lines.getFirst().path("positions").isArray()).isTrue();
    assertThat(lines.getFirst().path("consistency").asText()).contains("snapshot");
    assertThat(lines.get(1).path("keyText").asText()).isEqualTo("k");
    assertThat(lines.get(1).path("value").asText()).isEqualTo("dg==");
    assertThat(lines.get(1).path("revision").asLong()).isEqualTo(1);
    assertThat(lines.get(2).path("rows").asLong()).isEqualTo(1);
  }

  @Test
  void someOfAStoreCanBeExported() throws Exception {
    Bytes other = Bytes.utf8("other");
    ReferenceStore source = store(Map.of(
        PK, Map.of(Bytes.utf8("a1"), Bytes.EMPTY, Bytes.utf8("a2"), Bytes.EMPTY, Bytes.utf8("b"), Bytes.EMPTY),
        other, Map.of(Bytes.utf8("a3"), Bytes.EMPTY)));
    ReferenceStore target = new ReferenceStore();
    Path file = folder.resolve("some");
    Files.write(file, export(source, List.of(PK, Bytes.utf8("absent")), Optional.of(Bytes.utf8("a"))));
    run(target, file, OnConflict.FAIL, false);
    assertThat(Rows.of(target)).isEqualTo(Map.of(PK, Map.of(Bytes.utf8("a1"), Bytes.EMPTY, Bytes.utf8("a2"), Bytes.EMPTY)));
  }

  @ParameterizedTest
  @EnumSource(OnConflict.class)
  void aConflictIsSettledAsWasAsked(OnConflict onConflict) throws Exception {
    Path file = exported(store(Map.of(PK, Map.of(Bytes.utf8("a"), Bytes.utf8("new"), Bytes.utf8("b"), Bytes.utf8("same"),
        Bytes.utf8("c"), Bytes.utf8("new")))));
    ReferenceStore target = store(Map.of(PK, Map.of(Bytes.utf8("b"), Bytes.utf8("same"), Bytes.utf8("c"), Bytes.utf8("old"))));
    switch (onConflict) {
      case SKIP -> {
        assertThat(run(target, file, onConflict, false)).isEqualTo(new ImportSummary(1, 0, 1, 1, 0, 0));
        assertThat(value(target, "a")).hasValue("new");
        assertThat(value(target, "c")).hasValue("old");
      }
      case OVERWRITE -> {
        assertThat(run(target, file, onConflict, false)).isEqualTo(new ImportSummary(1, 1, 0, 1, 0, 0));
        assertThat(value(target, "c")).hasValue("new");
      }
      case FAIL -> {
        assertThatThrownBy(() -> run(target, file, onConflict, false)).isInstanceOf(ImportRefusedException.class)
            .hasMessageContaining("line 4").hasMessageContaining("\"c\"").hasMessageContaining("--on-conflict");
        assertThat(value(target, "a")).isEmpty();
        assertThat(value(target, "c")).hasValue("old");
      }
    }
  }

  /** Every call of a run is the last that works; the next run finds a store that may have forgotten all request ids. */
  @ParameterizedTest
  @CsvSource({"NOT_SENT, false, true", "LOST, true, true", "ANSWER_LOST, false, true", "ANSWER_LOST, true, true",
      "ANSWER_LOST, false, false", "ANSWER_LOST, true, false", "LOST, true, false"})
  void interruptedAtAnyCallTheNextRunWritesEachRowOnce(Fault fault, boolean forgetIds, boolean resume) throws Exception {
    Map<Bytes, Map<Bytes, Bytes>> rows = Rows.nasty(1_500, 5, 2);
    Path file = exported(store(rows));
    FaultyStore whole = FaultyStore.recording(new ReferenceStore());
    run(whole, file, OnConflict.FAIL, false);

    for (int last = 1; last <= whole.calls(); last++) {
      int failing = last;
      ReferenceStore target = new ReferenceStore();
      FaultyStore first = new FaultyStore(target,
          call -> call < failing ? Fault.NONE : call == failing ? fault : Fault.NOT_SENT, forgetIds);
      assertThatThrownBy(() -> run(first, file, OnConflict.FAIL, false)).isInstanceOf(StoreException.class);
      FaultyStore second = new FaultyStore(target, call -> Fault.NONE, forgetIds);
      run(second, file, OnConflict.FAIL, resume);

      assertThat(Rows.of(target)).isEqualTo(rows);
      Map<List<Bytes>, Integer> writes = new TreeMap<>(java.util.Comparator.comparing(Object::toString));
      List<CommitRequest> applied = new ArrayList<>(first.applied());
      second.applied().stream().filter(each -> forgetIds || first.applied().stream().noneMatch(
          earlier -> earlier.request().id().equals(each.request().id()))).forEach(applied::add);
      applied.stream().filter(each -> !each.partitionKey().equals(RowMark.PARTITION_KEY)).forEach(each -> each.mutations()
          .forEach(mutation -> writes.merge(List.of(each.partitionKey(), mutation.key()), 1, Integer::sum)));
      assertThat(writes.values()).allMatch(times -> times == 1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void callsThatFailNowAndThenDoNotStopARun(int seed) throws Exception {
    Map<Bytes, Map<Bytes, Bytes>> rows = Rows.nasty(3_000, 7, 3);
    Path file = exported(store(rows));
    Random random = new Random(seed);
    Fault[] faults = Fault.values();
    ReferenceStore target = new ReferenceStore();
    FaultyStore faulty = new FaultyStore(target,
        call -> random.nextInt(10) == 0 ? faults[random.nextInt(faults.length)] : Fault.NONE, false);

    ImportSummary summary = run(faulty, file, OnConflict.FAIL, false);

    assertThat(Rows.of(target)).isEqualTo(rows);
    assertThat(summary.rows()).isEqualTo(count(rows));
  }

  @Test
  void aResumedRunDoesNotDoAgainWhatTheRunBeforeNeverLearntOf() throws Exception {
    Path file = exported(store(Map.of(PK, Map.of(Bytes.utf8("k"), Bytes.utf8("v")))));
    ReferenceStore target = new ReferenceStore();
    // The mark is read by nobody and written by the first call; the second is the row's commit.
    FaultyStore dying = new FaultyStore(target,
        call -> call < 2 ? Fault.NONE : call == 2 ? Fault.ANSWER_LOST : Fault.NOT_SENT, false);
    assertThatThrownBy(() -> run(dying, file, OnConflict.FAIL, false)).isInstanceOf(StoreException.class);
    assertThat(value(target, "k")).hasValue("v");
    new BlockingStore(target).delete(PK, Bytes.utf8("k"));

    run(target, file, OnConflict.FAIL, true);

    assertThat(value(target, "k")).as("somebody deleted it after it was imported").isEmpty();
  }

  @Test
  void whatAResumedRunHasDoneIsNoConflictEvenWhereItWasChangedSince() throws Exception {
    Map<Bytes, Bytes> values = new TreeMap<>();
    for (int i = 0; i < 20_000; i++) {
      values.put(Bytes.utf8(String.format("%05d", i)), Bytes.utf8("v"));
    }
    Path file = exported(store(Map.of(PK, values)));
    ReferenceStore target = new ReferenceStore();
    FaultyStore dying = new FaultyStore(target, call -> call < 150 ? Fault.NONE : Fault.NOT_SENT, false);
    long[] nanos = {0};
    // Time goes fast, so that the mark moves with every batch.
    assertThatThrownBy(() -> importer(dying, () -> nanos[0] += 2_000_000_000L)
        .run(file, options(OnConflict.FAIL, false))).isInstanceOf(StoreException.class);
    new BlockingStore(target).set(PK, Bytes.utf8("00000"), Bytes.utf8("changed since"));

    ImportSummary summary = run(target, file, OnConflict.FAIL, true);

    assertThat(summary.before()).isPositive();
    assertThat(summary.before() + summary.rows()).isEqualTo(20_000);
    assertThat(value(target, "00000")).hasValue("changed since");
    assertThat(Rows.of(target).get(PK)).hasSize(20_000);
    // Without --resume it is a conflict like any other.
    assertThatThrownBy(() -> run(target, file, OnConflict.FAIL, false)).isInstanceOf(ImportRefusedException.class);
  }

  /** Somebody writes each key between the import's look and its commit. */
  @ParameterizedTest
  @EnumSource(OnConflict.class)
  void whatIsChangedMeanwhileIsDecidedAnew(OnConflict onConflict) throws Exception {
    Path file = exported(store(Map.of(PK, Map.of(Bytes.utf8("k"), Bytes.utf8("row")))));
    ReferenceStore target = new ReferenceStore();
    Store meddled = new Meddled(target);
    switch (onConflict) {
      case SKIP -> assertThat(run(meddled, file, onConflict, false)).isEqualTo(new ImportSummary(0, 0, 1, 0, 0, 0));
      case OVERWRITE -> assertThat(run(meddled, file, onConflict, false)).isEqualTo(new ImportSummary(0, 1, 0, 0, 0, 0));
      case FAIL -> assertThatThrownBy(() -> run(meddled, file, onConflict, false)).isInstanceOf(ImportRefusedException.class);
    }
    assertThat(value(target, "k")).hasValue(onConflict == OnConflict.OVERWRITE ? "row" : "of somebody else");
  }

  @Test
  void theEventsSayThatTheyCameFromThisFile() throws Exception {
    Path file = exported(store(Map.of(PK, Map.of(Bytes.utf8("k"), Bytes.utf8("v")))));
    FaultyStore target = FaultyStore.recording(new ReferenceStore());
    run(target, file, OnConflict.SKIP, false);
    assertThat(target.applied()).filteredOn(each -> each.partitionKey().equals(PK)).singleElement().satisfies(each -> {
      assertThat(each.provenance().principal()).isEqualTo("tester");
      assertThat(each.provenance().reason()).startsWith("moving; import of export.jsonl").endsWith("lines 2-2");
      assertThat(each.provenance().source()).matches("jsonl:[0-9a-f]{64}");
    });
  }

  @Test
  void aFileThatIsCutOffAnywhereIsRefusedAndChangesNothing() throws Exception {
    byte[] whole = Files.readAllBytes(exported(store(Rows.nasty(20, 3, 4))));
    FaultyStore target = FaultyStore.recording(new ReferenceStore());
    Random random = new Random(5);
    Stream<Integer> cuts = Stream.concat(Stream.of(0, 1, whole.length - 2, whole.length - 3),
        random.ints(60, 0, whole.length - 1).boxed());
    for (int cut : cuts.toList()) {
      Path file = folder.resolve("cut");
      Files.write(file, Arrays.copyOf(whole, cut));
      assertThatThrownBy(() -> run(target, file, OnConflict.OVERWRITE, false)).as("cut at " + cut)
          .isInstanceOf(StoreException.class).hasMessageContaining(" line ");
    }
    assertThat(target.calls()).isZero();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "2 | not json | INVALID_ARGUMENT | line 2: this is not JSON",
      "2 | {\"partitionKey\":\"cGs\",\"key\":\"aw\"} | INVALID_ARGUMENT | line 2: a row needs value (base64) or valueText",
      "2 | {\"partitionKey\":\"cGs\",\"key\":\"\",\"value\":\"\"} | MISSING_KEY | line 2: key must have",
      "2 | {\"partitionKey\":\"cGs\",\"key\":\"aw\",\"value\":\"!!\"} | INVALID_ARGUMENT | line 2: value is not base64",
      "2 | {\"partitionKey\":\"cGs\",\"key\":\"aw\",\"keyText\":\"x\",\"value\":\"\"} | INVALID_ARGUMENT | key and keyText differ",
      "2 | {\"partitionKey\":\"cGs\",\"key\":\"aw\",\"value\":\"\",\"what\":1} | INVALID_ARGUMENT | line 2: there is no field 'what'",
      "3 | {\"partitionKey\":\"cGs\",\"key\":\"YQ\",\"value\":\"\"} | INVALID_ARGUMENT | line 3: key \"a\" comes behind \"a\"",
      "1 | {\"format\":\"logfold-state\",\"version\":2} | UNSUPPORTED | line 1: the file has version 2",
      "1 | {\"format\":\"logfold-events\",\"version\":1} | INVALID_ARGUMENT | line 1: the file holds events",
      "1 | {\"format\":\"other\"} | INVALID_ARGUMENT | line 1: the header must say",
      "5 | {\"end\":\"logfold-state\",\"rows\":4} | INVALID_ARGUMENT | line 5: the trailer says 4 rows, the file has 3",
      "5 | {\"end\":\"logfold-state\",\"rows\":3,\"sha256\":\"00\"} | INVALID_ARGUMENT | line 5: the lines before have another SHA-256",
      "6 | {} | INVALID_ARGUMENT | line 6: something follows behind the trailer"})
  void aFileWithAFaultIsRefusedWithTheLineAndChangesNothing(int line, String text, ErrorCode code, String words)
      throws Exception {
    Path file = exported(store(Map.of(PK, Map.of(Bytes.utf8("a"), Bytes.EMPTY, Bytes.utf8("b"), Bytes.EMPTY,
        Bytes.utf8("c"), Bytes.EMPTY))));
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    if (line > lines.size()) {
      lines.add(text);
    } else {
      lines.set(line - 1, text);
    }
    Files.write(file, lines);
    FaultyStore target = FaultyStore.recording(new ReferenceStore());
    assertThatThrownBy(() -> run(target, file, OnConflict.OVERWRITE, false)).isInstanceOf(StoreException.class)
        .hasMessageContaining(words).extracting(e -> ((StoreException) e).code()).isEqualTo(code);
    assertThat(target.calls()).isZero();
  }

  @Test
  void aValueBeyondTheLimitIsRefusedWithItsLine() throws Exception {
    Path file = folder.resolve("large");
    String value = java.util.Base64.getEncoder().encodeToString(new byte[Limits.MAX_VALUE_BYTES + 1]);
    Files.write(file, List.of("{\"format\":\"logfold-state\",\"version\":1,\"store\":\"s\"}",
        "{\"partitionKey\":\"cGs\",\"key\":\"YQ\",\"value\":\"" + value + "\"}", "{\"end\":\"logfold-state\",\"rows\":1}"));
    assertThatThrownBy(() -> run(new ReferenceStore(), file, OnConflict.OVERWRITE, false))
        .isInstanceOf(StoreException.class).hasMessageContaining("line 2: value has at most 399360 bytes")
        .extracting(e -> ((StoreException) e).code()).isEqualTo(ErrorCode.TOO_LARGE);
  }

  /** Written by hand: text alone, a partition key that comes again, no digest. */
  @Test
  void aFileMadeByHandIsTakenTheLastRowOfAKeyLast() throws Exception {
    Path file = folder.resolve("by-hand");
    List<String> lines = new ArrayList<>(List.of("{\"format\":\"logfold-state\",\"version\":1}"));
    for (int i = 0; i < 300; i++) {
      lines.add("{\"partitionKeyText\":\"" + (i % 2 == 0 ? "even" : "pk") + "\",\"keyText\":\"k\",\"valueText\":\"" + i + "\"}");
    }
    lines.add("{\"end\":\"logfold-state\",\"rows\":300}");
    Files.write(file, lines);
    ReferenceStore target = new ReferenceStore();
    run(target, file, OnConflict.OVERWRITE, false);
    assertThat(value(target, "k")).hasValue("299");
  }

  private ReferenceStore store(Map<Bytes, Map<Bytes, Bytes>> rows) {
    ReferenceStore store = new ReferenceStore();
    BlockingStore writing = new BlockingStore(store);
    rows.forEach((partitionKey, each) -> each.forEach((key, value) -> writing.set(partitionKey, key, value)));
    return store;
  }

  private Path exported(Store store) throws IOException {
    Path file = folder.resolve("export.jsonl");
    Files.write(file, export(store, List.of(), Optional.empty()));
    return file;
  }

  private static byte[] export(Store store, List<Bytes> only, Optional<Bytes> prefix) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new StateExport(store, CallOptions.DEFAULT, new Patience(pause -> {}), InstantSource.system(), System::nanoTime)
        .run(only, prefix, out);
    return out.toByteArray();
  }

  private static StateImport importer(Store store, java.util.function.LongSupplier nanoTime) {
    return new StateImport(store, CallOptions.DEFAULT, new Patience(pause -> {}), System::currentTimeMillis, nanoTime,
        new Random(), ImportProgress.SILENT);
  }

  private static StateImport.Options options(OnConflict onConflict, boolean resume) {
    return new StateImport.Options(onConflict, resume, "tester", "moving");
  }

  private static ImportSummary run(Store store, Path file, OnConflict onConflict, boolean resume) throws InterruptedException {
    return importer(store, System::nanoTime).run(file, options(onConflict, resume));
  }

  private static long count(Map<Bytes, Map<Bytes, Bytes>> rows) {
    return rows.values().stream().mapToLong(Map::size).sum();
  }

  private static Optional<String> value(Store store, String key) {
    return new BlockingStore(store).get(PK, Bytes.utf8(key)).map(found -> found.value().utf8());
  }

  private static List<JsonNode> json(Path file) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readString(file, StandardCharsets.UTF_8).split("\n")) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  /** A store in which somebody else is always first, once. */
  private static final class Meddled extends DelegatingStore {
    private boolean done;

    Meddled(Store store) {
      super(store);
    }

    @Override
    public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
      if (!done && !request.partitionKey().equals(RowMark.PARTITION_KEY)) {
        done = true;
        for (Mutation mutation : request.mutations()) {
          new BlockingStore(store).set(request.partitionKey(), mutation.key(), Bytes.utf8("of somebody else"));
        }
      }
      return super.commit(request, options);
    }
  }
}
