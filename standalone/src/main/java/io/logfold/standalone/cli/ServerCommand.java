package io.logfold.standalone.cli;

import io.logfold.standalone.node.RunningNode;
import io.logfold.standalone.node.StartupException;
import io.logfold.standalone.server.ServerConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "server",
    description = "Run one node of a cluster, on a Kafka cluster that is there, as a configuration file says (see"
    + " docs/OPERATIONS.md). Ctrl-C or SIGTERM stops it in order (exit code 0).")
final class ServerCommand implements Callable<Integer> {
  @Option(names = "--config", paramLabel = "FILE", required = true, description = "Java properties in UTF-8.")
  Path file = Path.of("");

  @Option(names = "--debug", description = "Print the stack trace of a failure.")
  boolean debug;

  private final CliIo io;
  private final RunningNode.Starter<ServerConfig> starter;
  private final StopSignal stopSignal;

  ServerCommand(CliIo io, RunningNode.Starter<ServerConfig> starter, StopSignal stopSignal) {
    this.io = io;
    this.starter = starter;
    this.stopSignal = stopSignal;
  }

  @Override
  public Integer call() throws InterruptedException {
    ServerConfig config;
    try {
      config = ServerConfig.read(file, io.environment());
    } catch (StartupException e) {
      return NodeRun.failed(io, debug, "the node did not start", e);
    }
    return new NodeRun(io, stopSignal, debug).run(() -> starter.start(config), config.data().toString());
  }
}
