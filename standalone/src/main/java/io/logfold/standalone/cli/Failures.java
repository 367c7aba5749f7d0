package io.logfold.standalone.cli;

import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.standalone.cli.CliIo.OutputClosedException;
import io.logfold.standalone.importgit.GitException;
import io.logfold.standalone.importgit.ImportRefusedException;
import java.util.Locale;
import java.util.Optional;

/** Says what went wrong in one line, and with which exit code the process ends. */
final class Failures {
  private Failures() {}

  /** @param request the write that the command had begun, where it had */
  static int report(CliIo io, CommonOptions options, Optional<CommitRequest> request, Throwable failure) {
    if (failure instanceof OutputClosedException) {
      return ExitCodes.OUTPUT_CLOSED;
    }
    if (options.debug) {
      failure.printStackTrace(io.err());
    }
    return switch (failure) {
      case GitException git -> say(io, options, "GIT", String.valueOf(git.getMessage()), ExitCodes.USAGE);
      case ImportRefusedException refused -> say(io, options, "REFUSED", String.valueOf(refused.getMessage()),
          ExitCodes.ABSENT_OR_REFUSED);
      default -> {
        StoreException known = StoreException.from(failure);
        String hint = known.code() == ErrorCode.UNKNOWN
            ? request.map(write -> ": run the same command with " + nextAttempt(write.request())
                + ", or settle it with: " + resolveCommand(options, write)).orElse("")
            : "";
        yield say(io, options, known.code().name(), String.valueOf(known.getMessage()) + hint, known.code().exitCode());
      }
    };
  }

  private static String nextAttempt(RequestInfo info) {
    return "--request-id " + info.id() + " --attempt " + (Math.max(info.attempt(), 1) + 1) + " --request-time "
        + info.timeMs();
  }

  /** To be pasted into a shell. */
  private static String resolveCommand(CommonOptions options, CommitRequest write) {
    String plain = write.partitionKey().utf8();
    boolean typed = options.encoding == Encoding.UTF8 && Encoding.UTF8.line(write.partitionKey()).equals(plain);
    Encoding encoding = typed || options.encoding != Encoding.UTF8 ? options.encoding : Encoding.ESCAPED;
    String key = encoding.line(write.partitionKey());
    return "logfold resolve --request-time " + write.request().timeMs()
        + (encoding == Encoding.UTF8 ? "" : " --encoding " + encoding.name().toLowerCase(Locale.ROOT))
        + (options.server == null ? "" : " --server " + quoted(options.server))
        + " -- " + quoted(key) + " " + write.request().id();
  }

  private static String quoted(String argument) {
    return argument.matches("[A-Za-z0-9_./:=@%+-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'";
  }

  static int say(CliIo io, CommonOptions options, String code, String message, int exitCode) {
    io.err().println("logfold: " + code + ": " + message.strip().replace('\n', ' '));
    if (options.json) {
      JsonOut.object(io, json -> {
        json.writeObjectFieldStart("error");
        json.writeStringField("code", code);
        json.writeStringField("message", message);
        json.writeEndObject();
      });
    }
    return exitCode;
  }
}
