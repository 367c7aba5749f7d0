package io.logfold.projector.history;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.Mutation;
import io.logfold.log.LogRecord;
import io.logfold.projector.RowMapping;
import io.logfold.projector.table.Table.RowChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an event adds to a history: a row for each change, one for the event under its partition key, one under its
 * principal, and one that says when it was ({@link HistoryKeys}). Pure; each row's place is the event's own, but for that
 * of the time, where the last event of a millisecond stays. So an event that is applied twice leaves what it left at first.
 *
 * <p>An event that changes nothing leaves nothing. One of {@link io.logfold.api.Limits#MAX_COMMIT_MUTATIONS} makes three rows
 * more than it has mutations, of three partition keys: it fits into one transaction of each backend.
 */
public final class HistoryRows implements RowMapping {
  @Override
  public List<RowChange> rows(LogRecord.Event event) {
    List<Mutation> mutations = event.mutations();
    if (mutations.isEmpty() && event.redaction().isEmpty()) {
      return List.of();
    }
    long revision = event.lsn();
    Bytes partitionKey = HistoryKeys.ofPartitionKey(event.partitionKey());
    List<RowChange> rows = new ArrayList<>(mutations.size() + 3);
    List<Bytes> changed = new ArrayList<>(mutations.size());
    for (Mutation mutation : mutations) {
      changed.add(mutation.key());
      Bytes place = HistoryKeys.place(mutation.key());
      Bytes change = switch (mutation) {
        case Mutation.Put put -> HistoryCodec.change(event, Change.Kind.PUT, place, put.key(), 0, put.value());
        case Mutation.Delete delete -> HistoryCodec.change(event, Change.Kind.DELETE, place, delete.key(), 0,
            Bytes.EMPTY);
      };
      rows.add(new RowChange(partitionKey, HistoryKeys.at(place, revision), Optional.of(change), revision));
    }
    event.redaction().ifPresent(redaction -> {
      changed.add(redaction.key());
      Bytes place = HistoryKeys.place(redaction.key());
      rows.add(new RowChange(partitionKey, HistoryKeys.at(place, revision), Optional.of(HistoryCodec.change(event,
          Change.Kind.REDACT, place, redaction.key(), redaction.revision(), Bytes.EMPTY)), revision));
      rows.add(new RowChange(partitionKey, HistoryKeys.redacted(redaction.key(), redaction.revision()),
          Optional.of(Bytes.EMPTY), revision));
    });
    Optional<Bytes> summary = Optional.of(HistoryCodec.event(event, changed));
    rows.add(new RowChange(partitionKey, HistoryKeys.at(HistoryKeys.EVENTS_PREFIX, revision), summary, revision));
    if (!event.provenance().principal().isEmpty()) {
      rows.add(new RowChange(HistoryKeys.ofPrincipal(event.provenance().principal()), HistoryKeys.at(Bytes.EMPTY, revision),
          summary, revision));
    }
    rows.add(new RowChange(HistoryKeys.TIMES, HistoryKeys.time(event.timeMs()), Optional.of(Bytes.EMPTY), revision));
    return rows;
  }

  /** All rows but these lie at their event's own revision. */
  @Override
  public boolean mayReplace(RowChange row) {
    return row.partitionKey().equals(HistoryKeys.TIMES) || HistoryKeys.isRedacted(row.key());
  }
}
