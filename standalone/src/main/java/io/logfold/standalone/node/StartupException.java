package io.logfold.standalone.node;

/** Why a node did not start, in one line: what was wrong and what to do. */
public final class StartupException extends Exception {
  public StartupException(String message) {
    super(message);
  }

  public StartupException(String message, Throwable cause) {
    super(message, cause);
  }
}
