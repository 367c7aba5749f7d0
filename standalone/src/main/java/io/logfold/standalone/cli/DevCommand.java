package io.logfold.standalone.cli;

import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.node.RunningNode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "dev",
    description = "Run a store in this process: an embedded broker and all roles, data kept. Ctrl-C or SIGTERM"
    + " stops it in order (exit code 0).")
final class DevCommand implements Callable<Integer> {
  @Option(names = "--data", paramLabel = "DIR", defaultValue = "./data",
      description = "What is kept. Default: ${DEFAULT-VALUE}.")
  Path data = Path.of("data");

  @Option(names = "--port", paramLabel = "N", defaultValue = "7171",
      description = "0: any free one. Default: ${DEFAULT-VALUE}.")
  int port;

  @Option(names = "--host", paramLabel = "HOST", defaultValue = "127.0.0.1",
      description = "Where to listen. Default: ${DEFAULT-VALUE}.")
  String host = "127.0.0.1";

  @Option(names = "--table", paramLabel = "URL",
      description = "The table that the store begins with: memory:, rocksdb:DIR, postgres://USER@HOST/DATABASE or"
      + " dynamodb://REGION/TABLE. Default: rocksdb:DATA/table.")
  @Nullable String table;

  @Option(names = "--partitions", paramLabel = "N", defaultValue = "0",
      description = "Partitions of the store; only on the"
      + " first start, fixed for life. Default: the node's.")
  int partitions;

  @Option(names = "--principal-source", paramLabel = "header|none", defaultValue = "header",
      description = "Where the principal"
      + " of a write comes from. Default: ${DEFAULT-VALUE} (believed as it is: for development).")
  String principalSource = "header";

  @Option(names = "--min-free-disk-mib", paramLabel = "N", defaultValue = "512",
      description = "With less than that left on the data folder's disk writes are refused. Default: ${DEFAULT-VALUE}.")
  long leastFreeDiskMib = DevOptions.DEFAULT_LEAST_FREE_DISK_BYTES >> 20;

  @Option(names = "--memtable-mib", paramLabel = "N", defaultValue = "256",
      description = "What the leaders remember, of all partitions together; reads of what is not there go to the table,"
      + " and where more than that waits for the table, writers are slowed down. Default: ${DEFAULT-VALUE}.")
  long memtableMib = DevOptions.DEFAULT_MEMTABLE_BYTES >> 20;

  @Option(names = "--no-history",
      description = "Keep no history of changes beside the table: it is half of what the table costs, and more.")
  boolean noHistory;

  @Option(names = "--master-key", paramLabel = "FILE", description = "Key for values that can be redacted, as 'logfold"
      + " policy master-key' makes it. Without it they are refused.")
  @Nullable Path masterKey;

  @Option(names = "--debug", description = "Print the stack trace of a failure.")
  boolean debug;

  private final CliIo io;
  private final RunningNode.Starter<DevOptions> starter;
  private final StopSignal stopSignal;

  DevCommand(CliIo io, RunningNode.Starter<DevOptions> starter, StopSignal stopSignal) {
    this.io = io;
    this.starter = starter;
    this.stopSignal = stopSignal;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (port < 0 || port > 65_535) {
      io.err().println("logfold: INVALID_ARGUMENT: --port must be 0 to 65535, got " + port);
      return ExitCodes.USAGE;
    }
    if (partitions < 0) {
      io.err().println("logfold: INVALID_ARGUMENT: --partitions must be 1 or more, got " + partitions);
      return ExitCodes.USAGE;
    }
    if (!principalSource.equals("header") && !principalSource.equals("none")) {
      io.err().println("logfold: INVALID_ARGUMENT: --principal-source must be header or none, got '"
          + principalSource + "'");
      return ExitCodes.USAGE;
    }
    if (memtableMib < 1 || memtableMib > 1 << 20) {
      io.err().println("logfold: INVALID_ARGUMENT: --memtable-mib must be 1 or more, got " + memtableMib);
      return ExitCodes.USAGE;
    }
    DevOptions start = new DevOptions(data, host, port, table == null ? "rocksdb:" + data.resolve("table") : table,
        partitions, principalSource, memtableMib << 20, leastFreeDiskMib << 20, !noHistory,
        Optional.ofNullable(masterKey));
    return new NodeRun(io, stopSignal, debug).run(() -> starter.start(start), data.toString());
  }
}
