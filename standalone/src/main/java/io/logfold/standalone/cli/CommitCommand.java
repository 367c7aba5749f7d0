package io.logfold.standalone.cli;

import io.logfold.api.Store;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "commit",
    description = "Change several keys of a partition key at once, all or nothing, if all predicates hold;"
    + " prints the revision.",
    footer = {"", "The file is JSON, in the form of the REST interface:",
        "  {\"predicates\": [{\"absent\": {\"keyText\": \"a\"}}, {\"exists\": {\"keyText\": \"b\"}},",
        "      {\"valueEquals\": {\"keyText\": \"c\", \"valueText\": \"v\"}},",
        "      {\"revisionIs\": {\"keyText\": \"d\", \"revision\": 7}}],",
        "   \"mutations\": [{\"put\": {\"keyText\": \"a\", \"valueText\": \"1\"}}, {\"delete\": {\"key\": \"Yg\"}}]}",
        "with key (base64url) instead of keyText, and value (base64) instead of valueText, for bytes that are no"
            + " text."})
final class CommitCommand extends StoreCommand {
  @Parameters(index = "0", paramLabel = "PARTITION-KEY", description = "The partition key.")
  String partitionKey = "";

  @Option(names = "--file", required = true, paramLabel = "FILE",
      description = "Predicates and mutations; '-' is standard input.")
  Path file = Path.of("-");

  @Mixin
  WriteOptions write = new WriteOptions();

  CommitCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) {
    OpsFile ops = OpsFile.parse(file(file));
    return commit(store, write, options.encoding.read(partitionKey), ops.predicates(), ops.mutations());
  }
}
