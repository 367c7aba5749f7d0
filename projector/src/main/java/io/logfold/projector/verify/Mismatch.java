package io.logfold.projector.verify;

import io.logfold.log.Checkpoint;

/** A partition's table cannot be the fold of this log, whatever its rows: the message says why and what to do. */
final class Mismatch extends RuntimeException {
  Mismatch(String why) {
    super(why, null, false, false);
  }

  /** @throws Mismatch where the table's checkpoint is not what the log's fold is at that position */
  static void check(Checkpoint folded, Checkpoint table) {
    if (folded.at().lsn() != table.at().lsn() || !folded.at().hash().equals(table.at().hash())) {
      throw new Mismatch("at offset " + table.at().position() + " the table has LSN " + table.at().lsn() + " and hash "
          + table.at().hash() + ", the log has LSN " + folded.at().lsn() + " and hash " + folded.at().hash()
          + ": the table belongs to another log, or the log was rewritten. Replay this log into a new table");
    }
  }
}
