package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Store;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "set-if",
    description = "Set a key's value if a condition holds; prints the new revision. Where the condition"
    + " does not hold nothing is changed: exit code 3.")
final class SetIfCommand extends StoreCommand {
  @Mixin
  KeyArguments arguments = new KeyArguments();
  @Mixin
  WriteOptions write = new WriteOptions();

  @ArgGroup(exclusive = true, multiplicity = "1")
  Conditions.OfSet condition = new Conditions.OfSet();

  @Option(names = "--value-file", paramLabel = "FILE",
      description = "Read the value from a file; '-' is standard input.")
  @Nullable Path valueFile;

  SetIfCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) {
    Bytes key = arguments.key(this, valueFile == null);
    Bytes value = arguments.value(this, Optional.ofNullable(valueFile));
    return commit(store, write, arguments.partitionKey(this), List.of(condition.predicate(this, key)),
        List.of(new Mutation.Put(key, value)));
  }
}
