package io.logfold.projector.table;

/** The backend failed or cannot be reached; nothing is known to have changed, and trying again makes sense. */
public class TableException extends RuntimeException {
  public TableException(String message, Throwable cause) {
    super(message, cause);
  }

  protected TableException(String message) {
    super(message);
  }
}
