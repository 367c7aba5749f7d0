package io.logfold.log;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Policy;
import io.logfold.api.PolicyChange;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The hash chain of a log. A public format: with this page anybody can write a verifier in another language.
 *
 * <p>{@code hash(0)} is 32 zero bytes. For the n-th record that the fold accepts (the first Genesis, effective claims,
 * valid token records; skipped records are not in the chain)
 *
 * <pre>
 * hash(n)  = SHA-256( hash(n-1)[32] · i32 format · u8 kind · text store · i32 partition · body )
 *
 * body by kind
 *   1 Genesis   i32 partitions · text keyHash · i64 ttlMs · i32 driftPermille · i64 dedupeWindowMs · i32 dedupeMax
 *   2 Claim     text node · text address · i64 prevToken · i64 basis · i64 nonce
 *   3 Event     i64 token · i64 lsn · requestId[16] · i32 attempt · i64 requestTimeMs · i64 timeMs
 *               · text principal · text reason · text source · bytes partitionKey
 *               · u8 outcome · i32 predicateIndex · i64 predicateRevision
 *               · i32 number of mutations · mutations · about
 *   4 Renew     i64 token · i64 lsn · i64 timeMs
 *   5 Barrier   i64 token · i64 lsn · i64 timeMs
 *   6 Resign    i64 token · i64 lsn · i64 timeMs · text successor
 *
 * mutation       put:     u8 1 · bytes key · SHA-256(value as it is stored)[32]
 *                delete:  u8 2 · bytes key
 * about          nothing; or one of
 *                serve:      u8 3 · text table
 *                put policy: u8 4 · text name · bytes prefix · u8 flags (1 principal, 2 reason, 4 redactable)
 *                remove one: u8 5 · text name
 *                redaction:  u8 6 · bytes key · i64 revision · bytes keyId
 * outcome        0 applied, 1 unchanged, 2 predicate failed, 3 cancelled; index and revision are 0 but for 2
 * u8 i32 i64     big-endian, two's complement
 * bytes          i32 length · the bytes
 * text           bytes of its UTF-8
 * </pre>
 *
 * <p>{@code ·} joins. The record's own prevHash field is not hashed again: in an accepted record it is hash(n-1). A
 * value stands for itself by its digest, so that it can be made unreadable later and the chain still verifies. The
 * encoding of the log (protobuf) does not matter. A field that an event carries beyond these is an event that
 * older readers cannot follow: nodes are upgraded before the first of its kind is written.
 *
 * <p>Stateless but for one scratch buffer and digest a thread; safe for all threads.
 */
public final class RecordHasher {
  private static final ThreadLocal<RecordHasher> OF_THREAD = ThreadLocal.withInitial(RecordHasher::new);
  private static final int KEEP_BYTES = 64 * 1024;

  private final MessageDigest sha256;
  private byte[] buffer = new byte[1024];
  private int size;

