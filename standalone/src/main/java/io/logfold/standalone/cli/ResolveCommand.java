package io.logfold.standalone.cli;

import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.Store;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "resolve",
    description = "Say what became of a write whose fate is not known, for good. One that has not arrived is withdrawn: it is"
        + " void whenever it should. Exit code 0 where it was applied, 3 where it was not and never will be.")
final class ResolveCommand extends StoreCommand {
  @Parameters(index = "0", paramLabel = "PARTITION-KEY", description = "The partition key of the write.")
  String partitionKey = "";

  @Parameters(index = "1", paramLabel = "REQUEST-ID", description = "The id of the write, a UUID.")
  String requestId = "";

  @Option(names = "--request-time", paramLabel = "MS", required = true,
      description = "When the write was first made, milliseconds since the epoch, as it said: only from it can the leader"
          + " tell a request that never came from one that it has forgotten.")
  long requestTimeMs;

  @Option(names = "--principal", paramLabel = "NAME",
      description = "Who asks; logged where the write is withdrawn. Default: $LOGFOLD_PRINCIPAL, or the user's name.")
  @Nullable String principal;

  @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "Why; logged likewise.")
  String reason = "";

  ResolveCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) {
    RequestId id = RequestId.parse(requestId);
    String who = principal != null ? principal
        : io.variable("LOGFOLD_PRINCIPAL").orElse(System.getProperty("user.name", ""));
    Resolution resolution = await(store.resolve(new ResolveRequest(
        options.encoding.read(partitionKey), id, requestTimeMs, Provenance.of(who, reason)), options.call()));
    if (options.json) {
      printJson(id, resolution);
    } else {
      io.line(switch (resolution) {
        case Resolution.Applied applied -> "applied at revision " + applied.revision()
            + (applied.changed() ? "" : ", where nothing had to change");
        case Resolution.PredicateFailed failed -> "not applied: predicate " + failed.index() + " failed, its key "
            + (failed.revision().isPresent() ? "had revision " + failed.revision().getAsLong() : "was absent");
        case Resolution.Cancelled cancelled -> "not applied: withdrawn at revision " + cancelled.revision();
      });
    }
    return resolution instanceof Resolution.Applied ? ExitCodes.OK : ExitCodes.ABSENT_OR_REFUSED;
  }

  private void printJson(RequestId id, Resolution resolution) {
    JsonOut.object(io, json -> {
      json.writeStringField("requestId", id.toString());
      switch (resolution) {
        case Resolution.Applied applied -> {
          json.writeStringField("outcome", "APPLIED");
          json.writeNumberField("revision", applied.revision());
          json.writeBooleanField("changed", applied.changed());
        }
        case Resolution.PredicateFailed failed -> {
          json.writeStringField("outcome", "PREDICATE_FAILED");
          json.writeNumberField("predicate", failed.index());
          if (failed.revision().isPresent()) {
            json.writeNumberField("currentRevision", failed.revision().getAsLong());
          }
        }
        case Resolution.Cancelled cancelled -> {
          json.writeStringField("outcome", "CANCELLED");
          json.writeNumberField("revision", cancelled.revision());
        }
      }
    });
  }
}
