package io.logfold.projector.table;

import io.logfold.log.Checkpoint;

/** Somebody else moved the checkpoint: whoever gets this does not own the projection any more. Nothing was changed. */
public final class CheckpointMovedException extends TableException {
  public CheckpointMovedException(int partition, Checkpoint expected, Checkpoint found) {
    super("partition " + partition + ": the table's checkpoint should be at offset " + expected.at().position()
        + " (hash " + expected.at().hash() + ") and is at " + found.at().position() + " (hash " + found.at().hash()
        + "); " + (found.at().position() < expected.at().position()
            ? "the table was put back to an older state" : "another projector moved it"));
  }
}
