package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.Moment;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Store;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "keys", description = "Print the store's partition keys in order, one a line.")
final class KeysCommand extends StoreCommand {
  @Option(names = "--null", description = "Print bytes as they are, with a zero byte behind each partition key.")
  boolean zero;

  @Mixin
  AsOfOption asOf = new AsOfOption();

  KeysCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) {
    Optional<Moment> moment = asOf.moment();
    Optional<Bytes> after = Optional.empty();
    boolean none = true;
    while (true) {
      PartitionKeysPage page = await(store.partitionKeys(new PartitionKeysRequest(after, 1_000, moment), options.call()));
      page.partitionKeys().forEach(this::print);
      none &= page.partitionKeys().isEmpty();
      if (moment.isPresent() && none && !page.more()) {
        io.err().println("logfold: note: as of " + asOf.text + " no partition key held anything");
      }
      if (!page.more() || page.last().isEmpty()) {
        return ExitCodes.OK;
      }
      io.flush();
      after = page.last();
    }
  }

  private void print(Bytes partitionKey) {
    if (options.json) {
      JsonOut.object(io, json -> JsonOut.key(json, "partitionKey", partitionKey));
    } else if (zero) {
      io.write(partitionKey.unsafeArray());
      io.write(0);
    } else {
      io.line(options.encoding.line(partitionKey));
    }
  }
}
