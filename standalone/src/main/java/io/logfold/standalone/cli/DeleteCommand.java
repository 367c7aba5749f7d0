package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Store;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "delete", description = "Delete a key; one that is absent is fine, unless a condition says otherwise.")
final class DeleteCommand extends StoreCommand {
  @Mixin
  KeyArguments arguments = new KeyArguments();
  @Mixin
  WriteOptions write = new WriteOptions();

  @ArgGroup(exclusive = true, multiplicity = "0..1")
  Conditions.@Nullable OfDelete condition;

  DeleteCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) {
    Bytes key = arguments.key(this, false);
    Conditions.OfDelete given = condition;
    List<Predicate> predicates = given == null ? List.of() : List.of(given.predicate(this, key));
    return commit(store, write, arguments.partitionKey(this), predicates, List.of(new Mutation.Delete(key)));
  }
}
