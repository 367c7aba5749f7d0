package io.logfold.query.server.dynamodb.item;

/**
 * What a client asked for is not valid; the message is DynamoDB's own, to the letter, and is the whole of what the
 * client is told (error name {@code ValidationException}, status 400). Carries no stack trace: it is an answer.
 */
public final class ValidationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ValidationException(String message) {
    super(message, null, false, false);
  }

  /** Never null, unlike that of exceptions in general. */
  public String text() {
    return String.valueOf(getMessage());
  }
}
