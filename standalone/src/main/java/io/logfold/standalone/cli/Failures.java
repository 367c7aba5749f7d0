package io.logfold.standalone.cli;

import io.logfold.api.ErrorCode;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.standalone.cli.CliIo.OutputClosedException;
import io.logfold.standalone.importgit.GitException;
import io.logfold.standalone.importgit.ImportRefusedException;
import java.util.Optional;

/** Says what went wrong in one line, and with which exit code the process ends. */
final class Failures {
  private Failures() {}

  static int report(CliIo io, CommonOptions options, Optional<RequestInfo> request, Throwable failure) {
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
            ? request.map(info -> ": run the same command with --request-id " + info.id() + " --attempt "
                + (Math.max(info.attempt(), 1) + 1) + " --request-time " + info.timeMs()).orElse("")
            : "";
        yield say(io, options, known.code().name(), String.valueOf(known.getMessage()) + hint, known.code().exitCode());
      }
    };
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
