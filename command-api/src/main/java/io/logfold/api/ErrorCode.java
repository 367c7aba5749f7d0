package io.logfold.api;

/**
 * The one table of errors. Every failure that leaves the store carries one of these; every interface (HTTP, gRPC, CLI,
 * DynamoDB) reads its own word for it here, and docs/ERRORS.md is made from it.
 */
public enum ErrorCode {
  // The caller's mistakes: the same call will fail again.
  MISSING_PARTITION_KEY(Retry.NEVER, Fate.NOT_APPLIED, 400, "INVALID_ARGUMENT", 2, "ValidationException",
      "the partition key is null or empty"),
  MISSING_KEY(Retry.NEVER, Fate.NOT_APPLIED, 400, "INVALID_ARGUMENT", 2, "ValidationException",
      "the key is null or empty"),
  MISSING_VALUE(Retry.NEVER, Fate.NOT_APPLIED, 400, "INVALID_ARGUMENT", 2, "ValidationException",
      "the value is null (an empty one is legal)"),
  TOO_LARGE(Retry.NEVER, Fate.NOT_APPLIED, 413, "INVALID_ARGUMENT", 2, "ValidationException",
      "a key, a value, a text or a commit is larger than the limit that the message names"),
  INVALID_ARGUMENT(Retry.NEVER, Fate.NOT_APPLIED, 400, "INVALID_ARGUMENT", 2, "ValidationException",
      "an argument is not of its form, or arguments contradict each other"),
  REQUEST_EXPIRED(Retry.NEVER, Fate.MAY_HAVE, 409, "FAILED_PRECONDITION", 7, "TransactionConflictException",
      "the request is older than the dedupe window, so that it cannot be told whether it was applied before"),
  CLOCK_AHEAD(Retry.NEVER, Fate.NOT_APPLIED, 400, "INVALID_ARGUMENT", 2, "ValidationException",
      "the request time is too far ahead of the leader's clock"),
  SNAPSHOT_TOO_OLD(Retry.NEVER, Fate.NOT_APPLIED, 410, "ABORTED", 8, "ValidationException",
      "the snapshot of this scan is gone; start the scan again"),
  NO_SUCH_MOMENT(Retry.NEVER, Fate.NOT_APPLIED, 400, "OUT_OF_RANGE", 2, "ValidationException",
      "the moment asked for is in the future, or of another store"),
  UNAUTHENTICATED(Retry.NEVER, Fate.NOT_APPLIED, 401, "UNAUTHENTICATED", 6, "UnrecognizedClientException",
      "the caller did not say, or could not prove, who it is"),
  POLICY_REFUSED(Retry.NEVER, Fate.NOT_APPLIED, 403, "PERMISSION_DENIED", 2, "AccessDeniedException",
      "a policy of the store demands what the call does not say; the message names both"),
  REDACTED(Retry.NEVER, Fate.NOT_APPLIED, 410, "FAILED_PRECONDITION", 10, "ValidationException",
      "there is a value, and it was made unreadable for ever"),
  UNSUPPORTED(Retry.NEVER, Fate.NOT_APPLIED, 501, "UNIMPLEMENTED", 2, "ValidationException",
      "this store does not offer what was asked for"),

  // Not now, and surely not done: the same call may succeed later, here or elsewhere.
  NOT_LEADER(Retry.ELSEWHERE, Fate.NOT_APPLIED, 503, "UNAVAILABLE", 5, "InternalServerError",
      "this node does not lead the partition"),
  NOT_APPLIED(Retry.LATER, Fate.NOT_APPLIED, 503, "ABORTED", 5, "InternalServerError",
      "the write was never handed to the log, or is known to be void"),
  SLOW_DOWN(Retry.LATER, Fate.NOT_APPLIED, 429, "RESOURCE_EXHAUSTED", 5, "ProvisionedThroughputExceededException",
      "too much is under way, or the table is too far behind; wait and try again"),
  DISK_FULL(Retry.LATER, Fate.NOT_APPLIED, 507, "RESOURCE_EXHAUSTED", 5, "ProvisionedThroughputExceededException",
      "the log's disk is nearly full; writes are refused until there is room"),
  UNAVAILABLE(Retry.LATER, Fate.NOT_APPLIED, 503, "UNAVAILABLE", 5, "InternalServerError",
      "the partition cannot answer now: no lease, no table, or no leader"),
  NO_MASTER_KEY(Retry.LATER, Fate.NOT_APPLIED, 503, "FAILED_PRECONDITION", 5, "InternalServerError",
      "the value is encrypted, or must be, and this node has no master key, or another one"),
  HISTORY_BEHIND(Retry.LATER, Fate.NOT_APPLIED, 503, "UNAVAILABLE", 5, "InternalServerError",
      "the history has not come to the asked position yet; wait and try again"),
  DEADLINE_EXCEEDED(Retry.LATER, Fate.NOT_APPLIED, 504, "DEADLINE_EXCEEDED", 5, "InternalServerError",
      "no answer within the caller's deadline; nothing was changed"),
  CLOSED(Retry.NEVER, Fate.NOT_APPLIED, 503, "UNAVAILABLE", 5, "InternalServerError",
      "the client, iterator or server was closed before the call began"),
  CANCELLED(Retry.NEVER, Fate.NOT_APPLIED, 499, "CANCELLED", 5, "InternalServerError",
      "the request was withdrawn before it was applied; it never will be"),

  // The one that must never look like another: a write that was handed over and is undecided.
  UNKNOWN(Retry.SAME_REQUEST_ID, Fate.MAY_HAVE, 504, "UNKNOWN", 4, "InternalServerError",
      "the write was handed to the log and its fate is not known; ask again with the same request id"),

  // Ours.
  CORRUPT(Retry.NEVER, Fate.NOT_APPLIED, 500, "DATA_LOSS", 9, "InternalServerError",
      "the partition's log contradicts itself; the partition has stopped"),
  INTERNAL(Retry.NEVER, Fate.MAY_HAVE, 500, "INTERNAL", 1, "InternalServerError",
      "a fault in the store itself");

  /** Whether calling again makes sense. */
  public enum Retry { NEVER, LATER, ELSEWHERE, SAME_REQUEST_ID }

  /** Whether a write that failed so may nevertheless be, or become, part of history. */
  public enum Fate { NOT_APPLIED, MAY_HAVE }

  private final Retry retry;
  private final Fate fate;
  private final int httpStatus;
  private final String grpcStatus;
  private final int exitCode;
  private final String dynamoName;
  private final String meaning;

  ErrorCode(Retry retry, Fate fate, int httpStatus, String grpcStatus, int exitCode, String dynamoName,
      String meaning) {
    this.retry = retry;
    this.fate = fate;
    this.httpStatus = httpStatus;
    this.grpcStatus = grpcStatus;
    this.exitCode = exitCode;
    this.dynamoName = dynamoName;
    this.meaning = meaning;
  }

  public Retry retry() {
    return retry;
  }

  public Fate fate() {
    return fate;
  }

  public int httpStatus() {
    return httpStatus;
  }

  /** The name of an {@code io.grpc.Status.Code}. */
  public String grpcStatus() {
    return grpcStatus;
  }

  /** Exit code of the command line. 0 is success, 1 an internal fault, 3 is kept for "absent or refused". */
  public int exitCode() {
    return exitCode;
  }

  /** The error's name in DynamoDB's API. */
  public String dynamoName() {
    return dynamoName;
  }

  public String meaning() {
    return meaning;
  }
}
