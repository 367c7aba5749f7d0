package io.logfold.standalone.cli;

import io.logfold.api.ErrorCode;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who writes, why, and as which request. */
final class WriteOptions {
  @Option(names = "--principal", paramLabel = "NAME",
      description = "Who writes. Default: $LOGFOLD_PRINCIPAL, or the user's name.")
  @Nullable String principal;

  @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "Why; part of history for ever.")
  String reason = "";

  @Option(names = "--request-id", paramLabel = "UUID",
      description = "Names the request. Repeating a write with the same id"
      + " applies it at most once. Default: a new one.")
  @Nullable String requestId;

  @Option(names = "--attempt", paramLabel = "N",
      description = "Which try of this request this is, from 1. Default: 1 for a new id, unknown for a given one.")
  @Nullable Integer attempt;

  @Option(names = "--request-time", paramLabel = "MS",
      description = "When the request was first made, milliseconds since"
      + " the epoch: the same on every attempt. Default: now.")
  @Nullable Long requestTime;

  Provenance provenance(CliIo io) {
    return Provenance.of(principal(principal, io), reason);
  }

  /** Who writes, given what the command line says. */
  static String principal(@Nullable String said, CliIo io) {
    return said != null ? said : io.variable("LOGFOLD_PRINCIPAL").orElse(System.getProperty("user.name", ""));
  }

  RequestInfo request(CliIo io) {
    if (attempt != null && requestId == null && attempt != 1) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "--attempt " + attempt
          + " needs --request-id: without it this is a new request");
    }
    RequestId id = requestId == null ? RequestId.random(io.random()) : RequestId.parse(requestId);
    int number = attempt != null ? attempt : requestId == null ? 1 : 0;
    return new RequestInfo(id, number, requestTime == null ? io.clock().millis() : requestTime);
  }
}