  private RecordHasher() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256, this one does not", e);
    }
  }

  /** The hash of the chain behind this record, were it accepted on a chain whose hash is prevHash. */
  public static Hash next(Hash prevHash, LogRecord record) {
    return OF_THREAD.get().hash(prevHash, record);
  }

  /** SHA-256 of a value as it is stored: what stands for the value in the chain. */
  public static Hash ofValue(Bytes value) {
    return new Hash(Bytes.wrap(OF_THREAD.get().sha256.digest(value.unsafeArray())));
  }

  private Hash hash(Hash prevHash, LogRecord record) {
    size = 0;
    RecordHeader header = record.header();
    i32(header.format());
    u8(kind(record));
    text(header.store());
    i32(header.partition());
    switch (record) {
      case LogRecord.Genesis genesis -> genesis(genesis.config());
      case LogRecord.Claim claim -> {
        text(claim.node());
        text(claim.address());
        i64(claim.prevToken());
        i64(claim.basis());
        i64(claim.nonce());
      }
      case LogRecord.Event event -> event(event);
      case LogRecord.Renew renew -> tokenRecord(renew);
      case LogRecord.Barrier barrier -> tokenRecord(barrier);
      case LogRecord.Resign resign -> {
        tokenRecord(resign);
        text(resign.successor());
      }
    }
    sha256.update(prevHash.bytes().unsafeArray());
    sha256.update(buffer, 0, size);
    Hash hash = new Hash(Bytes.wrap(sha256.digest()));
    if (buffer.length > KEEP_BYTES) {
      buffer = new byte[1024];
    }
    return hash;
  }

  private static int kind(LogRecord record) {
    return switch (record) {
      case LogRecord.Genesis genesis -> 1;
      case LogRecord.Claim claim -> 2;
      case LogRecord.Event event -> 3;
      case LogRecord.Renew renew -> 4;
      case LogRecord.Barrier barrier -> 5;
      case LogRecord.Resign resign -> 6;
    };
  }

  private void genesis(GenesisConfig config) {
    i32(config.partitions());
    text(config.keyHash());
    i64(config.ttlMs());
    i32(config.driftPermille());
    i64(config.dedupeWindowMs());
    i32(config.dedupeMax());
  }

  private void tokenRecord(LogRecord.TokenRecord record) {
    i64(record.token());
    i64(record.lsn());
    i64(record.timeMs());
  }

  private void event(LogRecord.Event event) {
    i64(event.token());
    i64(event.lsn());
    i64(event.request().id().high());
    i64(event.request().id().low());
    i32(event.request().attempt());
    i64(event.request().timeMs());
    i64(event.timeMs());
    text(event.provenance().principal());
    text(event.provenance().reason());
    text(event.provenance().source());
    bytes(event.partitionKey().unsafeArray());
    switch (event.outcome()) {
      case Outcome.Applied applied -> outcome(0, 0, 0);
      case Outcome.Unchanged unchanged -> outcome(1, 0, 0);
      case Outcome.PredicateFailed failed -> outcome(2, failed.index(), failed.revision());
      case Outcome.Cancelled cancelled -> outcome(3, 0, 0);
    }
    i32(event.mutations().size());
    for (Mutation mutation : event.mutations()) {
      switch (mutation) {
        case Mutation.Put put -> {
          u8(1);
          bytes(put.key().unsafeArray());
          append(sha256.digest(put.value().unsafeArray()));
        }
        case Mutation.Delete delete -> {
          u8(2);
          bytes(delete.key().unsafeArray());
        }
      }
    }
    event.serve().ifPresent(table -> {
      u8(3);
      text(table);
    });
    event.policy().ifPresent(this::policy);
    event.redaction().ifPresent(redaction -> {
      u8(6);
      bytes(redaction.key().unsafeArray());
      i64(redaction.revision());
      bytes(redaction.keyId().unsafeArray());
    });
  }

  private void policy(PolicyChange change) {
    switch (change) {
      case PolicyChange.Put put -> {
        Policy policy = put.policy();
        u8(4);
        text(policy.name());
        bytes(policy.partitionKeyPrefix().unsafeArray());
        u8((policy.requirePrincipal() ? 1 : 0) | (policy.requireReason() ? 2 : 0) | (policy.redactable() ? 4 : 0));
      }
      case PolicyChange.Remove remove -> {
        u8(5);
        text(remove.name());
      }
    }
  }

  private void outcome(int kind, int index, long revision) {
    u8(kind);
    i32(index);
    i64(revision);
  }

  private void u8(int value) {
    room(1);
    buffer[size++] = (byte) value;
  }

  private void i32(int value) {
    room(4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      buffer[size++] = (byte) (value >>> shift);
    }
  }

  private void i64(long value) {
    i32((int) (value >>> 32));
    i32((int) value);
  }

  private void text(String text) {
    bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  private void bytes(byte[] bytes) {
    i32(bytes.length);
    append(bytes);
  }

  private void append(byte[] bytes) {
    room(bytes.length);
    System.arraycopy(bytes, 0, buffer, size, bytes.length);
    size += bytes.length;
  }

  private void room(int more) {
    if (buffer.length - size < more) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
    }
  }
}
