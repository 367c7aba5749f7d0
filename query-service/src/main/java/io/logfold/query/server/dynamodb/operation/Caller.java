package io.logfold.query.server.dynamodb.operation;

import io.logfold.api.CallOptions;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Who calls, and how often they have tried.
 *
 * @param invocation names the call, the same on each of its attempts; empty: the caller gave none
 * @param attempt of the caller, 1 for the first
 * @param timeMs when this attempt arrived, milliseconds since the epoch
 * @param deadlineNanos until when it must be answered, of {@link System#nanoTime}
 * @param executor where answers of the store are dealt with: the leader's threads have better things to do
 */
public record Caller(Provenance provenance, Optional<String> invocation, int attempt, long timeMs, long deadlineNanos,
    Executor executor) {

  /** How many attempts of one call are looked after; an SDK makes three or four. */
  static final int MOST_ATTEMPTS = 16;

  /** What is left of a call when it had better answer what there is. */
  private static final long SOON_NANOS = 5_000_000_000L;

  Caller with(Provenance other) {
    return new Caller(other, invocation, attempt, timeMs, deadlineNanos, executor);
  }

  /** Whether so little of the call's time is left that its answer should be what there is. */
  boolean endsSoon() {
    return deadlineNanos - System.nanoTime() < SOON_NANOS;
  }

  /** What is left of the call's time. */
  CallOptions options() {
    long leftMs = (deadlineNanos - System.nanoTime()) / 1_000_000;
    if (leftMs <= 0) {
      throw DynamoFailure.internal("no answer within the time of the call; try again", null);
    }
    return CallOptions.timeoutMs(leftMs);
  }

  /**
   * The name of a call, the same on each of its attempts. What it says is part of it: a caller that gives two calls one id
   * must not find the second one taken for a retry of the first.
   *
   * @param id as the caller gave it
   */
  public static String invocation(String principal, String id, String operation, byte[] body) {
    return principal + "\0" + id + "\0" + operation + "\0" + HexFormat.of().formatHex(sha256(body));
  }

  /**
   * The store's request id of one write of one attempt.
   *
   * @param part which write of the call
   */
  static RequestId requestId(String name, int attempt, int part) {
    ByteBuffer bytes = ByteBuffer.wrap(sha256((name + "\0" + attempt + "\0" + part).getBytes(StandardCharsets.UTF_8)));
    return new RequestId(bytes.getLong(), bytes.getLong());
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256, this one does not", e);
    }
  }
}
