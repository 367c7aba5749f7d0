package io.logfold.log.model;

import io.logfold.api.Bytes;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.Hash;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHasher;
import io.logfold.log.RecordHeader;
import java.util.ArrayList;
import java.util.List;

/**
 * A log of the {@link CoreModel} in real records, as honest writers would have made them: a claim is chained to its
 * basis, a leader's record to the one it wrote before, whether or not that one ever landed.
 */
final class RealLog {
  private static final String STORE = "model";
  private static final long TIME_MS = 1_000;

  private final int[] log;
  private final List<Bytes> raw = new ArrayList<>();
  private final List<FoldState> states = new ArrayList<>();

  /**
   * @param log records at offsets 1 and above; offset 0 is Genesis
   */
  RealLog(int[] log) {
    this.log = log;
    LogFold fold = new LogFold(empty(), false);
    append(fold, 0, RecordCodec.encode(new LogRecord.Genesis(header(Hash.ZERO), GenesisConfig.defaults(1))));
    for (int offset = 1; offset < log.length; offset++) {
      append(fold, offset, Rec.kind(log[offset]) == Rec.STRAY ? Bytes.utf8("stray") : encoded(offset));
    }
  }

  static FoldState empty() {
    return FoldState.empty(STORE, 0);
  }

  private void append(LogFold fold, int offset, Bytes record) {
    raw.add(record);
    fold.apply(offset, record);
    states.add(fold.state());
  }

  List<Bytes> raw() {
    return raw;
  }

  /** What the real fold says after each offset. */
  List<FoldState> states() {
    return states;
  }

  private Bytes encoded(int offset) {
    int rec = log[offset];
    if (Rec.kind(rec) == Rec.CLAIM) {
      String node = CoreModel.name(Rec.node(rec));
      Hash basis = states.get(Rec.number(rec)).hash();
      long prevToken = Rec.token(rec) == 0 ? FoldState.NO_TOKEN : Rec.token(rec);
      return RecordCodec.encode(new LogRecord.Claim(header(basis), node, node, prevToken, Rec.number(rec), offset));
    }
    FoldState office = states.get(Rec.token(rec));
    Hash before = office.hash();
    for (long lsn = office.lsn() + 1; lsn < Rec.number(rec); lsn++) {
      int earlier = (int) lsn;
      before = RecordHasher.next(before, tokenRecord(kindOf(Rec.token(rec), earlier), Rec.token(rec), earlier, before));
    }
    return RecordCodec.encode(tokenRecord(Rec.kind(rec), Rec.token(rec), Rec.number(rec), before));
  }

  /** What a leader wrote under an LSN; a record that never landed may have been anything, say a Renew. */
  private int kindOf(int token, int lsn) {
    for (int offset = 1; offset < log.length; offset++) {
      int rec = log[offset];
      boolean tokenRecord = Rec.kind(rec) != Rec.CLAIM && Rec.kind(rec) != Rec.STRAY;
      if (tokenRecord && Rec.token(rec) == token && Rec.number(rec) == lsn) {
        return Rec.kind(rec);
      }
    }
    return Rec.RENEW;
  }

  private static LogRecord tokenRecord(int kind, int token, int lsn, Hash before) {
    RecordHeader header = header(before);
    return switch (kind) {
      case Rec.EVENT -> new LogRecord.Event(header, token, lsn, new RequestInfo(new RequestId(token, lsn), 1, TIME_MS),
          TIME_MS, Provenance.NONE, Bytes.EMPTY, List.of(), Outcome.UNCHANGED);
      case Rec.RENEW -> new LogRecord.Renew(header, token, lsn, TIME_MS);
      case Rec.RESIGN -> new LogRecord.Resign(header, token, lsn, TIME_MS, "");
      default -> throw new IllegalArgumentException("not a token record: " + kind);
    };
  }

  private static RecordHeader header(Hash before) {
    return new RecordHeader(STORE, 0, RecordHeader.FORMAT, before);
  }
}
