package io.logfold.standalone.cli;

import io.logfold.standalone.node.RunningNode;
import io.logfold.standalone.node.StartupException;
import java.util.Optional;

/** A node's life as the process that it is: one line when it is ready, or one that says why it never was. */
final class NodeRun {
  static final int FAILED = 1;

  private final CliIo io;
  private final StopSignal stopSignal;
  private final boolean debug;

  NodeRun(CliIo io, StopSignal stopSignal, boolean debug) {
    this.io = io;
    this.stopSignal = stopSignal;
    this.debug = debug;
  }

  /** Starts it. */
  @FunctionalInterface
  interface Start {
    RunningNode start() throws StartupException;
  }

  /**
   * Runs a node until it is asked to stop, and gives the exit code.
   *
   * @param data where it keeps what it keeps, for people
   */
  int run(Start start, String data) throws InterruptedException {
    RunningNode node;
    try {
      node = start.start();
    } catch (StartupException | RuntimeException e) {
      return failed(io, debug, "the node did not start", e);
    }
    io.line("logfold is ready at " + node.url() + ", data in " + data);
    io.flush();
    return stopSignal.await(() -> stop(node));
  }

  /** Says why in one line. */
  static int failed(CliIo io, boolean debug, String what, Exception failure) {
    if (debug) {
      failure.printStackTrace(io.err());
    }
    String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    io.err().println("logfold: " + what + ": " + why.strip().replaceAll("\\s*\n\\s*", " "));
    return FAILED;
  }

  private int stop(RunningNode node) {
    try {
      node.close();
      Optional<String> failure = node.failure();
      io.err().println("logfold stopped" + failure.map(why -> ", because " + why).orElse(""));
      return failure.isPresent() ? FAILED : ExitCodes.OK;
    } catch (RuntimeException e) {
      io.err().println("logfold: the node did not stop in order: " + e.getMessage());
      return FAILED;
    }
  }
}
