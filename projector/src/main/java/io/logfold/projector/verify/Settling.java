package io.logfold.projector.verify;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.LogRecord;
import io.logfold.projector.replay.Goal;
import io.logfold.projector.replay.PartitionReplay;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.table.Table.TableRead;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells rows that differ because the table moved from rows that are wrong.
 *
 * <p>Each row is read again between two checkpoints: the one that its read tells, which is not newer than the row (T3),
 * and one that is asked for afterwards, which is not older. So a right table gave the row as the fold has it at some
 * position between the two. The log is then folded to the last of those positions, and all that the rows in question
 * were on the way is kept: a row that was nowhere between its two checkpoints what the table gave is wrong. That is
 * decided in one round, however fast the table moves, and also where rows and checkpoint are read apart (DynamoDB).
 *
 * <p>Owned by one thread.
 */
final class Settling {
  private static final int KEYS_A_READ = Math.min(100, Limits.MAX_GET_KEYS);
  private static final int STALE_READS = 20;

  private final int partition;
  private final Table table;
  private final Table scratch;
  private final PartitionReplay replay;

  Settling(int partition, Table table, Table scratch, PartitionReplay replay) {
    this.partition = partition;
    this.table = table;
    this.scratch = scratch;
    this.replay = replay;
  }

  /** The differences among them that are real; moves the scratch table to where the table stands by then. */
  List<Difference> settle(List<Difference> candidates) {
    long scratchAt = scratch.checkpoint(partition).at().position();
    Map<RowId, List<Version>> versions = new HashMap<>();
    List<Reading> readings = new ArrayList<>();
    Checkpoint reached = scratch.checkpoint(partition);
    for (List<RowId> group : groups(candidates)) {
      Bytes partitionKey = group.get(0).partitionKey();
      List<Bytes> keys = group.stream().map(RowId::key).toList();
      List<Optional<Row>> before = scratch.get(partition, partitionKey, keys).rows();
      TableRead read = read(partitionKey, keys, scratchAt);
      reached = table.checkpoint(partition);
      for (int i = 0; i < group.size(); i++) {
        versions.computeIfAbsent(group.get(i), id -> new ArrayList<>()).add(new Version(scratchAt, before.get(i)));
        readings.add(new Reading(group.get(i), read.rows().get(i), read.checkpoint().at().position(),
            reached.at().position()));
      }
    }
    Checkpoint folded =
        replay.run(Goal.offset(reached.at().position()), (event, position) -> watch(versions, event, position));
    if (folded.at().position() == reached.at().position()) {
      Mismatch.check(folded, reached);
    }
    List<Difference> real = new ArrayList<>();
    for (Reading reading : readings) {
      List<Version> ofRow = versions.getOrDefault(reading.id, List.of());
      if (!reading.isOneOf(ofRow)) {
        real.add(new Difference(partition, reading.id, reading.expected(ofRow), reading.found));
      }
    }
    return real;
  }

  /** A row's read must not be from before what the log was folded to: what the rows were then is not known any more. */
  private TableRead read(Bytes partitionKey, List<Bytes> keys, long notBefore) {
    for (int i = 0; i < STALE_READS; i++) {
      TableRead read = table.get(partition, partitionKey, keys);
      if (read.checkpoint().at().position() >= notBefore) {
        return read;
      }
    }
    throw new StoreException(ErrorCode.UNAVAILABLE, "partition " + partition + " of the table stood at offset "
        + notBefore + " and its reads now tell an older checkpoint, again and again: it was restored or replaced, or"
        + " reads do not go to the primary. See which, and verify again");
  }

  private static void watch(Map<RowId, List<Version>> versions, LogRecord.Event event, long position) {
    for (Mutation mutation : event.mutations()) {
      List<Version> ofRow = versions.get(new RowId(event.partitionKey(), mutation.key()));
      if (ofRow != null) {
        ofRow.add(new Version(position, mutation instanceof Mutation.Put put
            ? Optional.of(new Row(put.key(), put.value(), event.lsn())) : Optional.empty()));
      }
    }
  }

  /** Of one partition key each, as many as one read takes. */
  private static List<List<RowId>> groups(List<Difference> candidates) {
    List<List<RowId>> groups = new ArrayList<>();
    List<RowId> group = new ArrayList<>();
    for (Difference candidate : candidates) {
      if (group.size() == KEYS_A_READ
          || (!group.isEmpty() && !group.getLast().partitionKey().equals(candidate.id().partitionKey()))) {
        groups.add(group);
        group = new ArrayList<>();
      }
      group.add(candidate.id());
    }
    if (!group.isEmpty()) {
      groups.add(group);
    }
    return groups;
  }

  /** What a row is from this position on. */
  private record Version(long position, Optional<Row> row) {}

  /** A row as the table gave it at some position from {@code notBefore} to {@code notBehind}. */
  private record Reading(RowId id, Optional<Row> found, long notBefore, long notBehind) {
    boolean isOneOf(List<Version> versions) {
      for (int i = 0; i < versions.size(); i++) {
        boolean overBefore = i + 1 < versions.size() && versions.get(i + 1).position <= notBefore;
        if (!overBefore && versions.get(i).position <= notBehind && versions.get(i).row.equals(found)) {
          return true;
        }
      }
      return false;
    }

    Optional<Row> expected(List<Version> versions) {
      return versions.stream().filter(version -> version.position <= notBehind)
          .reduce((earlier, later) -> later).flatMap(Version::row);
    }
  }
}
