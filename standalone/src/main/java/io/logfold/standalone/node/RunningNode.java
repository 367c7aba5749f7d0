package io.logfold.standalone.node;

import java.util.Optional;

/**
 * A node that runs in this process. Closing it stops it in order and may be called from any thread, more than once.
 */
public interface RunningNode extends AutoCloseable {
  /** Where clients find it, {@code http://HOST:PORT} with the port that was bound. */
  String url();

  /** Why it cannot go on, where that is so: then its end is a failure, whoever asked for it. */
  default Optional<String> failure() {
    return Optional.empty();
  }

  @Override
  void close();

  /**
   * Makes one.
   *
   * @param <O> how it is started
   */
  @FunctionalInterface
  interface Starter<O> {
    /**
     * Starts a node and returns when it answers requests.
     *
     * @throws StartupException where it cannot start for a reason that its user can do something about
     */
    RunningNode start(O options) throws StartupException;
  }
}
