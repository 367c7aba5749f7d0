package io.logfold.standalone.cli;

import io.logfold.api.ErrorCode;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.standalone.importgit.GitImporter;
import io.logfold.standalone.importgit.ImportOptions;
import io.logfold.standalone.importgit.ImportSummary;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "import-git",
    description = "Replay a git branch's history, along first parents: each commit is one event, each"
    + " path a key, its mode and object id the value. Run again, it goes on behind the last imported commit.",
    footer = {"", "Who, why and whence of an event are the commit's author, subject and object id.",
        "The last imported commit is kept under partition key 'logfold/import-git'."})
final class ImportGitCommand extends StoreCommand {
  @Parameters(index = "0", paramLabel = "REPO", description = "The repository's folder, bare or not.")
  Path repository = Path.of(".");

  @Option(names = "--branch", paramLabel = "B", description = "The branch. Default: what HEAD points to.")
  @Nullable String branch;

  @Option(names = "--partition-key", paramLabel = "PK", description = "Where to. Default: REPOSITORY/BRANCH.")
  @Nullable String partitionKey;

  @Option(names = "--limit", paramLabel = "N", defaultValue = "0",
      description = "Most commits in this run. Default: all.")
  long limit;

  @Option(names = "--rewritten",
      description = "Where the branch's history was rewritten: bring the partition key to the tip by"
      + " one difference.")
  boolean rewritten;

  @Option(names = "--revisions", paramLabel = "FILE",
      description = "Write for each imported commit the revision at which the partition key holds its tree, 'COMMIT REVISION'"
          + " a line, behind what the file holds; '-' is standard output. 'scan --as-of REVISION' then gives that commit.")
  @Nullable Path revisions;

  @Option(names = "--progress", negatable = true,
      description = "Show progress. Default: when standard error is a terminal.")
  @Nullable Boolean progress;

  ImportGitCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) throws InterruptedException {
    Path file = revisions;
    if (file == null) {
      return run(store, ProgressLine.Revisions.NOWHERE);
    }
    if (file.toString().equals("-")) {
      return run(store, (oid, revision) -> io.line(oid + " " + revision));
    }
    try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.CREATE,
        StandardOpenOption.APPEND)) {
      return run(store, (oid, revision) -> {
        try {
          out.write(oid + " " + revision + "\n");
          out.flush();
        } catch (IOException e) {
          throw notWritten(file, e);
        }
      });
    } catch (IOException e) {
      throw notWritten(file, e);
    }
  }

  private static StoreException notWritten(Path file, IOException e) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "--revisions " + file + " cannot be written: " + e, e);
  }

  private int run(Store store, ProgressLine.Revisions told) throws InterruptedException {
    if (limit < 0) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "--limit must be 0 (all) or more, got " + limit);
    }
    ProgressLine line = new ProgressLine(io, progress == null ? io.errIsTerminal() : progress, System::nanoTime, told);
    ImportSummary summary;
    try {
      summary = new GitImporter(store, io.clock()::millis, io.random(), StoreCommand::sleep, line)
          .run(new ImportOptions(repository, Optional.ofNullable(branch),
              Optional.ofNullable(partitionKey).map(options.encoding::read), limit, rewritten, options.call()));
    } finally {
      line.end();
    }
    double seconds = line.seconds();
    if (options.json) {
      JsonOut.object(io, json -> {
        JsonOut.key(json, "partitionKey", summary.partitionKey());
        json.writeStringField("tip", summary.tip());
        json.writeNumberField("commits", summary.commits());
        json.writeNumberField("changes", summary.changes());
        json.writeNumberField("storeCommits", summary.storeCommits());
        json.writeNumberField("left", summary.left());
        json.writeNumberField("seconds", seconds);
      });
    } else {
      String left = summary.left() > 0 ? ", " + summary.left() + " commits left" : "";
      io.line(String.format(Locale.ROOT, "%s is at %s: %d commits, %d changes in %.1f s (%.0f commits/s)%s",
          summary.partitionKey(), summary.tip(), summary.commits(), summary.changes(), seconds,
          summary.commits() / Math.max(seconds, 1e-9), left));
    }
    return ExitCodes.OK;
  }
}
