package io.logfold.standalone;

import io.logfold.standalone.cli.CliIo;
import io.logfold.standalone.cli.LogfoldCommand;
import io.logfold.standalone.dev.EmbeddedNode;
import io.logfold.standalone.server.ServerNode;

/** Where the process begins: wires the command line to this process's streams and exits with its code. */
public final class Main {
  private static final int NODE_FAILED = 1;

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(LogfoldCommand.run(CliIo.ofProcess(), new LogfoldCommand.Nodes(
        options -> EmbeddedNode.start(options, why -> end("the embedded broker failed: " + why)),
        config -> ServerNode.start(config, Main::end)), arguments));
  }

  /** A node that must not go on is of no use: it ends, as it would by a signal, and says why. */
  private static void end(String why) {
    System.err.println("logfold: " + why);
    Thread ending = new Thread(() -> System.exit(NODE_FAILED), "logfold-node-failed");
    ending.setDaemon(true);
    ending.start();
  }
}
