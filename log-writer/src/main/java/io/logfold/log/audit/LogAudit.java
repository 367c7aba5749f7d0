package io.logfold.log.audit;

import io.logfold.api.Bytes;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;
import io.logfold.log.Hash;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.LogScan;
import io.logfold.log.PartitionLog.OffsetGoneException;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHasher;
import io.logfold.log.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads one partition's log up to where it ends now, folds it, and names the first record that does not fit.
 *
 * <ul>
 *   <li>A1 Where the fold stops (the chain is broken), the records behind tell which record was touched ({@link Break}).
 *   <li>A2 What only makes later records void is found by what those say ({@link Doubt}).
 *   <li>A3 At each sealed position the state is that of the seal.
 *   <li>A4 The bytes of a record that counts are those that a writer writes ({@link WrittenForm}).
 * </ul>
 *
 * <p>What is not found: a change of the last record that counts, a log that ends earlier than it did, and one that was
 * written anew with new hashes, unless a seal tells; and records that never counted. Used once, by one thread.
 */
public final class LogAudit {
  private static final int MISFITS_KEPT = 100;
  private static final int RECORDS_A_REPORT = 512;

  private final FoldState start;
  private final List<SealedBy> sealed;
  private final boolean strict;
  private final AuditCounter counter;
  private final LogFold fold;
  private final Doubt doubt;
  private final List<Misfit> misfits = new ArrayList<>();
  private long moreMisfits;
  private FoldState at;
  private Hash genesis;
  private int nextSeal;
  private @Nullable Break broken;
  private boolean ended;
  private boolean proven;
  private long expected;
  private long records;
  private long events;
  private long bytes;
  private long missing;
  private int toReport;
  private long bytesToReport;

  /**
   * A point that the log must come by.
   *
   * @param seal which one says so, for people
   */
  public record SealedBy(String seal, SealedPoint point) {}

  /**
   * @param start {@link FoldState#empty}, or what an earlier seal says: then nothing before it is looked at, but for
   *     the record that it stands on
   * @param genesis hash behind Genesis where start is not the beginning; else zero
   * @param strict whether all that is odd is a misfit: records that never counted, offsets without records, times that go
   *     back, fields that this version does not know
   * @param counter is told how far it is
   */
  public LogAudit(FoldState start, Hash genesis, List<SealedBy> sealed, boolean strict, AuditCounter counter) {
    this.start = start;
    this.genesis = genesis;
    this.sealed = sealed.stream().sorted(Comparator.comparingLong(each -> each.point().position())).toList();
    this.strict = strict;
    this.counter = counter;
    this.fold = new LogFold(start, false);
    this.doubt = new Doubt(start);
    this.at = start;
    this.proven = start.lastValidOffset() < 0;
    this.expected = Math.max(0, proven ? start.position() : start.lastValidOffset());
  }

  /**
   * What is wrong with the log is in the result, never an exception.
   *
   * @throws StoreException UNAVAILABLE where the log cannot be reached
   */
  public PartitionAudit run(LogScan log) {
    return run(log, false);
  }

  /** @param ahead whether threads of its own read, and decode, ahead */
  PartitionAudit run(LogScan log, boolean ahead) {
    long end = log.ends(List.of(start.partition())).getOrDefault(start.partition(), 0L);
    counter.began(Math.max(0, end - expected));
    try {
      if (end >= start.position()) {
        if (ahead) {
          new ReadAhead(log).read(start.partition(), expected, end, this::record);
        } else {
          log.read(start.partition(), expected, end, (offset, raw) -> record(ReadAhead.Read.of(offset, raw)));
        }
      }
      finish(end);
    } catch (OffsetGoneException e) {
      foundSoFar();
      add(expected, Misfit.Kind.REMOVED, 0, expected, "the log does not hold this offset any more: records were removed"
          + " from its beginning, or it is another log (" + e.getMessage() + ")");
    } catch (StoreException e) {
      if (!(e.getCause() instanceof LogScan.DamagedException damaged)) {
        throw e;
      }
      foundSoFar();
      add(damaged.offset(), Misfit.Kind.DAMAGED, damaged.offset(), damaged.offset(),
          "the batch of records that begins here cannot be read: " + damaged.getMessage());
    }
    report();
    misfits.sort(Comparator.comparingLong(Misfit::offset));
    Map<Verdict.Reason, Long> skipped = new EnumMap<>(Verdict.Reason.class);
    for (Verdict.Reason reason : Verdict.Reason.values()) {
      if (fold.skipped(reason) > 0) {
        skipped.put(reason, fold.skipped(reason));
      }
    }
    return new PartitionAudit(start.partition(), records, events, bytes, skipped, missing, end, at, genesis, misfits,
        moreMisfits);
  }

