package io.logfold.log;

/** What the fold says of one record of the log. */
public sealed interface Verdict {

  /** The first Genesis. */
  record GenesisAccepted(LogRecord.Genesis genesis) implements Verdict {}

  /** The claim's offset is the token in force from here. */
  record ClaimEffective(LogRecord.Claim claim, long token) implements Verdict {}

  /** An event, renewal, barrier or resignation of the token in force, with the next LSN. */
  record Valid(LogRecord.TokenRecord record) implements Verdict {}

  /** Not valid; changes nothing but the position. */
  record Skipped(Reason reason, String detail) implements Verdict {}

  /** The log contradicts itself: the partition halts, and nothing after this offset is judged. */
  record Corrupt(String detail) implements Verdict {}

  /** A record of a format this code does not know: it must not be judged by this code. */
  record NewerFormat(int format) implements Verdict {}

  /** Why a record was skipped. */
  enum Reason {
    /** Not a record of ours at all. */
    UNDECODABLE,
    /** Of another store or partition. */
    FOREIGN,
    /** Before Genesis, or a Genesis after the first. */
    MISPLACED_GENESIS,
    /** A claim that was overtaken: its token or basis is not the one in force. */
    VOID_CLAIM,
    /**
     * A claim whose token and basis are right and whose history is another: the claimer's fold, or this one, went wrong.
     * No honest node writes one; whoever reads it says so as loudly as {@link Corrupt}.
     */
    OTHER_HISTORY,
    /** Written under a token that is not, or no longer, in force. */
    STALE_TOKEN,
    /** Under the token in force, but not with the next LSN: a record before it was lost, or it is a duplicate. */
    WRONG_LSN
  }
}
