package io.logfold.standalone.cli;

import io.logfold.api.Provenance;
import io.logfold.api.RedactOutcome;
import io.logfold.api.RedactRequest;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Store;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes one value unreadable. */
@Command(name = "redact", description = "Make one value unreadable, for ever and everywhere: in the log, the tables, the"
    + " history and every later replay. Who did it and why stays in the log. It must have been written under a policy that"
    + " says --redactable. Asking again is harmless.")
final class RedactCommand extends StoreCommand {
  @Parameters(index = "0", paramLabel = "PARTITION-KEY", description = "The partition key.")
  String partitionKey = "";

  @Parameters(index = "1", paramLabel = "KEY", description = "The key.")
  String key = "";

  @Option(names = "--revision", paramLabel = "REV", required = true,
      description = "The revision that put the value, as 'get' and 'history' tell it.")
  long revision;

  @Option(names = "--principal", paramLabel = "NAME",
      description = "Who does it; kept in the log. Default: $LOGFOLD_PRINCIPAL, or the user's name.")
  @Nullable String principal;

  @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why; kept in the log.")
  String reason = "";

  RedactCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) {
    String who = principal != null ? principal
        : io.variable("LOGFOLD_PRINCIPAL").orElse(System.getProperty("user.name", ""));
    RequestInfo request = new RequestInfo(RequestId.random(io.random()), 1, io.clock().millis());
    RedactOutcome outcome = await(store.redact(new RedactRequest(options.encoding.read(partitionKey),
        options.encoding.read(key), revision, request, Provenance.of(who, reason)), options.call()));
    if (options.json) {
      JsonOut.object(io, json -> {
        json.writeNumberField("revision", outcome.revision());
        json.writeBooleanField("changed", outcome.changed());
      });
    } else {
      io.line(outcome.changed() ? "redacted by revision " + outcome.revision() : "it was redacted before");
    }
    return ExitCodes.OK;
  }
}
