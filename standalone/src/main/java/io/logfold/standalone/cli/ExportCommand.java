package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Moment;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.standalone.importgit.Patience;
import io.logfold.log.LogScan;
import io.logfold.standalone.audit.AuditedLog;
import io.logfold.standalone.jsonl.EventsExport;
import io.logfold.standalone.jsonl.StateExport;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "export",
    description = "Write a store as JSON lines: what it holds (--what state, asked of a server), or every valid event"
    + " of its log (--what events, read from Kafka). The last line says how many there were: without it the file is cut off.",
    footer = {"", "State comes back by 'logfold import'."})
final class ExportCommand implements Callable<Integer> {
  @Parameters(arity = "0..*", paramLabel = "PARTITION-KEY", description = "Only these. Default: all.")
  List<String> partitionKeys = List.of();

  @Option(names = "--what", paramLabel = "state|events", defaultValue = "state", description = "Default: ${DEFAULT-VALUE}.")
  String what = "state";

  @Option(names = "--format", paramLabel = "jsonl", defaultValue = "jsonl", description = "There is only this one.")
  String format = "jsonl";

  @Option(names = "--prefix", paramLabel = "KEY",
      description = "Only keys that start with it; of events, those that change such a key.")
  @Nullable String prefix;

  @Option(names = "--output", paramLabel = "FILE",
      description = "Where to; it appears once it is whole. Default: standard output.")
  @Nullable Path output;

  @Mixin
  CommonOptions options = new CommonOptions();

  @Mixin
  AsOfOption asOf = new AsOfOption();

  @Mixin
  LogSource source = new LogSource();

  private final CliIo io;

  ExportCommand(CliIo io) {
    this.io = io;
  }

  /** Writes it all, and says so in words. */
  private interface Export {
    String to(OutputStream out) throws IOException;
  }

  @Override
  public Integer call() {
    try {
      checkFormat(format);
      String done = switch (what) {
        case "state" -> state();
        case "events" -> events();
        default -> throw new StoreException(ErrorCode.INVALID_ARGUMENT, "--what must be state or events, got '" + what + "'");
      };
      io.flush();
      io.err().println(done);
      return ExitCodes.OK;
    } catch (RuntimeException e) {
      return Failures.report(io, options, Optional.empty(), e);
    }
  }

  static void checkFormat(String format) {
    if (!format.equals("jsonl")) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "--format must be jsonl, got '" + format + "'");
    }
  }

  private List<Bytes> wanted() {
    return partitionKeys.stream().map(options.encoding::read).toList();
  }

  private Optional<Bytes> wantedPrefix() {
    return Optional.ofNullable(prefix).map(options.encoding::read);
  }

  private String state() {
    long start = System.nanoTime();
    try (Store store = options.connect(io)) {
      return write(out -> {
        Optional<Moment> moment = asOf.moment();
        StateExport.Summary done = new StateExport(store, options.call(), new Patience(StoreCommand::sleep), io.clock(),
            System::nanoTime).run(wanted(), wantedPrefix(), moment, out);
        return "exported " + counted(done.rows(), "rows", start) + " of " + done.partitionKeys() + " partition keys"
            + (done.withoutSnapshot() > 0 ? ", " + done.withoutSnapshot() + " of them without a snapshot" : "");
      });
    }
  }

  private String events() {
    if (asOf.moment().isPresent()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "--as-of is for --what state; events carry their revisions and times");
    }
    long start = System.nanoTime();
    try (AuditedLog log = source.open(io); LogScan scan = log.opener().open()) {
      return write(out -> {
        EventsExport.Summary done = new EventsExport(scan, io.clock()).run(log.store(), log.partitions(),
            new LinkedHashSet<>(wanted()), wantedPrefix(), out);
        return "exported " + counted(done.events(), "events", start) + " of " + done.records() + " records";
      });
    }
  }

  private static String counted(long count, String what, long startNanos) {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    return String.format(Locale.ROOT, "%,d %s in %.1f s (%,.0f %s/s)", count, what, seconds, count / Math.max(seconds, 1e-9),
        what);
  }

  private String write(Export export) {
    Path file = output;
    if (file == null) {
      try {
        return export.to(io.out());
      } catch (IOException e) {
        throw new CliIo.OutputClosedException(e);
      }
    }
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    try {
      String done;
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(partial), 1 << 16)) {
        done = export.to(out);
      } catch (IOException | RuntimeException e) {
        Files.deleteIfExists(partial);
        throw e;
      }
      Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      return done;
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, file + " cannot be written: " + e, e);
    }
  }
}
