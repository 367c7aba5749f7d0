package io.logfold.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Builds a table from history, in the server, and watches. */
@Command(name = "replay", description = "Build a table from history, from nothing or from where it stands; the store goes on"
    + " meanwhile. Afterwards the table follows the log, and 'tables serve' lets it answer.",
    footer = {"", "Ctrl-C stops the building; what was built stays, and the same command goes on from there."})
final class ReplayCommand extends AdminCommand {
  @Option(names = "--to", paramLabel = "URL", required = true,
      description = "The table: rocksdb:DIR (a folder of the server), postgres://..., dynamodb://REGION/TABLE?...")
  String to = "";

  @Option(names = "--name", paramLabel = "N", description = "What it is to be called. Default: its URL's scheme.")
  @Nullable String name;

  @Option(names = "--until", paramLabel = "REV|TIME", description = "Build it up to here only, and leave it there: a"
      + " time such as 2026-11-22T10:00:00Z, a revision that no partition goes beyond, or"
      + " PARTITION:REVISION,...")
  @Nullable String until;

  @Option(names = "--seed-from", paramLabel = "TABLE", description = "Copy the rows of this table (name or URL) first, and"
      + " replay only what came after.")
  @Nullable String seedFrom;

  @Option(names = "--progress", negatable = true, description = "Show progress. Default: when standard error is a terminal.")
  @Nullable Boolean progress;

  ReplayCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(AdminClient server) {
    Map<String, String> fields = new LinkedHashMap<>(Map.of("url", to));
    Optional.ofNullable(name).ifPresent(text -> fields.put("name", text));
    Optional.ofNullable(until).ifPresent(text -> fields.put("until", text));
    Optional.ofNullable(seedFrom).ifPresent(text -> fields.put("seedFrom", text));
    String built = server.post("/v1/tables", fields).path("name").asText();
    String path = "/v1/tables/" + segment(built);
    ProgressBar bar = new ProgressBar(io, progress == null ? io.errIsTerminal() : progress, System::nanoTime);
    JsonNode ended = endedBySignal(() -> {
      server.post(path + "/stop", Map.of());
      bar.end();
      io.err().println("logfold: stopped; what was built stays, and the same command goes on from there");
    }, () -> {
      while (true) {
        JsonNode table = server.get(path);
        if (!table.path("state").asText().equals("BUILDING")) {
          return table;
        }
        draw(bar, table.path("progress"));
        pause();
      }
    });
    bar.end();
    return report(built, ended);
  }

  private static void draw(ProgressBar bar, JsonNode progress) {
    long total = progress.path("totalRecords").asLong();
    long records = progress.path("records").asLong();
    long seeded = progress.path("rowsSeeded").asLong();
    bar.draw(total <= 0 ? 0 : (double) records / total, String.format(Locale.ROOT, "%,d/%s records  %s%,d/s  %s left", records,
        total < 0 ? "?" : String.format(Locale.ROOT, "%,d", total),
        seeded > 0 ? String.format(Locale.ROOT, "%,d rows copied  ", seeded) : "",
        progress.path("recordsPerSecond").asLong(), ProgressBar.duration(progress.path("secondsLeft").asLong())));
  }

  private int report(String built, JsonNode table) {
    JsonNode done = table.path("built");
    boolean complete = done.path("complete").asBoolean();
    if (options.json) {
      io.line(table.toString());
      return complete ? ExitCodes.OK : ErrorCode.CANCELLED.exitCode();
    }
    if (!complete) {
      String why = table.path("trouble").asText();
      throw new StoreException(table.path("state").asText().equals("FAILED") ? ErrorCode.UNAVAILABLE : ErrorCode.CANCELLED,
          "the table \"" + built + "\": " + (why.isEmpty() ? "its building ended, see 'logfold tables'" : why));
    }
    double seconds = done.path("elapsedMs").asLong() / 1e3;
    long copied = done.path("rowsSeeded").asLong();
    io.line(String.format(Locale.ROOT, "%s is built: %s%,d events of %,d records in %.1f s (%,.0f records/s); %s", built,
        copied > 0 ? String.format(Locale.ROOT, "%,d rows copied, ", copied) : "", done.path("events").asLong(),
        done.path("records").asLong(), seconds, done.path("records").asLong() / Math.max(seconds, 1e-3),
        until == null ? "it follows the log now" : "it stays there"));
    return ExitCodes.OK;
  }
}
