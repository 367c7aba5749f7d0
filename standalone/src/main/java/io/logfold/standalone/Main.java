package io.logfold.standalone;

import io.logfold.standalone.cli.CliIo;
import io.logfold.standalone.cli.LogfoldCommand;
import io.logfold.standalone.dev.DevNode;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;

/** Where the process begins: wires the command line to this process's streams and exits with its code. */
public final class Main {
  private static final int BROKER_FAILED = 1;

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(LogfoldCommand.run(CliIo.ofProcess(), Main::startDevNode, arguments));
  }

  /** Without its broker the node is of no use: it ends, as it would by a signal, and says why. */
  private static DevNode startDevNode(DevOptions options) throws DevNode.StartupException {
    return EmbeddedNode.start(options, why -> {
      System.err.println("logfold: the embedded broker failed: " + why);
      Thread ending = new Thread(() -> System.exit(BROKER_FAILED), "logfold-broker-failed");
      ending.setDaemon(true);
      ending.start();
    });
  }
}
