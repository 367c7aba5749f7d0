package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Store;
import io.logfold.api.Versioned;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "get",
    description = "Print a key's value, byte for byte, and nothing else; its revision goes to standard"
    + " error. An absent key is exit code 3.")
final class GetCommand extends StoreCommand {
  @Mixin
  KeyArguments arguments = new KeyArguments();

  @Option(names = "--consistency", paramLabel = "LEVEL", defaultValue = "linearizable", converter = Consistencies.class,
      description = "linearizable, barrier, read-index, at-least=REVISION or stale=DURATION. Default: ${DEFAULT-VALUE}.")
  Consistency consistency = Consistency.LINEARIZABLE;

  @Mixin
  AsOfOption asOf = new AsOfOption();

  GetCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) {
    Bytes partitionKey = arguments.partitionKey(this);
    Bytes key = arguments.key(this, false);
    GetResult result = await(store.get(new GetRequest(partitionKey, List.of(key), asOf.consistency(consistency)),
        options.call()));
    asOf.note(io, result.position().revision());
    Optional<Versioned> found = result.entries().getFirst();
    if (options.json) {
      JsonOut.object(io, json -> {
        json.writeBooleanField("found", found.isPresent());
        JsonOut.key(json, "partitionKey", partitionKey);
        JsonOut.key(json, "key", key);
        if (found.isPresent()) {
          JsonOut.value(json, found.get().value(), found.get().redacted());
          json.writeNumberField("revision", found.get().revision());
        }
        json.writeNumberField("position", result.position().revision());
        json.writeStringField("servedBy", result.position().servedBy());
      });
    }
    if (found.isEmpty()) {
      io.err().println("logfold: NOT_FOUND: " + partitionKey + " has no key " + key);
      return ExitCodes.ABSENT_OR_REFUSED;
    }
    if (found.get().redacted()) {
      io.err().println("logfold: REDACTED: the value of " + key + " under " + partitionKey + " (revision "
          + found.get().revision() + ") was made unreadable; 'logfold history' tells by whom and why");
      return ErrorCode.REDACTED.exitCode();
    }
    if (!options.json) {
      Bytes value = found.get().value();
      io.write(options.encoding == Encoding.UTF8
          ? value.unsafeArray() : Bytes.utf8(options.encoding.line(value) + "\n").unsafeArray());
      io.flush();
      boolean lineIsOpen = options.encoding == Encoding.UTF8 && !value.isEmpty() && value.at(value.size() - 1) != '\n';
      if (lineIsOpen) {
        io.err().println();
      }
      io.err().println("revision " + found.get().revision());
    }
    return ExitCodes.OK;
  }
}
