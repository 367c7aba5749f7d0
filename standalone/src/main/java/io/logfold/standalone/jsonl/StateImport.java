package io.logfold.standalone.jsonl;

import io.logfold.api.CallOptions;
import io.logfold.api.Limits;
import io.logfold.api.Provenance;
import io.logfold.api.Store;
import io.logfold.standalone.importgit.Patience;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Imports a file of the state form into a store, whatever its number of partitions. The whole file is looked at before the
 * first row is written, so that a file with a fault changes nothing. Each run belongs to the thread that calls it.
 */
public final class StateImport {
  private final Store store;
  private final CallOptions call;
  private final Patience patience;
  private final LongSupplier nowMs;
  private final LongSupplier nanoTime;
  private final RandomGenerator random;
  private final ImportProgress progress;

  public StateImport(Store store, CallOptions call, Patience patience, LongSupplier nowMs, LongSupplier nanoTime,
      RandomGenerator random, ImportProgress progress) {
    this.store = store;
    this.call = call;
    this.patience = patience;
    this.nowMs = nowMs;
    this.nanoTime = nanoTime;
    this.random = random;
    this.progress = progress;
  }

  /**
   * What to do.
   *
   * @param resume go on behind the mark of an earlier run with the same file and strategy, where there is one
   * @param principal who is to be named
   * @param reason goes before the words that name the file; may be empty
   */
  public record Options(OnConflict onConflict, boolean resume, String principal, String reason) {}

  /**
   * Imports.
   *
   * @throws io.logfold.api.StoreException INVALID_ARGUMENT, TOO_LARGE or UNSUPPORTED with the line of the file that is wrong,
   *     where nothing was written; or what the store says
   * @throws io.logfold.standalone.importgit.ImportRefusedException at a conflict that is to fail
   */
  public ImportSummary run(Path file, Options options) throws InterruptedException {
    StateFile.Facts facts = StateFile.check(file);
    Provenance provenance = provenance(file, facts, options);
    RowMark marks = new RowMark(store, call, patience, nowMs, random, facts.digest(), options.onConflict(), provenance);
    Optional<RowMark.Kept> found = options.resume() ? marks.read() : Optional.empty();
    RowMark.Kept kept = found.orElseGet(
        () -> new RowMark.Kept(HexFormat.of().toHexDigits(random.nextLong()), 0, facts.rows()));
    if (found.isEmpty()) {
      marks.move(kept);
    }
    try (StateFile rows = StateFile.open(file)) {
      return new RowPipeline(store, call, patience, nowMs, nanoTime, rows, options.onConflict(), provenance, marks, kept,
          found.isPresent(), progress).run().withRedacted(facts.redacted());
    }
  }

  private static Provenance provenance(Path file, StateFile.Facts facts, Options options) {
    String said = options.reason().isEmpty() ? "" : options.reason() + "; ";
    String words = "import of " + file.getFileName() + ", an export of store " + facts.store();
    // Behind it come the lines of each batch.
    int room = Limits.MAX_REASON_BYTES - 64;
    String reason = said + words;
    byte[] bytes = reason.getBytes(StandardCharsets.UTF_8);
    while (bytes.length > room) {
      reason = reason.substring(0, reason.length() - 1);
      bytes = reason.getBytes(StandardCharsets.UTF_8);
    }
    return new Provenance(options.principal(), reason, "jsonl:" + facts.digest());
  }
}
