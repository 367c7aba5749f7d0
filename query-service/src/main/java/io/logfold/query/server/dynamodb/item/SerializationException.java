package io.logfold.query.server.dynamodb.item;

/**
 * The JSON of a request has another shape than the operation's, which DynamoDB tells apart from values that are not
 * valid (error name {@code SerializationException}, status 400). Carries no stack trace: it is an answer.
 */
public final class SerializationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SerializationException(String message) {
    super(message, null, false, false);
  }
}
