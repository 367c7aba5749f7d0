package io.logfold.projector.verify;

import io.logfold.log.Checkpoint;
import io.logfold.log.Hash;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a verification, or a comparison of two tables, found.
 *
 * @param complete false: it was cancelled, and says nothing
 * @param partitions each, ascending
 * @param firstDifferences some of them, for people
 * @param elapsedMs from begin to end
 */
public record VerifyResult(
    boolean complete, List<Partition> partitions, List<Difference> firstDifferences, long elapsedMs) {

  /** Whether all rows of all partitions are what they should be, and nothing else is wrong. */
  public boolean equal() {
    return complete && partitions.stream().allMatch(each -> each.problem().isEmpty() && each.differences() == 0);
  }

  public long differences() {
    return partitions.stream().mapToLong(Partition::differences).sum();
  }

  public long rows() {
    return partitions.stream().mapToLong(Partition::rows).sum();
  }

  public long events() {
    return partitions.stream().mapToLong(Partition::events).sum();
  }

  /** Of all partitions ({@link RowDigest} says how); that of the expected rows, each partition at its checkpoint. */
  public Hash digest() {
    SortedMap<Integer, Hash> digests = new TreeMap<>();
    partitions.forEach(each -> digests.put(each.partition(), each.digest()));
    return RowDigest.of(digests);
  }

  /**
   * @param checkpoint the position of which rows and digest are
   * @param problem what is wrong with the partition as a whole, and what to do; then rows were not compared; or empty
   * @param rows expected at that position
   * @param events folded up to it; 0 where two tables were compared
   * @param differences rows that are not what they should be
   * @param settled rows that looked different because the table moved, and were not
   * @param digest of the expected rows at that position
   */
  public record Partition(int partition, Checkpoint checkpoint, String problem, long rows, long events,
      long differences, long settled, Hash digest) {}
}
