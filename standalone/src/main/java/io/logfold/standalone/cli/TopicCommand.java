package io.logfold.standalone.cli;

import io.logfold.standalone.node.StartupException;
import io.logfold.standalone.server.ServerConfig;
import io.logfold.standalone.server.StoreTopic;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The topic of a store. */
@Command(name = "topic", description = "Make the topic of a store: 'topic create --config FILE'.",
    synopsisSubcommandLabel = "create")
final class TopicCommand implements Runnable {
  @Spec
  @Nullable CommandSpec spec;

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "what of the topic? expected 'topic create --config FILE'");
    }
  }

  /** Makes it, with the settings that a store's promises rest on. */
  @Command(name = "create", description = "Make the topic that a node's configuration file names, with the settings that it"
      + " must have. Where it exists, look whether it has them; change nothing.")
  static final class Create implements Callable<Integer> {
    @Option(names = "--config", paramLabel = "FILE", required = true, description = "As for 'server'.")
    Path file = Path.of("");

    @Option(names = "--replication", paramLabel = "N", defaultValue = "3",
        description = "Copies of every partition, each on a broker of its own. Fewer than 3 need kafka.relaxed=true."
        + " Default: ${DEFAULT-VALUE}.")
    int replication;

    @Option(names = "--debug", description = "Print the stack trace of a failure.")
    boolean debug;

    private final CliIo io;

    Create(CliIo io) {
      this.io = io;
    }

    @Override
    public Integer call() {
      try {
        ServerConfig config = ServerConfig.read(file, io.environment());
        if (replication < (config.relaxed() ? 1 : 3) || replication > Short.MAX_VALUE) {
          io.err().println("logfold: INVALID_ARGUMENT: --replication must be 3 or more, or 1 or more with"
              + " kafka.relaxed=true in the file, got " + replication);
          return ExitCodes.USAGE;
        }
        boolean made = new StoreTopic(config).create(replication);
        io.line(made
            ? "made topic " + config.topic() + ": " + config.identity().partitions() + " partitions, replication "
                + replication
            : "topic " + config.topic() + " is there, with the settings that it must have");
        io.flush();
        return ExitCodes.OK;
      } catch (StartupException | RuntimeException e) {
        return NodeRun.failed(io, debug, "the topic was not made", e);
      }
    }
  }
}
