package io.logfold.projector.replay;

import io.logfold.log.Checkpoint;
import java.util.List;

/**
 * What a replay did.
 *
 * @param complete false: it was cancelled before it was done; another replay goes on where the table stands
 * @param partitions each that was asked for, ascending
 * @param elapsedMs from begin to end
 */
public record ReplayResult(boolean complete, List<Partition> partitions, long elapsedMs) {

  public long events() {
    return partitions.stream().mapToLong(Partition::events).sum();
  }

  public long records() {
    return partitions.stream().mapToLong(Partition::records).sum();
  }

  /**
   * @param checkpoint where the table stands now
   * @param events applied by this replay
   * @param records read by this replay
   * @param skipped of them not valid
   * @param bytes of records read
   * @param rowsSeeded copied from the other table
   * @param rowsRemoved that an interrupted seeding had left
   * @param overtaken how often somebody else moved the checkpoint meanwhile, and this replay went on from there
   */
  public record Partition(int partition, Checkpoint checkpoint, long events, long records, long skipped, long bytes,
      long rowsSeeded, long rowsRemoved, long overtaken) {}
}
