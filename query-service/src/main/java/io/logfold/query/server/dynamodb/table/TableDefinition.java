package io.logfold.query.server.dynamodb.table;

import io.logfold.query.server.dynamodb.item.KeyAttribute;
import java.util.List;
import java.util.Optional;

/**
 * A table of DynamoDB's API.
 *
 * @param id a UUID: a table that is made anew under an old name is another one
 * @param createdMs milliseconds since the epoch
 * @param throughput empty: PAY_PER_REQUEST; it is shown, and limits nothing
 * @param deletingSinceMs when it was deleted, while its items still are
 */
public record TableDefinition(String name, String id, KeyAttribute hash, Optional<KeyAttribute> range, long createdMs,
    Optional<Throughput> throughput, boolean deletionProtected, Optional<Long> deletingSinceMs) {

  /** Units of capacity as they were asked for. */
  public record Throughput(long read, long write) {}

  public boolean active() {
    return deletingSinceMs.isEmpty();
  }

  /** One or two, the hash key first. */
  public List<KeyAttribute> key() {
    return range.map(sort -> List.of(hash, sort)).orElseGet(() -> List.of(hash));
  }

  public boolean isKey(String attribute) {
    return attribute.equals(hash.name()) || (range.isPresent() && attribute.equals(range.get().name()));
  }

  public TableDefinition deletingSince(long nowMs) {
    return new TableDefinition(name, id, hash, range, createdMs, throughput, deletionProtected, Optional.of(nowMs));
  }

  public TableDefinition withDeletionProtection(boolean is) {
    return new TableDefinition(name, id, hash, range, createdMs, throughput, is, deletingSinceMs);
  }
}
