package io.logfold.standalone.e2e;

import io.logfold.api.client.LogfoldClient;
import io.logfold.standalone.cli.CliIo;
import io.logfold.standalone.cli.LogfoldCommand;
import io.logfold.standalone.node.StartupException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;

/** The command line in this process, as a user would call it. */
final class CommandLine {
  private final String server;

  CommandLine(String server) {
    this.server = server;
  }

  record Result(int exitCode, String out, String err) {
    /** What it printed, where it went well. */
    String ok() {
      if (exitCode != 0) {
        throw new AssertionError("exit code " + exitCode + "\n" + out + err);
      }
      return out;
    }
  }

  Result run(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StringWriter err = new StringWriter();
    CliIo io = new CliIo(new ByteArrayInputStream(new byte[0]), out, new PrintWriter(err, true), false, false,
        Map.of("LOGFOLD_SERVER", server), LogfoldClient::connect, InstantSource.system(), new SecureRandom());
    int code = LogfoldCommand.run(io, new LogfoldCommand.Nodes(options -> {
      throw new StartupException("not here");
    }, config -> {
      throw new StartupException("not here");
    }), arguments);
    return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString());
  }
}
