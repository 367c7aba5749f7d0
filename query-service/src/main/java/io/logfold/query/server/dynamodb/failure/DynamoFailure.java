package io.logfold.query.server.dynamodb.failure;

import com.fasterxml.jackson.core.JsonGenerator;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.ItemJson;
import io.logfold.query.server.dynamodb.item.SerializationException;
import io.logfold.query.server.dynamodb.item.ValidationException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A refusal as DynamoDB's clients know it: by its name they decide whether to try again. Carries no stack trace: it is an
 * answer.
 */
public final class DynamoFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final String SERVICE = "com.amazonaws.dynamodb.v20120810#";
  private static final String VALIDATE = "com.amazon.coral.validate#";
  private static final String CORAL = "com.amazon.coral.service#";

  /** What a refusal tells beside its message. */
  public interface Details {
    Details NONE = json -> { };

    void write(JsonGenerator json) throws IOException;
  }

  /** Why one action of a transaction did not hold; NONE where it did. */
  public record Reason(String code, Optional<String> message, Optional<Item> item) {
    public static final Reason NONE = new Reason("None", Optional.empty(), Optional.empty());

    public static Reason conditionFailed(Optional<Item> item) {
      return new Reason("ConditionalCheckFailed", Optional.of("The conditional request failed"), item);
    }

    public static Reason invalid(String message) {
      return new Reason("ValidationError", Optional.of(message), Optional.empty());
    }
  }

  private final int status;
  private final String type;
  private final transient Details details;

  private DynamoFailure(int status, String type, String message, Details details, @Nullable Throwable cause) {
    super(message, cause, false, false);
    this.status = status;
    this.type = type;
    this.details = details;
  }

  private static DynamoFailure refused(String type, String message) {
    return new DynamoFailure(400, type, message, Details.NONE, null);
  }

  public static DynamoFailure validation(String message) {
    return refused(VALIDATE + "ValidationException", message);
  }

  public static DynamoFailure serialization(String message) {
    return refused(CORAL + "SerializationException", message);
  }

  public static DynamoFailure unknownOperation() {
    return refused(CORAL + "UnknownOperationException", "An unknown operation was requested.");
  }

  public static DynamoFailure noAuthentication() {
    return refused(CORAL + "MissingAuthenticationTokenException", "Request is missing Authentication Token");
  }

  public static DynamoFailure incompleteSignature(String message) {
    return refused(CORAL + "IncompleteSignatureException", message);
  }

  public static DynamoFailure unknownAccessKey() {
    return refused(CORAL + "UnrecognizedClientException", "The security token included in the request is invalid.");
  }

  public static DynamoFailure wrongSignature(String message) {
    return refused(CORAL + "InvalidSignatureException", message);
  }

  public static DynamoFailure noTable() {
    return refused(SERVICE + "ResourceNotFoundException", "Requested resource not found");
  }

  public static DynamoFailure noTable(String name) {
    return refused(SERVICE + "ResourceNotFoundException", "Requested resource not found: Table: " + name + " not found");
  }

  public static DynamoFailure inUse(String message) {
    return refused(SERVICE + "ResourceInUseException", message);
  }

  public static DynamoFailure inProgress() {
    return refused(SERVICE + "TransactionInProgressException",
        "The transaction with the given request token is already in progress");
  }

  public static DynamoFailure mismatchOfToken() {
    return refused(SERVICE + "IdempotentParameterMismatchException",
        "Provided token is already used for another request; a token names one request alone");
  }

  /** @param item what is there, where the caller wants to be told */
  public static DynamoFailure conditionFailed(Optional<Item> item) {
    return new DynamoFailure(400, SERVICE + "ConditionalCheckFailedException", "The conditional request failed", json -> {
      if (item.isPresent()) {
        json.writeFieldName("Item");
        ItemJson.write(json, item.get());
      }
    }, null);
  }

  /** @param reasons one for each action, in the order of the request */
  public static DynamoFailure cancelled(List<Reason> reasons) {
    String codes = reasons.stream().map(Reason::code).collect(Collectors.joining(", ", "[", "]"));
    return new DynamoFailure(400, SERVICE + "TransactionCanceledException",
        "Transaction cancelled, please refer cancellation reasons for specific reasons " + codes, json -> {
          json.writeArrayFieldStart("CancellationReasons");
          for (Reason reason : reasons) {
            json.writeStartObject();
            json.writeStringField("Code", reason.code());
            if (reason.message().isPresent()) {
              json.writeStringField("Message", reason.message().get());
            }
            if (reason.item().isPresent()) {
              json.writeFieldName("Item");
              ItemJson.write(json, reason.item().get());
            }
            json.writeEndObject();
          }
          json.writeEndArray();
        }, null);
  }

  /** Clients try again, also what may have happened: a retry of theirs is answered as the first attempt was. */
  public static DynamoFailure internal(String message, @Nullable Throwable cause) {
    return new DynamoFailure(500, SERVICE + "InternalServerError", message, Details.NONE, cause);
  }

  /** Whatever went wrong, as a client is told. */
  public static DynamoFailure of(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return switch (cause) {
      case DynamoFailure known -> known;
      case ValidationException invalid -> validation(invalid.text());
      case SerializationException shape -> serialization(String.valueOf(shape.getMessage()));
      case StoreException store -> of(store);
      default -> internal("a fault in the store itself; its log tells", cause);
    };
  }

  private static DynamoFailure of(StoreException failure) {
    ErrorCode code = failure.code();
    String message = code + ": " + failure.getMessage();
    if (code == ErrorCode.CLOCK_AHEAD || code == ErrorCode.REQUEST_EXPIRED) {
      // The time of a request is this node's: the caller cannot set its clock, another node may be right.
      return internal(message, failure);
    }
    return switch (code.dynamoName()) {
      case "ValidationException" -> validation(message);
      case "InternalServerError" -> internal(message, failure);
      default -> refused(SERVICE + code.dynamoName(), message);
    };
  }

  public int status() {
    return status;
  }

  public String type() {
    return type;
  }

  public Details details() {
    return details;
  }

  /** Whether it is the store that cannot take more just now. */
  public boolean isThrottled() {
    return type.endsWith("#ProvisionedThroughputExceededException");
  }
}
