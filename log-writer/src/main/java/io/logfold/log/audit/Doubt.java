package io.logfold.log.audit;

import io.logfold.api.Bytes;
import io.logfold.log.FoldState;
import io.logfold.log.Hash;
import io.logfold.log.LogRecord;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHasher;
import io.logfold.log.Verdict;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the skipped records of a log say of a record that is missing before them.
 *
 * <p>Skipping is normal: overtaken claims, late records of deposed leaders, strangers. But a record that was changed so
 * that it does not count any more, or was removed, makes all that was written behind it void, without a contradiction
 * that the fold would stop at. So a skipped record which can only have been written on a history that goes on from here
 * is evidence that some of it is missing:
 *
 * <ul>
 *   <li>D1 a record under the token in force whose LSN is ahead;
 *   <li>D2 a record under a token, or a claim on a token, that never was in force;
 *   <li>D3 a claim whose basis is the last valid record, or behind it, and that is void: its writer's history was another;
 *   <li>D4 a record of a later LSN directly behind a Resign: whoever resigns has nothing more to write;
 *   <li>D5 a record of this store and partition before Genesis.
 * </ul>
 *
 * <p>Evidence is no proof: a leader whose pipeline was torn leaves D1, a forger any of them. It is settled by the next
 * record that counts: whoever wrote that went on from the history as it is here, and nothing is missing. What is not
 * settled where the log ends is a misfit.
 *
 * <p>Owned by one {@link LogAudit}.
 */
final class Doubt {
  /** So many skipped records are remembered, to recognise one that lies in the wrong place. */
  private static final int REMEMBERED = 256;

  private final FoldState start;
  private final Set<Long> tokens = new HashSet<>();
  private final ArrayDeque<Skipped> remembered = new ArrayDeque<>();
  private long firstSkipped = -1;
  private String firstReason = "";
  private long gapFrom = -1;
  private long gapTo = -1;
  private @Nullable Evidence evidence;

  /** A token record that did not count where it lies. */
  private record Skipped(long offset, long token, long lsn, Hash prevHash, Hash ownHash) {}

  /** @param namedToken the token that it needs, where that is what is wrong; else -1 */
  private record Evidence(long offset, LogRecord record, long namedToken) {}

  /** @param start where the audit begins: tokens before that are not known, and taken to have been in force */
  Doubt(FoldState start) {
    this.start = start;
    tokens.add(start.token());
  }

  boolean open() {
    return evidence != null;
  }

  /** Offsets from from to before to hold no record. */
  void gap(long from, long to) {
    if (gapFrom < 0) {
      gapFrom = from;
    }
    gapTo = to;
  }

  /** Whether offsets without records lie behind the last record that counts. */
  boolean hasGap() {
    return gapFrom >= 0;
  }

  long gapFrom() {
    return gapFrom;
  }

  long gapTo() {
    return gapTo;
  }

  /** A record counts: whatever was skipped before it was void for whoever wrote it, too. */
  void settle() {
    firstSkipped = -1;
    gapFrom = -1;
    gapTo = -1;
    evidence = null;
  }

  void tokenInForce(long token) {
    tokens.add(token);
  }

  /** @param at the fold before this record */
  void skipped(long offset, Bytes raw, Verdict.Skipped verdict, FoldState at) {
    if (firstSkipped < 0) {
      firstSkipped = offset;
      firstReason = verdict.reason() + ": " + verdict.detail();
    }
    boolean ours = verdict.reason() != Verdict.Reason.UNDECODABLE && verdict.reason() != Verdict.Reason.FOREIGN;
    if (ours && RecordCodec.decode(raw) instanceof RecordCodec.Decoded.Ok ok) {
      ours(offset, ok.record(), verdict.reason(), at);
    }
  }

  private void ours(long offset, LogRecord record, Verdict.Reason reason, FoldState at) {
    if (record instanceof LogRecord.TokenRecord token && (evidence == null || remembered.size() < REMEMBERED)) {
      if (remembered.size() == REMEMBERED) {
        remembered.removeFirst();
      }
      Hash prevHash = record.header().prevHash();
      remembered.add(new Skipped(offset, token.token(), token.lsn(), prevHash, RecordHasher.next(prevHash, record)));
    }
    if (evidence != null) {
      return;
    }
    boolean genesis = at.genesis().isPresent();
    switch (record) {
      case LogRecord.Genesis another -> {
        if (!genesis) {
          doubt(offset, record, -1);
        }
      }
      case LogRecord.TokenRecord token -> {
        boolean behindResign = at.token() == FoldState.NO_TOKEN && token.lsn() > at.lsn();
        if (!genesis || behindResign || (reason == Verdict.Reason.WRONG_LSN && token.lsn() > at.lsn() + 1)) {
          doubt(offset, record, -1);
        } else if (neverInForce(token.token())) {
          doubt(offset, record, token.token());
        }
      }
      case LogRecord.Claim claim -> {
        if (!genesis || reason == Verdict.Reason.OTHER_HISTORY || claim.basis() >= at.lastValidOffset()) {
          doubt(offset, record, -1);
        } else if (neverInForce(claim.prevToken())) {
          doubt(offset, record, claim.prevToken());
        }
      }
    }
  }

  private void doubt(long offset, LogRecord record, long namedToken) {
    evidence = new Evidence(offset, record, namedToken);
  }

