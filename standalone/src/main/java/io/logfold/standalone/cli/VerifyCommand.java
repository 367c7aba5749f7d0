package io.logfold.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Compares a table with the log, in the server, and tells what it found. */
@Command(name = "verify", description = "Fold the log anew and compare every row of a table with it, both ways; nothing is"
    + " changed. The store and the table may go on meanwhile.",
    footer = {"", "Exit code 0: equal. 9: they differ, or the table is not of this log."})
final class VerifyCommand extends AdminCommand {
  @Option(names = "--table", paramLabel = "TABLE", defaultValue = "main",
      description = "Name or URL. Default: ${DEFAULT-VALUE}.")
  String table = "main";

  @Option(names = "--against", paramLabel = "TABLE",
      description = "Compare with this table (name or URL) instead of the log; both must stand at one position.")
  @Nullable String against;

  @Option(names = "--differences", paramLabel = "N", defaultValue = "10",
      description = "Show so many; all are counted. Default: ${DEFAULT-VALUE}.")
  int differences = 10;

  @Option(names = "--progress", negatable = true, description = "Show progress. Default: when standard error is a terminal.")
  @Nullable Boolean progress;

  VerifyCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(AdminClient server) {
    Map<String, String> fields = new LinkedHashMap<>(Map.of("table", table, "differences", Integer.toString(differences)));
    Optional.ofNullable(against).ifPresent(text -> fields.put("against", text));
    String path = "/v1/verifications/" + server.post("/v1/verifications", fields).path("id").asText();
    ProgressBar bar = new ProgressBar(io, progress == null ? io.errIsTerminal() : progress, System::nanoTime);
    JsonNode ended = endedBySignal(() -> server.delete(path), () -> {
      while (true) {
        JsonNode now = server.get(path);
        if (!now.path("state").asText().equals("RUNNING")) {
          return now;
        }
        draw(bar, now.path("progress"));
        pause();
      }
    });
    bar.end();
    return report(ended);
  }

  private static void draw(ProgressBar bar, JsonNode progress) {
    long total = progress.path("totalRecords").asLong();
    long records = progress.path("records").asLong();
    bar.draw(total <= 0 ? 0 : (double) records / total, String.format(Locale.ROOT,
        "%,d records folded  %,d rows compared  %,d differences", records, progress.path("rows").asLong(),
        progress.path("differences").asLong()));
  }

  private int report(JsonNode ended) {
    String state = ended.path("state").asText();
    JsonNode result = ended.path("result");
    switch (state) {
      case "FAILED" -> throw new StoreException(failure(ended.path("code").asText()), ended.path("message").asText());
      case "CANCELLED" -> throw new StoreException(ErrorCode.CANCELLED, "the verification was ended before it was done");
      default -> { }
    }
    if (options.json) {
      io.line(ended.toString());
      return state.equals("EQUAL") ? ExitCodes.OK : ErrorCode.CORRUPT.exitCode();
    }
    for (JsonNode difference : result.path("firstDifferences")) {
      io.line(difference.path("message").asText());
    }
    for (JsonNode partition : result.path("partitions")) {
      if (!partition.path("problem").asText().isEmpty()) {
        io.line("partition " + partition.path("partition").asInt() + ": " + partition.path("problem").asText());
      }
    }
    String with = against == null ? "the log" : ended.path("against").asText();
    boolean equal = state.equals("EQUAL");
    io.line(String.format(Locale.ROOT, "%s %s %s: %,d rows, %,d events, %,d differences in %.1f s",
        ended.path("table").asText(),
        equal ? "equals" : "differs from", with, result.path("rows").asLong(), result.path("events").asLong(),
        result.path("differences").asLong(), result.path("elapsedMs").asLong() / 1e3));
    io.line("digest " + result.path("digest").asText() + " at revision " + positions(result));
    return equal ? ExitCodes.OK : ErrorCode.CORRUPT.exitCode();
  }

  private static ErrorCode failure(String name) {
    return Arrays.stream(ErrorCode.values()).filter(code -> code.name().equals(name)).findFirst()
        .orElse(ErrorCode.UNAVAILABLE);
  }

  private static String positions(JsonNode result) {
    StringBuilder all = new StringBuilder();
    for (JsonNode partition : result.path("partitions")) {
      all.append(all.isEmpty() ? "" : ",").append(partition.path("partition").asInt()).append(':')
          .append(partition.path("revision").asLong());
    }
    return all.toString();
  }
}
