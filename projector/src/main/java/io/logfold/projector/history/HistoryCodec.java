package io.logfold.projector.history;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.log.LogRecord;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.TableException;
import java.util.ArrayList;
import java.util.List;

/**
 * The values of a history's rows. The revision is the row's own, and not repeated.
 *
 * <pre>
 *   change   version 01, kind, time, principal, reason, source, request id (16 bytes), key where its place does not say it,
 *            target where kind is REDACT, value: all the rest
 *   event    version 01, time, partition key, changed keys one behind the other
 *
 *   kind     1 put, 2 delete, 3 redact; numbers as in protobuf, texts and keys with their length in front
 * </pre>
 */
final class HistoryCodec {
  private static final byte VERSION = 1;
  private static final byte PUT = 1;
  private static final byte DELETE = 2;
  private static final byte REDACT = 3;

  private HistoryCodec() {}

  /** @param changed keys, in the event's order */
  record StoredEvent(long revision, long timeMs, Bytes partitionKey, List<Bytes> changed) {}

  static Bytes change(LogRecord.Event event, Change.Kind kind, Bytes place, Bytes key, long target,
      Bytes value) {
    ByteArray row = new ByteArray(96 + value.size()).add(VERSION).add(switch (kind) {
      case PUT -> PUT;
      case DELETE -> DELETE;
      case REDACT -> REDACT;
    });
    row.addNumber(event.timeMs()).addText(event.provenance().principal()).addText(event.provenance().reason())
        .addText(event.provenance().source()).add(event.request().id().bytes().unsafeArray());
    row.addSized(HistoryKeys.isLong(place) ? key : Bytes.EMPTY);
    if (kind == Change.Kind.REDACT) {
      row.addNumber(target);
    }
    return row.add(value.unsafeArray()).bytes();
  }

  static StoredChange change(Row row) {
    try {
      ByteArray.Reader reader = opened(row);
      Change.Kind kind = switch (reader.one()) {
        case PUT -> Change.Kind.PUT;
        case DELETE -> Change.Kind.DELETE;
        case REDACT -> Change.Kind.REDACT;
        default -> throw new IllegalArgumentException("a kind of change that this version does not know");
      };
      long timeMs = reader.number();
      Provenance provenance = new Provenance(reader.text(), reader.text(), reader.text());
      RequestId request = RequestId.of(reader.take(16));
      Bytes place = HistoryKeys.placeOf(row.key());
      Bytes whole = reader.sized();
      Bytes key = whole.isEmpty() ? HistoryKeys.keyOf(place) : whole;
      long target = kind == Change.Kind.REDACT ? reader.number() : 0;
      return new StoredChange(place, key, row.revision(), kind, target, timeMs, provenance, request, reader.rest());
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw unreadable(row, e);
    }
  }

  static Bytes event(LogRecord.Event event, List<Bytes> changed) {
    ByteArray row = new ByteArray(64).add(VERSION).addNumber(event.timeMs()).addSized(event.partitionKey());
    changed.forEach(row::addSized);
    return row.bytes();
  }

  static StoredEvent event(Row row) {
    try {
      ByteArray.Reader reader = opened(row);
      long timeMs = reader.number();
      Bytes partitionKey = reader.sized();
      List<Bytes> changed = new ArrayList<>();
      while (!reader.atEnd()) {
        changed.add(reader.sized());
      }
      return new StoredEvent(row.revision(), timeMs, partitionKey, changed);
    } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException e) {
      throw unreadable(row, e);
    }
  }

  private static ByteArray.Reader opened(Row row) {
    ByteArray.Reader reader = new ByteArray.Reader(row.value());
    byte version = reader.one();
    if (version != VERSION) {
      throw new IllegalArgumentException("version " + version + ", this one reads " + VERSION);
    }
    return reader;
  }

  private static TableException unreadable(Row row, RuntimeException e) {
    return new TableException("a row of the history cannot be read (revision " + row.revision() + ", key " + row.key()
        + "): " + e.getMessage() + "; a newer version may have written it: run that, or delete the history to have it"
        + " made anew", e);
  }
}
