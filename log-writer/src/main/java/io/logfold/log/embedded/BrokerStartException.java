package io.logfold.log.embedded;

import org.jspecify.annotations.Nullable;

/** The embedded broker could not start. The message is one line for people: what is wrong and what to do. */
public final class BrokerStartException extends RuntimeException {
  public BrokerStartException(String message) {
    this(message, null);
  }

  public BrokerStartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
