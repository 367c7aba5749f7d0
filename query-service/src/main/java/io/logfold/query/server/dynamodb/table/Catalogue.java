package io.logfold.query.server.dynamodb.table;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.KeyRange;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.Versioned;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * Which tables there are: their definitions lie in the store itself, under one partition key, so that they have a history
 * as everything has.
 *
 * <ul>
 *   <li>T1 A node answers from a definition that it read at most {@link #KNOWN_MS} ago; that there is no such table, from
 *       one read now.
 *   <li>T2 A table is deleted in three steps: it is marked, from when on no node that reads it serves it; then, when no
 *       node can know it from before and every call that did has ended, its items go; then its definition. Until then its
 *       name is not free.
 * </ul>
 *
 * <p>Any thread may call it, none blocks.
 */
public final class Catalogue {
  /** How long a node takes a table for what it was. */
  static final long KNOWN_MS = 1_000;

  /** No table's items are under it: names of tables do not begin with 00. */
  static final Bytes PARTITION_KEY = Bytes.utf8("\0dynamodb-tables");

  private static final int MOST_KNOWN = 10_000;

  private final Store store;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Removal removal;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  private record Known(ItemLayout layout, long readMs) {}

  /** A definition, and the revision that it was read at. */
  public record Found(TableDefinition table, long revision) {}

  /** @param callMs how long a call may take that has found its table */
  public Catalogue(Store store, InstantSource clock, RandomGenerator random, long callMs) {
    this.store = store;
    this.clock = clock;
    this.random = random;
    this.removal = new Removal(store, clock, random, 2 * KNOWN_MS + callMs);
  }

  /**
   * How items of a table lie. Fails with ResourceNotFoundException where there is none that is in use.
   *
   * @param executor what waits for it goes on there where it is not known at once
   */
  public CompletableFuture<ItemLayout> layout(String name, CallOptions options, Executor executor) {
    Known cached = known.get(name);
    long nowMs = clock.millis();
    if (cached != null && nowMs >= cached.readMs() && nowMs - cached.readMs() < KNOWN_MS) {
      return CompletableFuture.completedFuture(cached.layout());
    }
    return find(name, options).thenApplyAsync(found -> {
      TableDefinition table = found.map(Found::table).filter(TableDefinition::active)
          .orElseThrow(DynamoFailure::noTable);
      if (known.size() >= MOST_KNOWN) {
        known.clear();
      }
      ItemLayout layout = cached != null && cached.layout().table().equals(table) ? cached.layout() : new ItemLayout(table);
      known.put(name, new Known(layout, nowMs));
      return layout;
    }, executor);
  }

  /** As it is now; also one that is being deleted. */
  public CompletableFuture<Optional<Found>> find(String name, CallOptions options) {
    return store.get(new GetRequest(PARTITION_KEY, List.of(Bytes.utf8(name)), Consistency.LINEARIZABLE), options)
        .thenApply(result -> {
          Optional<Versioned> entry = result.entries().getFirst();
          if (entry.isEmpty()) {
            known.remove(name);
            return Optional.<Found>empty();
          }
          TableDefinition table = DefinitionJson.read(name, entry.get().value());
          if (!table.active()) {
            known.remove(name);
            removal.ensure(table, entry.get().revision());
          }
          return Optional.of(new Found(table, entry.get().revision()));
        });
  }

  /** Fails with ResourceInUseException where there is one of that name, or still the rest of one. */
  public CompletableFuture<TableDefinition> create(TableDefinition table, Provenance provenance, CallOptions options) {
    Bytes key = Bytes.utf8(table.name());
    return commit(List.of(new Predicate.Absent(key)), new Mutation.Put(key, DefinitionJson.write(table)), provenance, options)
        .thenApply(outcome -> switch (outcome) {
          case CommitOutcome.Applied applied -> table;
          case CommitOutcome.PredicateFailed exists ->
              throw DynamoFailure.inUse("Table already exists: " + table.name());
        });
  }

  /** Changes a definition that is as it was found. */
  public CompletableFuture<TableDefinition> change(Found found, TableDefinition becomes, Provenance provenance,
      CallOptions options) {
    Bytes key = Bytes.utf8(becomes.name());
    return commit(List.of(new Predicate.RevisionIs(key, found.revision())),
        new Mutation.Put(key, DefinitionJson.write(becomes)), provenance, options).thenApply(outcome -> switch (outcome) {
          case CommitOutcome.Applied applied -> {
            known.remove(becomes.name());
            yield becomes;
          }
          case CommitOutcome.PredicateFailed changed -> throw DynamoFailure.inUse("Attempt to change a resource which is"
              + " still in use: Table is being changed: " + becomes.name());
        });
  }

  /** Marks it as deleted; its items follow. */
  public CompletableFuture<TableDefinition> delete(Found found, Provenance provenance, CallOptions options) {
    TableDefinition deleted = found.table().deletingSince(clock.millis());
    return change(found, deleted, provenance, options)
        .thenCompose(marked -> find(marked.name(), options)) // begins the removal
        .thenApply(now -> deleted);
  }

  /** Names in order, behind one. */
  public CompletableFuture<List<String>> names(Optional<String> after, int limit, CallOptions options) {
    KeyRange range = after.map(name -> KeyRange.ALL.beyond(Bytes.utf8(name), false)).orElse(KeyRange.ALL);
    return store.scan(new ScanRequest(PARTITION_KEY, range, limit, false, true, Consistency.LINEARIZABLE, false,
        Optional.empty()), options).thenApply(page -> page.entries().stream().map(entry -> entry.key().utf8()).toList());
  }

  private CompletableFuture<CommitOutcome> commit(List<Predicate> predicates, Mutation mutation, Provenance provenance,
      CallOptions options) {
    return store.commit(new CommitRequest(PARTITION_KEY, predicates, List.of(mutation),
        new RequestInfo(RequestId.random(random), 1, clock.millis()), provenance), options);
  }
}