  private boolean neverInForce(long token) {
    return token != FoldState.NO_TOKEN && token >= start.position() && !tokens.contains(token);
  }

  /** Where a record is the one that this one is chained to, and another was accepted in its place. */
  Optional<Long> overtaken(Hash chainedTo, FoldState at) {
    return remembered.stream().filter(each -> each.ownHash.equals(chainedTo) && each.lsn == at.lsn()
        && each.offset > at.lastValidOffset()).map(Skipped::offset).findFirst();
  }

  /** What is wrong, where doubt is open. */
  Misfit misfit(FoldState at) {
    Evidence found = evidence;
    if (found == null) {
      throw new IllegalStateException("there is no doubt");
    }
    Optional<Skipped> early = remembered.stream().filter(each -> each.token == at.token() && each.lsn == at.lsn() + 1
        && each.prevHash.equals(at.hash()) && each.offset < at.lastValidOffset()).findFirst();
    if (early.isPresent()) {
      long offset = early.get().offset;
      return new Misfit(at.partition(), offset, Misfit.Kind.REORDERED, offset, found.offset, "the record of LSN "
          + (at.lsn() + 1) + " lies here, before the one it is chained to (offset " + at.lastValidOffset()
          + "); records were put in another order");
    }
    String because = "; " + saysWhy(found, at) + "; nothing behind offset " + at.lastValidOffset() + " counts";
    if (gapFrom >= 0 && gapFrom < found.offset) {
      return new Misfit(at.partition(), gapFrom, Misfit.Kind.REMOVED, gapFrom, gapTo - 1, "offsets " + gapFrom + " to "
          + (gapTo - 1) + " hold no record" + because);
    }
    if (firstSkipped >= 0 && firstSkipped < found.offset) {
      boolean named = found.namedToken >= firstSkipped && found.namedToken < found.offset;
      long from = named ? found.namedToken : firstSkipped;
      long to = named ? from : found.offset - 1;
      return new Misfit(at.partition(), from, Misfit.Kind.CHANGED, from, to, "a record that does not count ("
          + (named ? "it was a claim" : firstReason) + ") lies where one that counted must lie: it was changed,"
          + " or put in place of one that was removed" + because);
    }
    return directlyBehind(found, at, because);
  }

  private Misfit directlyBehind(Evidence found, FoldState at, String because) {
    long offset = found.offset;
    boolean linked = found.record.header().prevHash().equals(at.hash()) && at.genesis().isPresent();
    if (linked || at.genesis().isEmpty()) {
      return new Misfit(at.partition(), offset, Misfit.Kind.CHANGED, offset, offset, (linked
          ? "it is chained to the record before it, and yet does not continue the log: it was changed"
          : "the log does not begin with its Genesis: that was removed or changed") + because);
    }
    if (found.record instanceof LogRecord.Claim claim && claim.basis() <= at.lastValidOffset()) {
      return new Misfit(at.partition(), offset, Misfit.Kind.CHANGED, Math.max(0, at.lastValidOffset()), offset,
          "its writer had another record at offset " + claim.basis() + " (" + claim.header().prevHash()
              + ", here it is " + at.hash() + "): that was changed, or all up to it was written anew" + because);
    }
    if (found.record instanceof LogRecord.TokenRecord && at.token() == FoldState.NO_TOKEN && at.lsn() > 0) {
      return new Misfit(at.partition(), offset, Misfit.Kind.CHANGED, at.lastValidOffset(), offset, "its leader wrote on,"
          + " though the record at offset " + at.lastValidOffset() + " says that it resigned: one of the two was changed"
          + because);
    }
    if (found.namedToken >= 0 && found.namedToken < at.token()) {
      return new Misfit(at.partition(), at.token(), Misfit.Kind.INSERTED, found.namedToken, at.token(),
          "this claim lay at offset " + found.namedToken + " when the records behind it were written: "
              + (at.token() - found.namedToken) + " records were put in before it" + because);
    }
    return new Misfit(at.partition(), offset, Misfit.Kind.REMOVED, Math.max(0, at.lastValidOffset()), offset,
        "between offset " + at.lastValidOffset() + " and this one a record is missing: it was removed and those behind"
            + " it moved up, or this one was changed" + because);
  }

  private static String saysWhy(Evidence found, FoldState at) {
    String who = "the record at offset " + found.offset;
    if (at.genesis().isEmpty()) {
      return who + " was written on a Genesis that is not there";
    }
    return switch (found.record) {
      case LogRecord.Claim claim -> who + ", a claim by " + claim.node() + ", "
          + (found.namedToken >= 0 ? "is on token " + found.namedToken + ", which never was in force"
              : "was written on a history that is not this one, valid up to offset " + claim.basis());
      case LogRecord.TokenRecord token when found.namedToken >= 0 ->
          who + " is of token " + found.namedToken + ", but no claim in force lies at that offset";
      case LogRecord.TokenRecord token when at.token() == FoldState.NO_TOKEN ->
          who + " is of token " + token.token() + ", and none is in force";
      case LogRecord.TokenRecord token -> who + " has LSN " + token.lsn() + ", but LSN " + (at.lsn() + 1)
          + " is not there. (Should a leader have been cut off in the middle of writing and nobody have led since, the"
          + " next write settles it: write something, then verify again)";
      case LogRecord.Genesis another -> who + " is a Genesis";
    };
  }
}
