package io.logfold.standalone.cli;

import io.logfold.api.ErrorCode;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.standalone.importgit.Patience;
import io.logfold.standalone.jsonl.ImportProgress;
import io.logfold.standalone.jsonl.ImportSummary;
import io.logfold.standalone.jsonl.OnConflict;
import io.logfold.standalone.jsonl.StateImport;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "import",
    description = "Write what 'logfold export --what state' wrote into a store. The whole file is looked at first: one with a"
    + " fault changes nothing.",
    footer = {"", "A key that holds the very value is left alone, and is no conflict. Interrupted, the same command with --resume"
        + " goes on; how far an import is, is kept under partition key 'logfold/import-jsonl'."})
final class ImportCommand extends StoreCommand {
  @Parameters(index = "0", paramLabel = "FILE", description = "The file.")
  Path file = Path.of("");

  @Option(names = "--format", paramLabel = "jsonl", defaultValue = "jsonl", description = "There is only this one.")
  String format = "jsonl";

  @Option(names = "--on-conflict", paramLabel = "skip|overwrite|fail", defaultValue = "fail",
      description = "Where a key has another value: leave it, replace it, or stop. Default: ${DEFAULT-VALUE}.")
  String onConflict = "fail";

  @Option(names = "--resume", description = "Go on where an earlier run of this file with the same --on-conflict was.")
  boolean resume;

  @Option(names = "--principal", paramLabel = "NAME",
      description = "Who writes. Default: $LOGFOLD_PRINCIPAL, or the user's name.")
  @Nullable String principal;

  @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "",
      description = "Why. The file's name and the lines are put behind it.")
  String reason = "";

  @Option(names = "--progress", negatable = true,
      description = "Show progress. Default: when standard error is a terminal.")
  @Nullable Boolean progress;

  ImportCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) throws InterruptedException {
    ExportCommand.checkFormat(format);
    OnConflict strategy = switch (onConflict) {
      case "skip" -> OnConflict.SKIP;
      case "overwrite" -> OnConflict.OVERWRITE;
      case "fail" -> OnConflict.FAIL;
      default -> throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "--on-conflict must be skip, overwrite or fail, got '" + onConflict + "'");
    };
    String who = WriteOptions.principal(principal, io);
    ProgressBar bar = new ProgressBar(io, progress == null ? io.errIsTerminal() : progress, System::nanoTime);
    ImportSummary done;
    try {
      done = new StateImport(store, options.call(), new Patience(StoreCommand::sleep), io.clock()::millis, System::nanoTime,
          io.random(), new Drawn(bar)).run(file, new StateImport.Options(strategy, resume, who, reason));
    } finally {
      bar.end();
    }
    double seconds = bar.seconds();
    if (options.json) {
      JsonOut.object(io, json -> {
        json.writeNumberField("imported", done.imported());
        json.writeNumberField("overwritten", done.overwritten());
        json.writeNumberField("skipped", done.skipped());
        json.writeNumberField("unchanged", done.unchanged());
        json.writeNumberField("before", done.before());
        json.writeNumberField("redacted", done.redacted());
        json.writeNumberField("seconds", seconds);
      });
    } else {
      io.line(String.format(Locale.ROOT, "%,d rows imported, %,d overwritten, %,d skipped, %,d there already%s%s in %.1f s"
          + " (%,.0f rows/s)", done.imported(), done.overwritten(), done.skipped(), done.unchanged(),
          done.before() > 0 ? String.format(Locale.ROOT, ", %,d done before", done.before()) : "",
          done.redacted() > 0 ? String.format(Locale.ROOT, ", %,d left out whose value was redacted", done.redacted()) : "", seconds,
          done.rows() / Math.max(seconds, 1e-9)));
    }
    return ExitCodes.OK;
  }

  /** Progress as a bar. */
  private final class Drawn implements ImportProgress {
    private final ProgressBar bar;
    private long first = -1;

    Drawn(ProgressBar bar) {
      this.bar = bar;
    }

    @Override
    public void advanced(long rows, long of) {
      if (first < 0) {
        first = rows;
      }
      double rate = (rows - first) / Math.max(1e-9, bar.seconds());
      bar.draw(of == 0 ? 1 : (double) rows / of, String.format(Locale.ROOT, "%,d/%,d rows  %,.0f rows/s  %s left", rows, of,
          rate, ProgressBar.duration(rate == 0 ? -1 : (long) ((of - rows) / rate))));
    }

    @Override
    public void retrying(String why) {
      bar.end();
      io.err().println("logfold: trying again: " + why);
    }
  }
}
