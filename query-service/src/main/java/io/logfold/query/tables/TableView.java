package io.logfold.query.tables;

import io.logfold.projector.replay.ReplayProgress;
import io.logfold.projector.replay.ReplayResult;
import java.util.List;
import java.util.Optional;

/**
 * How a named table of a node stands.
 *
 * @param url without secrets
 * @param local whether each node has one of its own
 * @param trouble what is wrong with it as a whole, or why it stands; empty: nothing to say
 * @param eventsPerSecond applied by this node, over the last seconds
 * @param progress of its building; empty where it is not being built
 * @param built what its last building by this process came to; empty: there was none, or it has not ended
 */
public record TableView(String name, String url, boolean local, State state, String trouble, double eventsPerSecond,
    Optional<ReplayProgress> progress, Optional<ReplayResult> built, List<Partition> partitions) {

  /** What it is doing. */
  public enum State {
    /** Its backend could not be opened yet; it is tried again and again. */
    AWAY,
    /** It is built from history; afterwards it is projected, unless told otherwise. */
    BUILDING,
    /** It follows the log. */
    PROJECTING,
    /** It follows the log, but cannot go on in some partition just now, and tries again by itself. */
    BLOCKED,
    /** In some partition table and log contradict each other: it must not go on. */
    HALTED,
    /** It stays where it is: it was built up to a position, or its building was stopped. */
    STANDING,
    /** It stays where it is, since it could not be built or used: somebody should look at it. */
    FAILED
  }

  /**
   * @param lsn of the table's checkpoint; -1: it cannot be read
   * @param position offset of the table's checkpoint
   * @param logTimeMs up to which the table reflects the log
   * @param oldestWaitingMs log time of the oldest event that this node has read and not yet applied; 0: there is none
   * @param trouble what last went wrong; empty: nothing did
   */
  public record Partition(int partition, State state, long lsn, long position, long logTimeMs, long oldestWaitingMs,
      String trouble) {}
}
