package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code PARTITION-KEY [KEY] [VALUE]}: key and value may come from files, and then are left out here. */
final class KeyArguments {
  @Parameters(index = "0", paramLabel = "PARTITION-KEY", description = "The partition key.")
  String partitionKey = "";

  @Parameters(index = "1..*", arity = "0..2", paramLabel = "KEY [VALUE]", hideParamSyntax = true,
      description = "The key (unless --key-file), then, for writes of a value, the value (unless --value-file)."
          + " '-' reads standard input. An argument that begins with '-' goes behind '--'.")
  List<String> rest = new ArrayList<>();

  @Option(names = "--key-file", paramLabel = "FILE",
      description = "Read the key from a file, byte for byte; '-' is standard input.")
  @Nullable Path keyFile;

  Bytes partitionKey(StoreCommand command) {
    return command.options.encoding.read(partitionKey);
  }

  Bytes key(StoreCommand command, boolean valueFollows) {
    int expected = (keyFile == null ? 1 : 0) + (valueFollows ? 1 : 0);
    if (rest.size() != expected) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "expected PARTITION-KEY" + (keyFile == null ? " KEY" : "")
          + (valueFollows ? " VALUE" : "") + ", got " + (rest.size() + 1) + " arguments");
    }
    if (keyFile != null && keyFile.toString().equals("-") && valueFollows && rest.contains("-")
        || rest.stream().filter("-"::equals).count() > 1) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "standard input can be the key or the value, not both");
    }
    return keyFile != null ? command.file(keyFile) : command.argument(rest.getFirst());
  }

  Bytes value(StoreCommand command, Optional<Path> valueFile) {
    return valueFile.isPresent() ? command.file(valueFile.get()) : command.argument(rest.getLast());
  }
}
