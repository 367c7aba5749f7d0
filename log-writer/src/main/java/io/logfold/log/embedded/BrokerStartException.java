package io.logfold.log.embedded;

import org.jspecify.annotations.Nullable;

/** The embedded broker could not start. The message is one line for people: what is wrong and what to do. */
public final class BrokerStartException extends RuntimeException {
  private final boolean folderInUse;

  public BrokerStartException(String message) {
    this(message, null);
  }

  public BrokerStartException(String message, @Nullable Throwable cause) {
    this(message, cause, false);
  }

  private BrokerStartException(String message, @Nullable Throwable cause, boolean folderInUse) {
    super(message, cause);
    this.folderInUse = folderInUse;
  }

  static BrokerStartException inUse(String message) {
    return new BrokerStartException(message, null, true);
  }

  /** Whether another living broker has the folder. */
  public boolean folderInUse() {
    return folderInUse;
  }
}
