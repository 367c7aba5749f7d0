package io.logfold.query;

import io.logfold.log.Hash;
import io.logfold.log.LogRecord.TokenRecord;
import java.util.ArrayList;
import java.util.List;

/** A record of ours that is appended and not yet known to be committed, and who waits for that. */
final class InFlight {
  static final long NOT_ACKNOWLEDGED = -2;

  final TokenRecord record;
  final Hash hashAfter;
  final int bytes;
  final long sentNanos;
  final long sentWallMs;
  final List<Operation.Decided<?>> waiting = new ArrayList<>(1);

  /** Where the log says it lies; -1 where the log has it but did not say where. */
  long acknowledgedOffset = NOT_ACKNOWLEDGED;

  InFlight(TokenRecord record, Hash hashAfter, int bytes, long sentNanos, long sentWallMs) {
    this.record = record;
    this.hashAfter = hashAfter;
    this.bytes = bytes;
    this.sentNanos = sentNanos;
    this.sentWallMs = sentWallMs;
  }
}