  private boolean record(ReadAhead.Read read) {
    long offset = read.offset();
    Bytes raw = read.raw();
    records++;
    bytes += raw.size();
    bytesToReport += raw.size();
    if (++toReport == RECORDS_A_REPORT) {
      report();
    }
    if (broken != null) {
      return broken.lookAt(raw);
    }
    if (!proven) {
      return prove(offset, raw);
    }
    if (offset > expected) {
      doubt.gap(expected, offset);
      missing += offset - expected;
    }
    expected = offset;
    sealsHoldBefore(offset);
    if (!ended) {
      expected = offset + 1;
      judge(read);
    }
    return !ended;
  }

  private boolean prove(long offset, Bytes raw) {
    proven = true;
    boolean same = offset == start.lastValidOffset() && RecordCodec.decode(raw) instanceof RecordCodec.Decoded.Ok ok
        && RecordHasher.next(ok.record().header().prevHash(), ok.record()).equals(start.hash());
    if (!same) {
      stop(start.lastValidOffset(), Misfit.Kind.REWRITTEN, start.lastValidOffset(), start.lastValidOffset(),
          "the record here is not the one that the earlier seal stands on (" + start.hash() + "): it was changed or"
              + " removed, or the log was written anew, or is another one");
    }
    expected = start.position();
    return same;
  }

  private void judge(ReadAhead.Read read) {
    long offset = read.offset();
    switch (fold.apply(offset, read.decoded())) {
      case Verdict.GenesisAccepted first -> {
        accepted(offset, read.form());
        genesis = at.hash();
      }
      case Verdict.ClaimEffective claim -> {
        if (claim.claim().basis() > at.lastValidOffset()) {
          add(offset, Misfit.Kind.REMOVED, at.lastValidOffset() + 1, offset, "this claim was written when the last"
              + " record that counted lay at offset " + claim.claim().basis() + ", now it lies at "
              + at.lastValidOffset() + ": void records between them were removed and those behind moved up");
        }
        doubt.tokenInForce(claim.token());
        accepted(offset, read.form());
      }
      case Verdict.Valid valid -> {
        if (valid.record() instanceof LogRecord.Event) {
          events++;
        }
        if (strict && valid.record().timeMs() < at.logTimeMs()) {
          add(offset, Misfit.Kind.RETIMED, offset, offset, "its time " + valid.record().timeMs() + " is before "
              + at.logTimeMs() + ", the log's time; the chain fits, so it was written like that");
        }
        accepted(offset, read.form());
      }
      case Verdict.Skipped skipped -> {
        doubt.skipped(offset, read.raw(), skipped, at);
        if (strict) {
          add(offset, Misfit.Kind.STRAY, offset, offset, "does not count: " + skipped.reason() + ": " + skipped.detail());
        }
      }
      case Verdict.Corrupt corrupt -> {
        if (read.decoded() instanceof RecordCodec.Decoded.Ok ok) {
          broken = new Break(offset, ok.record(), at, doubt.overtaken(ok.record().header().prevHash(), at));
        }
      }
      case Verdict.NewerFormat newer -> stop(offset, Misfit.Kind.UNREADABLE, offset, offset, "it says format "
          + newer.format() + ", which this version does not know: a newer version of Logfold wrote it (then audit with"
          + " that one), or it was changed");
    }
  }

  private void accepted(long offset, WrittenForm form) {
    if (strict && doubt.hasGap()) {
      add(doubt.gapFrom(), Misfit.Kind.REMOVED, doubt.gapFrom(), doubt.gapTo() - 1, "offsets " + doubt.gapFrom() + " to "
          + (doubt.gapTo() - 1) + " hold no record; nothing that counted lay there, the chain goes on behind them");
    }
    doubt.settle();
    at = fold.state();
    if (form == WrittenForm.TOUCHED) {
      add(offset, Misfit.Kind.CHANGED, offset, offset, "it says what it said when it was written, in other bytes than a"
          + " writer writes: it was changed in place, without effect");
    } else if (strict && form == WrittenForm.WITH_UNKNOWN_FIELDS) {
      add(offset, Misfit.Kind.CHANGED, offset, offset, "it has fields that this version does not know, and no hash covers:"
          + " a newer version of Logfold wrote them (then audit with that one), or somebody else");
    }
  }

