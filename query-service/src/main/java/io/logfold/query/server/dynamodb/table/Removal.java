package io.logfold.query.server.dynamodb.table;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.KeyRange;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the items of tables that are marked as deleted, and then their definitions. Whichever node sees such a table
 * does it, and one that dies leaves it to the next that sees it.
 *
 * <p>Two may do it at once, and one of them may be slow: the name may be a new table's by then. So items are deleted as they
 * were seen only (by their revisions), and what was seen counts only if the definition was still there behind it.
 *
 * <p>Any thread.
 */
final class Removal {
  private static final Logger log = LoggerFactory.getLogger(Removal.class);
  private static final CallOptions PATIENT = CallOptions.timeoutMs(60_000);
  private static final int PAGE = 100;

  private final Store store;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final long afterMs;
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();

  /** @param afterMs how long no node can take the table for one in use, nor write for one that did, by its own clock */
  Removal(Store store, InstantSource clock, RandomGenerator random, long afterMs) {
    this.store = store;
    this.clock = clock;
    this.random = random;
    this.afterMs = afterMs;
  }

  /** Sees to it that the table goes. */
  void ensure(TableDefinition table, long revision) {
    if (!underWay.add(table.id())) {
      return;
    }
    // Counted from when this node saw it: what another one's clock says is another one's.
    Executor later = CompletableFuture.delayedExecutor(afterMs, TimeUnit.MILLISECONDS);
    CompletableFuture.completedFuture(0).thenComposeAsync(begin -> items(table, revision, Optional.empty()), later)
        .thenCompose(done -> definition(table, revision))
        .whenComplete((done, failure) -> {
          underWay.remove(table.id());
          if (failure != null) {
            log.warn("the items of the deleted table {} are not all gone yet; whoever looks at it next goes on: {}",
                table.name(), failure.getMessage());
          } else {
            log.info("the deleted table {} is gone", table.name());
          }
        });
  }

  private CompletableFuture<Void> items(TableDefinition table, long revision, Optional<Bytes> after) {
    Bytes prefix = ItemLayout.prefix(table.name());
    return store.partitionKeys(new PartitionKeysRequest(Optional.of(after.orElse(prefix)), PAGE), PATIENT)
        .thenCompose(page -> {
          List<Bytes> ours = page.partitionKeys().stream().filter(key -> key.startsWith(prefix)).toList();
          CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
          for (Bytes partitionKey : ours) {
            all = all.thenCompose(done -> partitionKey(table, revision, partitionKey, KeyRange.ALL));
          }
          boolean more = page.more() && ours.size() == page.partitionKeys().size();
          return more ? all.thenCompose(done -> items(table, revision, page.last())) : all;
        });
  }

  private CompletableFuture<Void> partitionKey(TableDefinition table, long revision, Bytes partitionKey, KeyRange range) {
    return store.scan(new ScanRequest(partitionKey, range, Limits.MAX_COMMIT_MUTATIONS, false, true,
        Consistency.LINEARIZABLE, false, Optional.empty()), PATIENT).thenCompose(page -> {
          CompletableFuture<Boolean> gone = page.entries().isEmpty() ? CompletableFuture.completedFuture(true)
              : stillThere(table, revision).thenCompose(there -> delete(table, partitionKey, page.entries()));
          return gone.thenCompose(done -> !done ? partitionKey(table, revision, partitionKey, range)
              : page.more() ? partitionKey(table, revision, partitionKey, range.beyond(page.last(), false))
              : CompletableFuture.completedFuture(null));
        });
  }

  /** Fails where the definition is gone: another node was faster, and what lies there may be a new table's. */
  private CompletableFuture<Boolean> stillThere(TableDefinition table, long revision) {
    return store.get(new GetRequest(Catalogue.PARTITION_KEY, List.of(Bytes.utf8(table.name())), Consistency.LINEARIZABLE),
        PATIENT).thenApply(result -> {
          if (result.entries().getFirst().filter(entry -> entry.revision() == revision).isEmpty()) {
            throw new StoreException(ErrorCode.CANCELLED, "another node has removed it");
          }
          return true;
        });
  }

  /** Whether they were as they were seen. */
  private CompletableFuture<Boolean> delete(TableDefinition table, Bytes partitionKey, List<Entry> seen) {
    return commit(partitionKey,
        seen.stream().<Predicate>map(entry -> new Predicate.RevisionIs(entry.key(), entry.revision())).toList(),
        seen.stream().<Mutation>map(entry -> new Mutation.Delete(entry.key())).toList(), table)
        .thenApply(CommitOutcome.Applied.class::isInstance);
  }

  private CompletableFuture<?> definition(TableDefinition table, long revision) {
    Bytes key = Bytes.utf8(table.name());
    return commit(Catalogue.PARTITION_KEY, List.of(new Predicate.RevisionIs(key, revision)),
        List.of(new Mutation.Delete(key)), table);
  }

  private CompletableFuture<CommitOutcome> commit(Bytes partitionKey, List<Predicate> predicates, List<Mutation> mutations,
      TableDefinition table) {
    // Who deleted the table, and why, is in the event that marked it.
    return store.commit(new CommitRequest(partitionKey, predicates, mutations,
        new RequestInfo(RequestId.random(random), 1, clock.millis()),
        new Provenance("logfold", "DynamoDB table " + table.name() + " was deleted", "")), PATIENT);
  }
}
