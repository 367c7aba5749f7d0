package io.logfold.projector.table.dynamodb;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.model.CancellationReason;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;

/** What DynamoDB's errors mean here. Stateless. */
final class Faults {
  static final String CONDITION_FAILED = "ConditionalCheckFailed";

  /** Of a request or of one action of a transaction: it passes by itself. */
  private static final Set<String> PASSING = Set.of("TransactionConflict", "TransactionConflictException",
      "TransactionInProgressException", "ThrottlingError", "ThrottlingException", "Throttling",
      "ProvisionedThroughputExceeded", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
      "ReplicatedWriteConflictException", "InternalServerError", "LimitExceededException");

  private Faults() {}

  /** Whether trying again soon makes sense. Such a request may have been carried out all the same. */
  static boolean passes(SdkException e) {
    if (e instanceof TransactionCanceledException cancelled) {
      List<String> codes = codes(cancelled);
      return !codes.isEmpty() && codes.stream().allMatch(PASSING::contains);
    }
    if (e instanceof AwsServiceException service) {
      return service.statusCode() >= 500 || service.isThrottlingException() || PASSING.contains(code(service));
    }
    if (e instanceof ApiCallTimeoutException || e instanceof ApiCallAttemptTimeoutException) {
      return true;
    }
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a request was refused as it stands, among others because the items that it reads exceed 4 MB together.
   * DynamoDB says so in more than one way, and asking for fewer is harmless where the cause was another.
   */
  static boolean refusedAsItIs(SdkException e) {
    if (e instanceof TransactionCanceledException cancelled) {
      return codes(cancelled).contains("ValidationError");
    }
    return e instanceof AwsServiceException service && code(service).contains("Validation");
  }

  /** In the order of the transaction's actions; "None" where an action was not to blame. */
  static List<String> allCodes(TransactionCanceledException e) {
    return e.cancellationReasons().stream().map(Faults::code).toList();
  }

  /** In one line, without the request's contents. */
  static String text(SdkException e) {
    if (e instanceof TransactionCanceledException cancelled && cancelled.hasCancellationReasons()) {
      return "the transaction was cancelled: " + String.join(", ", codes(cancelled).stream().distinct().toList());
    }
    if (e instanceof AwsServiceException service && service.awsErrorDetails() != null) {
      return code(service) + ": " + service.awsErrorDetails().errorMessage();
    }
    StringBuilder text = new StringBuilder(String.valueOf(e.getMessage()));
    for (Throwable cause = e.getCause(); cause instanceof IOException; cause = cause.getCause()) {
      if (!text.toString().contains(String.valueOf(cause.getMessage()))) {
        text.append(": ").append(cause.getMessage());
      }
    }
    return text.toString();
  }

  private static List<String> codes(TransactionCanceledException e) {
    return allCodes(e).stream().filter(code -> !code.equals("None")).toList();
  }

  private static String code(CancellationReason reason) {
    return reason.code() == null ? "None" : reason.code();
  }

  private static String code(AwsServiceException e) {
    return e.awsErrorDetails() == null ? "" : String.valueOf(e.awsErrorDetails().errorCode());
  }
}
