package io.logfold.log.audit;

import io.logfold.api.Bytes;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a store's log was at a moment: a statement that somebody who had read and verified it has signed, to be kept where
 * the log's keepers cannot reach it. {@link SealFile} is its form as a file.
 *
 * @param sealedAt when it was made, by the clock of whoever made it; whole milliseconds
 * @param after SHA-256 of the earlier seal's file from which on the log was verified; empty: from its beginning
 * @param keyId SHA-256 of the public key, as {@link SealKey#id} makes it
 * @param points of all partitions, in their order
 */
public record Seal(String store, Instant sealedAt, Optional<Bytes> after, Bytes keyId, List<SealedPoint> points) {
  public Seal {
    points = List.copyOf(points);
  }

  public int partitions() {
    return points.size();
  }

  /** A seal as it was read from a file: its signature was not looked at yet. */
  public record Signed(String name, Seal seal, Bytes statement, Bytes signature, Bytes file) {}
}
