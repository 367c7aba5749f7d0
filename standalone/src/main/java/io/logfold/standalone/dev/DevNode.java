package io.logfold.standalone.dev;

import java.util.Optional;

/**
 * A store that runs in this process. Closing it stops it in order and may be called from any thread, more than once.
 */
public interface DevNode extends AutoCloseable {
  /** Where clients find it, {@code http://HOST:PORT} with the port that was bound. */
  String url();

  /** Why it cannot go on, where that is so: then its end is a failure, whoever asked for it. */
  default Optional<String> failure() {
    return Optional.empty();
  }

  @Override
  void close();

  /** Makes one. */
  @FunctionalInterface
  interface Starter {
    /**
     * Starts a node and returns when it answers requests.
     *
     * @throws StartupException where it cannot start for a reason that its user can do something about
     */
    DevNode start(DevOptions options) throws StartupException;
  }

  /** Why a node did not start, in one line: what was wrong and what to do. */
  final class StartupException extends Exception {
    public StartupException(String message) {
      super(message);
    }

    public StartupException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
