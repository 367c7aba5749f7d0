package io.logfold.log.kafka;

/**
 * One setting of topic or cluster that is not as the protocol needs or recommends it.
 *
 * @param setting its name, as Kafka calls it where it has one
 * @param expected what it must be
 * @param actual what it is
 * @param fix the command or the configuration line that mends it
 */
public record Finding(String setting, String expected, String actual, Severity severity, String fix) {
  /** What is made of it. */
  public enum Severity {
    /** The proof does not hold: the node must not start. */
    REFUSED,
    /** Development mode goes on without it, and says so. */
    RELAXED,
    /** Recommended only. */
    NOTED
  }

  /** One line for people. */
  @Override
  public String toString() {
    return setting + " must be " + expected + ", is " + actual + "; fix: " + fix;
  }
}
