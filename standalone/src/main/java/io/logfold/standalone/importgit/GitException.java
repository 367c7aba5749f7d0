package io.logfold.standalone.importgit;

import org.jspecify.annotations.Nullable;

/** The repository cannot be read as asked: no git, no repository, no such branch, or git itself failed. */
public final class GitException extends RuntimeException {
  public GitException(String message) {
    this(message, null);
  }

  public GitException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
