package io.logfold.standalone.cli;

import io.logfold.api.CallOptions;
import io.logfold.api.Store;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of every command that asks a server. */
final class CommonOptions {
  static final String DEFAULT_SERVER = "http://127.0.0.1:7171";

  @Option(names = "--server", paramLabel = "URL",
      description = "The server. Default: $LOGFOLD_SERVER, or " + DEFAULT_SERVER + ".")
  @Nullable String server;

  @Option(names = "--timeout", paramLabel = "DURATION", defaultValue = "10s", converter = Durations.class,
      description = "How long each call may take, as in 500ms, 10s, 2m. Default: ${DEFAULT-VALUE}.")
  Duration timeout = Duration.ofSeconds(10);

  @Option(names = "--json",
      description = "Answer with JSON, one object a line; keys and values as in the REST interface.")
  boolean json;

  @Option(names = "--encoding", paramLabel = "utf8|escaped|base64|hex", defaultValue = "utf8", converter = Encodings.class,
      description = "How keys and values are written in arguments and lines of output. Default: ${DEFAULT-VALUE}.")
  Encoding encoding = Encoding.UTF8;

  @Option(names = "--debug", description = "Print the stack trace of a failure.")
  boolean debug;

  Store connect(CliIo io) {
    return io.connect().apply(serverUrl(io));
  }

  String serverUrl(CliIo io) {
    String url = server;
    return url != null ? url : io.variable("LOGFOLD_SERVER").orElse(DEFAULT_SERVER);
  }

  CallOptions call() {
    return new CallOptions(timeout);
  }
}
