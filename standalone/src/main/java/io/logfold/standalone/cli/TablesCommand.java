package io.logfold.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The tables of a node: how they stand, which one serves. */
@Command(name = "tables", description = "List the tables that the log is projected into, how far each is, and which one"
    + " answers for the store; 'tables serve NAME' lets another one.")
final class TablesCommand extends AdminCommand {
  @Option(names = "--partitions", description = "Show each partition.")
  boolean partitions;

  TablesCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(AdminClient server) {
    JsonNode tables = server.get("/v1/tables").path("tables");
    if (options.json) {
      tables.forEach(table -> io.line(table.toString()));
      return ExitCodes.OK;
    }
    List<List<String>> rows = new ArrayList<>(List.of(List.of("NAME", "STATE", "SERVES", "BEHIND", "SECONDS", "EVENTS/S", "URL")));
    for (JsonNode table : tables) {
      rows.add(List.of(table.path("name").asText(), table.path("state").asText().toLowerCase(Locale.ROOT),
          table.path("serves").asInt() + "/" + table.path("partitions").size(), events(table), seconds(table),
          table.path("eventsPerSecond").asText(), table.path("url").asText()));
    }
    TextTable.lines(rows).forEach(io::line);
    for (JsonNode table : tables) {
      if (!table.path("trouble").asText().isEmpty()) {
        io.line(table.path("name").asText() + ": " + table.path("trouble").asText());
      }
    }
    List<List<String>> details = new ArrayList<>(List.of(
        List.of("NAME", "PARTITION", "STATE", "SERVES", "REVISION", "COMMITTED", "BEHIND", "SECONDS", "TROUBLE")));
    for (JsonNode table : tables) {
      for (JsonNode each : table.path("partitions")) {
        if (partitions || !each.path("trouble").asText().isEmpty()) {
          details.add(List.of(table.path("name").asText(), each.path("partition").asText(),
              each.path("state").asText().toLowerCase(Locale.ROOT), each.path("serving").asBoolean() ? "yes" : "no",
              each.path("revision").asLong() < 0 ? "-" : each.path("revision").asText(), each.path("committed").asText(),
              events(each), seconds(each), each.path("trouble").asText()));
        }
      }
    }
    if (details.size() > 1) {
      io.line("");
      TextTable.lines(details).forEach(io::line);
    }
    return ExitCodes.OK;
  }

  private static String events(JsonNode of) {
    return of.path("lagEvents").asLong() < 0 ? "-" : of.path("lagEvents").asText();
  }

  private static String seconds(JsonNode of) {
    long ms = of.path("lagMs").asLong();
    return ms < 0 ? "-" : String.format(Locale.ROOT, "%.1f", ms / 1e3);
  }

  /** {@code tables serve NAME}. */
  @Command(name = "serve", description = "Let this table answer for the store, in every partition, while it runs. Refused"
      + " while the table is not caught up.")
  static final class Serve extends AdminCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The table, as 'logfold tables' lists it.")
    String name = "";

    @Option(names = "--principal", paramLabel = "WHO", description = "Who does it; kept in the log.")
    @Nullable String principal;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; kept in the log.")
    @Nullable String reason;

    Serve(CliIo io) {
      super(io);
    }

    @Override
    int run(AdminClient server) {
      Map<String, String> headers = new LinkedHashMap<>();
      headers.put("Logfold-Timeout", Long.toString(options.timeout.toMillis()));
      if (principal != null) {
        headers.put("Logfold-Principal", segment(principal));
      }
      if (reason != null) {
        headers.put("Logfold-Reason", segment(reason));
      }
      AdminClient.Answer answer = server.postRaw("/v1/tables/" + segment(name) + "/serve", Map.of(), headers);
      JsonNode body = answer.body();
      if (!body.has("partitions")) {
        throw new StoreException(ErrorCode.INTERNAL, "the server's answer is none: " + server.checked(answer));
      }
      boolean all = answer.status() == 200;
      if (options.json) {
        io.line(body.toString());
      } else if (all) {
        long changed = 0;
        for (JsonNode partition : body.path("partitions")) {
          changed += partition.path("changed").asBoolean() ? 1 : 0;
        }
        io.line(changed == 0 ? name + " serves already" : name + " serves from now on, in " + changed + " of "
            + body.path("partitions").size() + " partitions by this change");
      }
      if (!all) {
        for (JsonNode partition : body.path("partitions")) {
          if (!partition.path("serves").asBoolean()) {
            io.err().println("logfold: " + partition.path("code").asText() + ": " + partition.path("message").asText());
          }
        }
      }
      return all ? ExitCodes.OK : ErrorCode.UNAVAILABLE.exitCode();
    }
  }

  /** {@code tables remove NAME}. */
  @Command(name = "remove", description = "Stop projecting into this table and forget it. Its backend is left as it is.")
  static final class Remove extends AdminCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The table, as 'logfold tables' lists it.")
    String name = "";

    Remove(CliIo io) {
      super(io);
    }

    @Override
    int run(AdminClient server) {
      server.delete("/v1/tables/" + segment(name));
      if (options.json) {
        JsonOut.object(io, json -> json.writeStringField("removed", name));
      } else {
        io.line(name + " is forgotten; what it holds was left as it is");
      }
      return ExitCodes.OK;
    }
  }
}
