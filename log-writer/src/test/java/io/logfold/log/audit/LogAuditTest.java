package io.logfold.log.audit;

import static io.logfold.log.audit.Audits.audit;
import static io.logfold.log.audit.Audits.misfit;
import static io.logfold.log.audit.Audits.numbered;
import static io.logfold.log.audit.Audits.values;
import static io.logfold.log.audit.Audits.with;
import static io.logfold.log.audit.Audits.without;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.Hash;
import io.logfold.log.LogRecord;
import io.logfold.log.LogScan;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.RecordCodec;
import io.logfold.log.Verdict;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.ScannedLogs;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LogAuditTest {
  private final List<RawRecord> log = Audits.everyKind().records();
  private final int last = log.size() - 1;

  private static LogRecord decoded(RawRecord record) {
    return ((RecordCodec.Decoded.Ok) RecordCodec.decode(record.value())).record();
  }

  @Test
  void aLogAsItWasWrittenFits() {
    PartitionAudit found = audit(log);
    assertThat(found.misfits()).isEmpty();
    assertThat(found.records()).isEqualTo(log.size());
    assertThat(found.events()).isEqualTo(15);
    assertThat(found.end()).isEqualTo(log.size());
    assertThat(found.skipped()).isEmpty();
    assertThat(found.at().hash()).isEqualTo(Audits.everyKind().hash());
    assertThat(Audits.strict(log).misfits()).isEmpty();
    assertThat(audit(List.of()).misfits()).isEmpty();
    assertThat(audit(List.of()).point()).isEqualTo(SealedPoint.NOTHING);
  }

  @Test
  void anyBitOfAnyRecordButTheLastThatIsChangedIsFound() {
    for (int bit = 0; bit < 8; bit++) {
      everyByteChangedBy(1 << bit);
    }
    everyByteChangedBy(0xff);
    everyByteChangedBy(1 + new Random(7).nextInt(255));
  }

  @Test
  @Tag("slow")
  void anyByteOfAnyRecordButTheLastThatIsChangedInAnyWayIsFound() {
    for (int xor = 1; xor < 256; xor++) {
      everyByteChangedBy(xor);
    }
  }

  private void everyByteChangedBy(int xor) {
    for (int index = 0; index < last; index++) {
      Bytes value = log.get(index).value();
      for (int at = 0; at < value.size(); at++) {
        List<RawRecord> changed = with(log, index, Audits.byteChanged(value, at, xor));
        PartitionAudit found = audit(changed);
        String what = "byte %d of %s ^ %d: %s".formatted(at, decoded(log.get(index)), xor, found.misfits());
        assertThat(found.misfits()).as(what).isNotEmpty();
        Misfit first = found.misfits().getFirst();
        assertThat((long) index).as(what).isBetween(first.suspectFrom(), first.suspectTo());
        assertThat(first.offset()).as(what).isBetween((long) index, index + 2L);
      }
    }
  }

  @Test
  void whatIsCutShortOrEmptiedIsFound() {
    for (int index = 0; index < last; index++) {
      byte[] value = log.get(index).value().toArray();
      for (int size = 0; size < value.length; size++) {
        Misfit found = misfit(with(log, index, Bytes.wrap(java.util.Arrays.copyOf(value, size))));
        assertThat((long) index).isBetween(found.suspectFrom(), found.suspectTo());
      }
    }
  }

  @Test
  void aChangedRecordIsNamedExactlyWhereWhatFollowsTells() {
    LogBuilder changed = LogBuilder.led();
    changed.put("k", "1").put("k", "2").put("k", "3").put("k", "4");
    LogBuilder other = LogBuilder.led();
    other.put("k", "1").put("k", "X");
    Misfit found = misfit(with(changed.records(), 3, other.records().get(3).value()));
    assertThat(found.kind()).isEqualTo(Misfit.Kind.CHANGED);
    assertThat(found.offset()).isEqualTo(4);
    assertThat(found.suspectFrom()).isEqualTo(3);
    assertThat(found.suspectTo()).isEqualTo(3);

    LogRecord.Event third = (LogRecord.Event) decoded(changed.records().get(3));
    LogRecord.Event unlinked = new LogRecord.Event(LogBuilder.led().header(), third.token(), third.lsn(),
        third.request(), third.timeMs(), third.provenance(), third.partitionKey(), third.mutations(), third.outcome());
    Misfit link = misfit(with(changed.records(), 3, RecordCodec.encode(unlinked)));
    assertThat(link.offset()).isEqualTo(3);
    assertThat(link.suspectFrom()).isEqualTo(3);
    assertThat(link.suspectTo()).isEqualTo(3);
  }

  @Test
  void aRemovedRecordIsFoundByTheOffsetItLeaves() {
    for (int index = 0; index < last; index++) {
      // The first one is for the scan to miss: a log that does not hold offset 0.
      Misfit found = misfit(without(log, index));
      assertThat(found.kind()).isEqualTo(Misfit.Kind.REMOVED);
      assertThat(found.offset()).as(found.detail()).isEqualTo(index);
    }
  }

  @Test
  void aRemovedRecordIsFoundAlsoWhereTheOthersMoveUp() {
    for (int index = 0; index < last; index++) {
      List<Bytes> values = values(log);
      values.remove(index);
      Misfit found = misfit(numbered(values));
      assertThat(found.offset()).as("%d: %s", index, found).isBetween(index - 1L, index + 1L);
      assertThat((long) index).as("%d: %s", index, found).isBetween(found.suspectFrom(), found.suspectTo());
    }
  }

  @Test
  void neighboursThatChangedPlacesAreFound() {
    for (int index = 0; index + 2 < log.size(); index++) {
      List<Bytes> values = values(log);
      Collections.swap(values, index, index + 1);
      Misfit found = misfit(numbered(values));
      assertThat(found.offset()).as("%d: %s", index, found).isBetween((long) index, index + 2L);
      boolean events = decoded(log.get(index)) instanceof LogRecord.TokenRecord first
          && decoded(log.get(index + 1)) instanceof LogRecord.TokenRecord && !(first instanceof LogRecord.Resign);
      if (events) {
        assertThat(found.kind()).as("%d: %s", index, found).isEqualTo(Misfit.Kind.REORDERED);
        assertThat(found.offset()).isEqualTo(index);
      }
    }
  }

  @Test
  void aRecordThatWasPutInAsIfItCountedIsFound() {
    LogBuilder honest = LogBuilder.led();
    honest.put("k", "1").put("k", "2").put("k", "3");
    LogBuilder forged = LogBuilder.led();
    forged.put("k", "1").put("forged", "x");
    List<Bytes> values = values(honest.records());
    values.add(3, forged.records().get(3).value());
    Misfit found = misfit(numbered(values));
    assertThat(found.kind()).isEqualTo(Misfit.Kind.INSERTED);
    assertThat(found.offset()).isEqualTo(3);
  }

  @Test
  void aStrangersRecordThatWasPutInIsFoundWhereAClaimMovesByIt() {
    Bytes stranger = Bytes.utf8("not ours");
    int lastClaim = IntStream.range(0, log.size()).filter(i -> decoded(log.get(i)) instanceof LogRecord.Claim).max()
        .orElseThrow();
    for (int index = 0; index < log.size(); index++) {
      List<Bytes> values = values(log);
      values.add(index, stranger);
      PartitionAudit found = audit(numbered(values));
      assertThat(found.intact()).as("%d: %s", index, found.misfits()).isEqualTo(index > lastClaim);
      assertThat(found.skipped()).containsEntry(Verdict.Reason.UNDECODABLE, 1L);
    }
  }

  @Test
  void whatNeverCountedIsNoTamperingAndIsCounted() {
    LogBuilder builder = new LogBuilder("s", 0).stray(Bytes.utf8("stranger")).genesis(GenesisConfig.defaults(1)).claim("a");
    LogRecord.Event lost = builder.nextPut("k", "lost");
    LogBuilder torn = new LogBuilder("s", 0).stray(Bytes.utf8("stranger")).genesis(GenesisConfig.defaults(1)).claim("a")
        .valid(lost);
    // A torn pipeline: the first of three did not get in. Its leader leads on, under a new token.
    builder.stray(torn.nextPut("k", "2")).stray(torn.valid(torn.nextPut("k", "2")).nextPut("k", "3"));
    LogRecord.Claim overtaken = builder.nextClaim("b");
    builder.claim("a").stray(overtaken).put("k", "4").repeatLast().stray(lost).gap(2)
        .stray(RecordCodec.encode(new LogRecord.Renew(new io.logfold.log.RecordHeader("t", 0, 1, Hash.ZERO), 1, 1, 1)))
        .put("k", "5");
    PartitionAudit found = audit(builder.records());
    assertThat(found.misfits()).isEmpty();
    assertThat(found.missing()).isEqualTo(2);
    assertThat(found.skipped()).isEqualTo(Map.of(Verdict.Reason.UNDECODABLE, 1L, Verdict.Reason.WRONG_LSN, 3L,
        Verdict.Reason.VOID_CLAIM, 1L, Verdict.Reason.STALE_TOKEN, 1L, Verdict.Reason.FOREIGN, 1L));
    assertThat(Audits.strict(builder.records()).misfits()).hasSize(8)
        .allMatch(each -> each.kind() == Misfit.Kind.STRAY || each.kind() == Misfit.Kind.REMOVED);
    assertThat(builder.records().get(0).offset()).isZero();
  }

  @Test
  void aTornPipelineThatNobodyHasLedAfterIsSaidAndSettledByTheNextWrite() {
    LogBuilder builder = LogBuilder.led();
    builder.put("k", "1");
    LogBuilder torn = LogBuilder.led();
    torn.put("k", "1").put("k", "lost");
    builder.stray(torn.nextPut("k", "3"));
    assertThat(misfit(builder.records()).detail()).contains("LSN 2 is not there", "write something, then verify again");
    builder.claim("b").put("k", "2");
    assertThat(audit(builder.records()).misfits()).isEmpty();
  }

  @Test
  void offsetsWithoutRecordsAtTheEndAreSaidUntilTheNextWrite() {
    LogBuilder builder = LogBuilder.led();
    builder.put("k", "1").gap(3).stray(Bytes.utf8("stranger"));
    Misfit found = misfit(builder.records());
    assertThat(found.kind()).isEqualTo(Misfit.Kind.REMOVED);
    assertThat(found.offset()).isEqualTo(3);
    builder.put("k", "2");
    assertThat(audit(builder.records()).misfits()).isEmpty();
  }

  @Test
  void theLastRecordHasNoWitness() {
    LogBuilder builder = LogBuilder.led();
    builder.put("k", "1").put("k", "2");
    LogBuilder other = LogBuilder.led();
    other.put("k", "1").put("k", "X");
    List<RawRecord> changed = with(builder.records(), 3, other.records().get(3).value());
    assertThat(audit(changed).misfits()).isEmpty();
    LogAudit.SealedBy seal = new LogAudit.SealedBy("monday", audit(builder.records()).point());
    Misfit found = misfit(changed, seal);
    assertThat(found.kind()).isEqualTo(Misfit.Kind.REWRITTEN);
    assertThat(found.offset()).isEqualTo(3);
    assertThat(found.detail()).contains("monday");
  }

  @Test
  void anEventDatedBackInAWholeChainIsToldWhereAllIsToBeTold() {
    LogBuilder builder = LogBuilder.led();
    builder.put("k", "1").pass(-500).put("k", "2").pass(500).put("k", "3");
    assertThat(audit(builder.records()).misfits()).isEmpty();
    assertThat(Audits.strict(builder.records()).misfits()).singleElement().satisfies(each -> {
      assertThat(each.kind()).isEqualTo(Misfit.Kind.RETIMED);
      assertThat(each.offset()).isEqualTo(3);
    });
  }

  @Test
  void whatIsDamagedOrGoneForKafkaIsNamed() {
    LogBuilder builder = LogBuilder.led();
    builder.put("k", "1").put("k", "2").put("k", "3");
    ScannedLogs logs = new ScannedLogs().with(0, builder.records()).beforeRecord(count -> {
      if (count == 3) {
        throw new io.logfold.api.StoreException(io.logfold.api.ErrorCode.CORRUPT, "crc",
            new LogScan.DamagedException(3, "stored crc = 1, computed crc = 2"));
      }
    });
    try (LogScan scan = logs.open()) {
      PartitionAudit found =
          new LogAudit(FoldState.empty("s", 0), Hash.ZERO, List.of(), false, new AuditCounter()).run(scan);
      assertThat(found.misfits()).singleElement().satisfies(each -> {
        assertThat(each.kind()).isEqualTo(Misfit.Kind.DAMAGED);
        assertThat(each.offset()).isEqualTo(3);
      });
    }
  }
}