  /** Looks at the seals whose position is at or before this offset; all before it was judged. */
  private void sealsHoldBefore(long offset) {
    for (; !ended && nextSeal < sealed.size() && sealed.get(nextSeal).point().position() <= offset; nextSeal++) {
      SealedBy by = sealed.get(nextSeal);
      // What the audit began from was checked against the seals with it.
      if (by.point().position() > start.position()) {
        holds(by);
      }
    }
  }

  private void holds(SealedBy by) {
    SealedPoint point = by.point();
    SealedPoint here =
        new SealedPoint(at.lastValidOffset() + 1, at.lsn(), at.token(), at.logTimeMs(), at.hash(), genesis);
    if (here.equals(point)) {
      return;
    }
    String says = "the seal " + by.seal() + " says that the log counts up to offset " + (point.position() - 1)
        + " (LSN " + point.lsn() + ", hash " + point.hash() + ")";
    if (doubt.open()) {
      Misfit why = doubt.misfit(at);
      stop(why.offset(), why.kind(), why.suspectFrom(), why.suspectTo(), why.detail() + "; " + says);
    } else if (here.position() < point.position()) {
      Misfit.Kind kind = doubt.hasGap() ? Misfit.Kind.REMOVED : Misfit.Kind.CHANGED;
      stop(here.position(), kind, here.position(), point.position() - 1, says + ", here only up to "
          + at.lastValidOffset() + " (LSN " + at.lsn() + "): what lies between was changed or removed");
    } else {
      long from = nextSeal == 0 ? start.position() : Math.max(start.position(), sealed.get(nextSeal - 1).point().position());
      stop(point.position() - 1, Misfit.Kind.REWRITTEN, from, point.position() - 1, says + ", here it has LSN "
          + at.lsn() + ", hash " + at.hash() + ": this record was changed, or records from offset " + from
          + " on were changed and all behind them written anew" + (genesis.equals(point.genesis()) ? ""
              : "; or the seal is of another store of this name, its Genesis is another one"));
    }
  }

  /** Says what is wrong before the place where reading ended. */
  private void foundSoFar() {
    if (broken != null) {
      stop(broken.misfit());
    } else if (!ended && doubt.open()) {
      stop(doubt.misfit(at));
    }
  }

  private void finish(long end) {
    if (broken != null) {
      stop(broken.misfit());
    }
    if (!ended && end > expected) {
      doubt.gap(expected, end);
      missing += end - expected;
    }
    sealsHoldBefore(end);
    if (!ended && doubt.open()) {
      add(doubt.misfit(at));
    } else if (!ended && doubt.hasGap()) {
      add(doubt.gapFrom(), Misfit.Kind.REMOVED, doubt.gapFrom(), doubt.gapTo() - 1, "offsets " + doubt.gapFrom() + " to "
          + (doubt.gapTo() - 1) + " hold no record, and no record behind them shows that nothing that counted lay there."
          + " (Should a stranger have written a transaction, the next write settles it: write something, then verify"
          + " again)");
    }
    Optional<SealedBy> behind = sealed.stream().filter(each -> each.point().position() > end).findFirst();
    if (behind.isPresent() || end < start.position()) {
      long position = behind.map(each -> each.point().position()).orElse(start.position());
      add(end, Misfit.Kind.TRUNCATED, end, position - 1, "the log ends here, but the seal "
          + behind.map(SealedBy::seal).orElse("that the audit begins from") + " has records up to offset "
          + (position - 1) + ": they were cut off, or the log is another one");
    }
  }

  private void stop(long offset, Misfit.Kind kind, long from, long to, String detail) {
    stop(new Misfit(start.partition(), offset, kind, from, to, detail));
  }

  private void stop(Misfit misfit) {
    add(misfit);
    ended = true;
  }

  private void add(long offset, Misfit.Kind kind, long from, long to, String detail) {
    add(new Misfit(start.partition(), offset, kind, from, to, detail));
  }

  private void add(Misfit misfit) {
    // Strays may be as many as records are, and must not push out what matters.
    if (misfits.size() < MISFITS_KEPT || misfit.kind() != Misfit.Kind.STRAY) {
      misfits.add(misfit);
    } else {
      moreMisfits++;
    }
  }

  private void report() {
    counter.read(toReport, bytesToReport);
    toReport = 0;
    bytesToReport = 0;
  }
}
