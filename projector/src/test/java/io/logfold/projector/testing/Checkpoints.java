package io.logfold.projector.testing;

import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.Hash;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Checkpoints of a history that nobody wrote, for tests that need only positions. */
public final class Checkpoints {
  private Checkpoints() {}

  /** The checkpoint behind a log of so many valid records; each differs from every other in all that can differ. */
  public static Checkpoint at(String store, int partition, long lsn) {
    return lsn == 0
        ? Checkpoint.empty(store, partition)
        : new Checkpoint(state(store, partition, lsn, 0), state(store, partition, Math.max(1, lsn - 5), 0));
  }

  /** The same position in another history. */
  static Checkpoint forked(String store, int partition, long lsn) {
    return new Checkpoint(state(store, partition, lsn, 1), state(store, partition, lsn, 1));
  }

  private static FoldState state(String store, int partition, long lsn, int history) {
    byte[] hash = ByteBuffer.allocate(Hash.SIZE).putLong(lsn).putInt(partition).putInt(history).putLong(-lsn).array();
    return new FoldState(store, partition, lsn + 2, 1, lsn, lsn + 1, new Hash(Bytes.wrap(hash)), 1_000_000 + lsn,
        Optional.of(GenesisConfig.defaults(4)), "node-" + lsn, "http://127.0.0.1:" + lsn, "table-" + lsn);
  }
}
