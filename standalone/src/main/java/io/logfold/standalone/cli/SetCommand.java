package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Store;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "set", description = "Set a key's value, whatever it was; prints the new revision.")
final class SetCommand extends StoreCommand {
  @Mixin
  KeyArguments arguments = new KeyArguments();
  @Mixin
  WriteOptions write = new WriteOptions();

  @Option(names = "--value-file", paramLabel = "FILE",
      description = "Read the value from a file; '-' is standard input.")
  @Nullable Path valueFile;

  SetCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) {
    Bytes key = arguments.key(this, valueFile == null);
    Bytes value = arguments.value(this, Optional.ofNullable(valueFile));
    return commit(store, write, arguments.partitionKey(this), List.of(), List.of(new Mutation.Put(key, value)));
  }
}
