package io.logfold.standalone;

import io.logfold.standalone.cli.CliIo;
import io.logfold.standalone.cli.LogfoldCommand;
import io.logfold.standalone.dev.DevNode;

/** Where the process begins: wires the command line to this process's streams and exits with its code. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(LogfoldCommand.run(CliIo.ofProcess(), Main::startDevNode, arguments));
  }

  private static DevNode startDevNode(io.logfold.standalone.dev.DevOptions options) throws DevNode.StartupException {
    throw new DevNode.StartupException("this build has no development node; options were " + options);
  }
}
