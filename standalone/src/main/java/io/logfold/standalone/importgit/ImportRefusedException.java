package io.logfold.standalone.importgit;

/**
 * The import will not go on, because it could not do so faithfully; nothing was written beyond what the message says.
 */
public final class ImportRefusedException extends RuntimeException {
  public ImportRefusedException(String message) {
    super(message);
  }
}
