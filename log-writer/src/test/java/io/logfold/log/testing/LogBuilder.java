package io.logfold.log.testing;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.Hash;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHasher;
import io.logfold.log.RecordHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes a log by hand. {@link #genesis}, {@link #claim} and the methods of a leader ({@link #put}, {@link #event},
 * {@link #renew}, ...) append the record that is valid next and move the chain; {@link #stray} appends anything at all
 * and moves nothing but the offset. It keeps the chain by itself, not with a LogFold, so that it can test one. Records
 * made to be changed before they are appended come from the methods named {@code next...}.
 */
public final class LogBuilder {
  private final String store;
  private final int partition;
  private final List<RawRecord> records = new ArrayList<>();
  private long offset;
  private long token = FoldState.NO_TOKEN;
  private long lsn;
  private long lastValidOffset = -1;
  private Hash hash = Hash.ZERO;
  private long timeMs = 1_000_000;
  private long ids;

  public LogBuilder(String store, int partition) {
    this.store = store;
    this.partition = partition;
  }

  /** A log of store "s", partition 0, that begins with Genesis and a claim of node "a". */
  public static LogBuilder led() {
    return new LogBuilder("s", 0).genesis(GenesisConfig.defaults(1)).claim("a");
  }

  public LogBuilder genesis(GenesisConfig config) {
    return valid(new LogRecord.Genesis(header(), config));
  }

  public LogBuilder claim(String node) {
    return valid(nextClaim(node));
  }

  public LogBuilder put(String key, String value) {
    return event(request(), List.of(new Mutation.Put(Bytes.utf8(key), Bytes.utf8(value))), Outcome.APPLIED);
  }

  public LogBuilder delete(String key) {
    return event(request(), List.of(new Mutation.Delete(Bytes.utf8(key))), Outcome.APPLIED);
  }

  public LogBuilder event(RequestInfo request, List<Mutation> mutations, Outcome outcome) {
    return valid(nextEvent(request, mutations, outcome));
  }

  public LogBuilder renew() {
    return valid(nextRenew());
  }

  public LogBuilder barrier() {
    return valid(new LogRecord.Barrier(header(), token, lsn + 1, timeMs));
  }

  public LogBuilder resign() {
    return valid(new LogRecord.Resign(header(), token, lsn + 1, timeMs, ""));
  }

  public LogRecord.Claim nextClaim(String node) {
    return new LogRecord.Claim(header(), node, node + ":7171", token, lastValidOffset, ++ids);
  }

  public LogRecord.Event nextPut(String key, String value) {
    return nextEvent(request(), List.of(new Mutation.Put(Bytes.utf8(key), Bytes.utf8(value))), Outcome.APPLIED);
  }

  public LogRecord.Event nextEvent(RequestInfo request, List<Mutation> mutations, Outcome outcome) {
    return new LogRecord.Event(header(), token, lsn + 1, request, timeMs, Provenance.of("tester", "test"),
        Bytes.utf8("pk"), mutations, outcome);
  }

  /** Another table answers misses. */
  public LogBuilder serve(String table) {
    return valid(nextServe(table));
  }

  public LogRecord.Event nextServe(String table) {
    return new LogRecord.Event(header(), token, lsn + 1, request(), timeMs, Provenance.of("tester", "test"), Bytes.EMPTY,
        List.of(), Outcome.APPLIED, Optional.of(table));
  }

  public LogRecord.Renew nextRenew() {
    return new LogRecord.Renew(header(), token, lsn + 1, timeMs);
  }

  /** The header of the record that is valid next. */
  public RecordHeader header() {
    return new RecordHeader(store, partition, RecordHeader.FORMAT, hash);
  }

  /** A new request, made now. */
  public RequestInfo request() {
    return new RequestInfo(new RequestId(0x1234, ++ids), 1, timeMs);
  }

  /** Appends this record as the next valid one, and chains to it. */
  public LogBuilder valid(LogRecord record) {
    hash = RecordHasher.next(hash, record);
    lastValidOffset = offset;
    switch (record) {
      case LogRecord.Claim claim -> token = offset;
      case LogRecord.TokenRecord tokenRecord -> {
        lsn = tokenRecord.lsn();
        if (record instanceof LogRecord.Resign) {
          token = FoldState.NO_TOKEN;
        }
      }
      case LogRecord.Genesis genesis -> {}
    }
    return stray(record);
  }

  /** Appends this record, valid or not, and chains nothing to it. */
  public LogBuilder stray(LogRecord record) {
    return stray(RecordCodec.encode(record));
  }

  /** Appends these bytes, and chains nothing to them. */
  public LogBuilder stray(Bytes raw) {
    records.add(new RawRecord(offset++, raw));
    return this;
  }

  /** Appends the last record once more. */
  public LogBuilder repeatLast() {
    return stray(records.getLast().value());
  }

  /** Leaves offsets that hold no record. */
  public LogBuilder gap(int offsets) {
    offset += offsets;
    return this;
  }

  /** Lets time pass, for requests and events alike. */
  public LogBuilder pass(long ms) {
    timeMs += ms;
    return this;
  }

  public List<RawRecord> records() {
    return List.copyOf(records);
  }

  /** Offset of the last record. */
  public long lastOffset() {
    return records.getLast().offset();
  }

  public long token() {
    return token;
  }

  /** LSN of the last valid token record. */
  public long lsn() {
    return lsn;
  }

  public Hash hash() {
    return hash;
  }

  public long timeMs() {
    return timeMs;
  }

  public long lastValidOffset() {
    return lastValidOffset;
  }
}
