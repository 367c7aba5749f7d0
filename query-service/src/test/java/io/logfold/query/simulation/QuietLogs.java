package io.logfold.query.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** While it is open the store logs nothing: faults are ordered here by the thousand, and mutants halt. */
final class QuietLogs implements AutoCloseable {
  private final Logger store = (Logger) LoggerFactory.getLogger("io.logfold");
  private final Logger leader = (Logger) LoggerFactory.getLogger("io.logfold.query.PartitionLeader");
  private final Level storeLevel = store.getLevel();
  private final Level leaderLevel = leader.getLevel();

  QuietLogs() {
    store.setLevel(Level.OFF);
    leader.setLevel(Level.OFF);
  }

  @Override
  public void close() {
    store.setLevel(storeLevel);
    leader.setLevel(leaderLevel);
  }
}
