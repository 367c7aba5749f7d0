package io.logfold.projector.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.log.Hash;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.RecordHeader;
import io.logfold.log.Redaction;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.RowId;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HistoryRowsTest {
  private final HistoryRows mapping = new HistoryRows();
  private final SplittableRandom random = new SplittableRandom(3);

  /** What a batch relies on that does not look for the rows a row replaces. */
  @Test
  void rowsThatReplaceNothingLieWhereNoOtherRowLies() {
    Set<RowId> places = new HashSet<>();
    int replaced = 0;
    for (long lsn = 1; lsn <= 5_000; lsn++) {
      for (RowChange row : mapping.rows(event(lsn))) {
        boolean fresh = places.add(new RowId(row.partitionKey(), row.key()));
        assertThat(fresh || mapping.mayReplace(row)).as("row %s of event %s", row.key(), lsn).isTrue();
        replaced += fresh ? 0 : 1;
      }
    }
    assertThat(replaced).as("milliseconds, and values redacted twice").isGreaterThan(1_000);
  }

  private LogRecord.Event event(long lsn) {
    RecordHeader header = new RecordHeader("s", 0, RecordHeader.FORMAT, Hash.ZERO);
    RequestInfo request = new RequestInfo(new RequestId(1, lsn), 1, 1);
    Provenance provenance = new Provenance(random.nextBoolean() ? "" : "user" + random.nextInt(3), "", "");
    Bytes partitionKey = Bytes.utf8("pk" + random.nextInt(3));
    long timeMs = 1_000 + lsn / 4;
    if (random.nextInt(4) == 0) {
      return LogRecord.Event.redaction(header, 1, lsn, request, timeMs, provenance, partitionKey,
          new Redaction(key(random.nextInt(5)), 1 + random.nextInt(3), Bytes.wrap(new byte[Redaction.KEY_ID_BYTES])));
    }
    int first = random.nextInt(5);
    List<Mutation> mutations = IntStream.range(first, first + 1 + random.nextInt(3)).mapToObj(number -> random.nextBoolean()
        ? new Mutation.Put(key(number), Bytes.utf8("v")) : (Mutation) new Mutation.Delete(key(number))).toList();
    return new LogRecord.Event(header, 1, lsn, request, timeMs, provenance, partitionKey, mutations, Outcome.APPLIED,
        Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static Bytes key(int number) {
    return Bytes.utf8(number % 2 == 0 ? "k" + number : "long".repeat(250) + number);
  }
}
