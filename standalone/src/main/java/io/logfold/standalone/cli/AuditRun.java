package io.logfold.standalone.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.audit.AuditCounter;
import io.logfold.log.audit.AuditResult;
import io.logfold.log.audit.Misfit;
import io.logfold.log.audit.PartitionAudit;
import io.logfold.log.audit.Seal;
import io.logfold.log.audit.SealFile;
import io.logfold.log.audit.SealKey;
import io.logfold.log.audit.StoreAudit;
import io.logfold.standalone.audit.AuditedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that reads a whole log and says what it found. */
abstract class AuditRun implements Callable<Integer> {
  private static final long DRAW_MS = 200;

  @Mixin
  LogSource source = new LogSource();

  @Option(names = "--threads", paramLabel = "N", defaultValue = "0",
      description = "Partitions that are read at once. Default: one for each processor.")
  int threads;

  @Option(names = "--progress", negatable = true, description = "Show progress. Default: when standard error is a terminal.")
  @Nullable Boolean progress;

  @Option(names = "--json", description = "Answer with one JSON object.")
  boolean json;

  @Option(names = "--debug", description = "Print the stack trace of a failure.")
  boolean debug;

  final CliIo io;

  AuditRun(CliIo io) {
    this.io = io;
  }

  /** Does the command's work and gives the exit code. */
  abstract int run();

  @Override
  public Integer call() {
    try {
      int code = run();
      io.flush();
      return code;
    } catch (RuntimeException e) {
      CommonOptions options = new CommonOptions();
      options.json = json;
      options.debug = debug;
      return Failures.report(io, options, Optional.empty(), e);
    }
  }

  static PublicKey publicKey(Path file) {
    return SealKey.readPublic(file);
  }

  /** A seal whose signature is right. */
  static Seal.Signed seal(Path file, List<PublicKey> trusted) {
    try {
      Seal.Signed seal = SealFile.parse(file.toString(), Bytes.wrap(Files.readAllBytes(file)));
      SealKey.check(seal, trusted);
      return seal;
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the seal " + file + " cannot be read: " + e, e);
    }
  }

  AuditResult audit(AuditedLog log, List<Seal.Signed> seals, Optional<Seal.Signed> after, boolean strict) {
    int atOnce = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    StoreAudit audit = new StoreAudit(log.store(), log.partitions(), log.opener(), seals, after, strict, atOnce);
    ProgressBar bar = new ProgressBar(io, progress == null ? io.errIsTerminal() : progress, System::nanoTime);
    CompletableFuture<AuditResult> running = CompletableFuture.supplyAsync(audit::run,
        task -> Thread.ofPlatform().daemon().name("audit").start(task));
    try {
      while (true) {
        try {
          return running.get(DRAW_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          draw(bar, audit.counter());
        }
      }
    } catch (ExecutionException e) {
      throw StoreException.from(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(ErrorCode.CANCELLED, "interrupted", e);
    } finally {
      bar.end();
    }
  }

  private static void draw(ProgressBar bar, AuditCounter counter) {
    double seconds = Math.max(bar.seconds(), 1e-3);
    bar.draw(counter.total() == 0 ? 0 : (double) counter.records() / counter.total(),
        String.format(Locale.ROOT, "%,d records  %,.0f/s  %.1f MB/s", counter.records(), counter.records() / seconds,
            counter.bytes() / 1e6 / seconds));
  }

  /** The table of partitions, what does not fit, and how fast it was. */
  List<String> report(AuditResult result) {
    List<List<String>> rows = new ArrayList<>(
        List.of(List.of("PARTITION", "RECORDS", "EVENTS", "SKIPPED", "END", "LSN", "HASH", "FITS")));
    for (PartitionAudit each : result.partitions()) {
      rows.add(List.of(Integer.toString(each.partition()), Long.toString(each.records()), Long.toString(each.events()),
          Long.toString(each.skippedRecords()), Long.toString(each.end()), Long.toString(each.at().lsn()),
          each.at().hash().toString(), each.intact() ? "yes" : "NO"));
    }
    List<String> lines = new ArrayList<>(TextTable.lines(rows));
    for (PartitionAudit each : result.partitions()) {
      if (!each.skipped().isEmpty()) {
        lines.add("partition " + each.partition() + " skipped: " + String.join(", ", each.skipped().entrySet().stream()
            .sorted(Map.Entry.comparingByKey()).map(reason -> reason.getValue() + " " + reason.getKey()).toList()));
      }
      if (each.moreMisfits() > 0) {
        lines.add("partition " + each.partition() + ": " + each.moreMisfits() + " more records that do not count");
      }
    }
    result.misfits().forEach(each -> lines.add(each.toString()));
    double seconds = Math.max(result.elapsedMs() / 1e3, 1e-3);
    lines.add(String.format(Locale.ROOT, "%,d records, %,d events, %.1f MB in %.1f s (%,.0f records/s, %.1f MB/s)",
        result.records(), result.events(), result.bytes() / 1e6, seconds, result.records() / seconds,
        result.bytes() / 1e6 / seconds));
    return lines;
  }

  static void write(JsonGenerator out, AuditedLog log, AuditResult result) throws IOException {
    out.writeStringField("store", result.store());
    out.writeStringField("topic", log.topic());
    out.writeBooleanField("fits", result.intact());
    out.writeNumberField("records", result.records());
    out.writeNumberField("events", result.events());
    out.writeNumberField("bytes", result.bytes());
    out.writeNumberField("elapsedMs", result.elapsedMs());
    out.writeArrayFieldStart("partitions");
    for (PartitionAudit each : result.partitions()) {
      out.writeStartObject();
      out.writeNumberField("partition", each.partition());
      out.writeBooleanField("fits", each.intact());
      out.writeNumberField("records", each.records());
      out.writeNumberField("events", each.events());
      out.writeObjectFieldStart("skipped");
      for (Map.Entry<?, Long> reason : each.skipped().entrySet().stream().sorted(Map.Entry.comparingByKey()).toList()) {
        out.writeNumberField(reason.getKey().toString(), reason.getValue());
      }
      out.writeEndObject();
      out.writeNumberField("missing", each.missing());
      out.writeNumberField("end", each.end());
      out.writeNumberField("position", each.point().position());
      out.writeNumberField("lsn", each.at().lsn());
      out.writeNumberField("timeMs", each.at().logTimeMs());
      out.writeStringField("hash", each.at().hash().bytes().hex());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeArrayFieldStart("misfits");
    for (Misfit each : result.misfits()) {
      out.writeStartObject();
      out.writeNumberField("partition", each.partition());
      out.writeNumberField("offset", each.offset());
      out.writeStringField("kind", each.kind().name());
      out.writeNumberField("suspectFrom", each.suspectFrom());
      out.writeNumberField("suspectTo", each.suspectTo());
      out.writeStringField("message", each.detail());
      out.writeEndObject();
    }
    out.writeEndArray();
  }
}
