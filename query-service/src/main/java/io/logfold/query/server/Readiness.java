package io.logfold.query.server;

/**
 * Whether a node can be given traffic, and if not, why.
 *
 * @param why for people; empty where it is ready
 */
public record Readiness(boolean ready, String why) {
  public static final Readiness READY = new Readiness(true, "");

  public static Readiness notReady(String why) {
    return new Readiness(false, why);
  }
}
