package io.logfold.log.audit;

import com.google.protobuf.ByteString;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import io.logfold.api.Bytes;
import io.logfold.log.LogRecord;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHeader;
import io.logfold.log.wire.Record;

/**
 * Whether a record's bytes are those that a writer would write. The chain covers what a record says, not its encoding:
 * some bytes can be changed so that it says the same (a true that is 2, bits of a number that nobody reads). Nothing is
 * forged by that, but the record was touched, and an audit says so.
 */
enum WrittenForm {
  AS_WRITTEN,
  /** As written, but for fields that this version does not know: a newer one has written it, or somebody put them in. */
  WITH_UNKNOWN_FIELDS,
  TOUCHED;

  private static final Parser<Record> KNOWN_FIELDS = DiscardUnknownFieldsParser.wrap(Record.parser());

  static WrittenForm of(LogRecord record, Bytes raw) {
    boolean ours = record.header().format() == RecordHeader.FORMAT;
    if (ours && RecordCodec.encode(record).equals(raw)) {
      return AS_WRITTEN;
    }
    try {
      ByteString bytes = UnsafeByteOperations.unsafeWrap(raw.unsafeArray());
      boolean canonical = Record.parseFrom(bytes).toByteString().equals(bytes);
      if (!ours) {
        return canonical ? AS_WRITTEN : TOUCHED;
      }
      Bytes known = Bytes.wrap(KNOWN_FIELDS.parseFrom(bytes).toByteArray());
      return canonical && RecordCodec.encode(record).equals(known) ? WITH_UNKNOWN_FIELDS : TOUCHED;
    } catch (InvalidProtocolBufferException e) {
      return TOUCHED;
    }
  }
}
