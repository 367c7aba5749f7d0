package io.logfold.query.server.dynamodb.table;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
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
 * does it: two that do it at once do no harm, and one that dies leaves it to the next that sees it. Any thread.
 */
final class Removal {
  private static final Logger log = LoggerFactory.getLogger(Removal.class);
  private static final CallOptions PATIENT = CallOptions.timeoutMs(60_000);
  private static final int PAGE = 100;

  private final Store store;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();

  Removal(Store store, InstantSource clock, RandomGenerator random) {
    this.store = store;
    this.clock = clock;
    this.random = random;
  }

  /** Sees to it that the table goes, once no node can take it for one in use. */
  void ensure(TableDefinition table, long revision) {
    if (!underWay.add(table.id())) {
      return;
    }
    long leftMs = table.deletingSinceMs().orElseThrow() + 2 * Catalogue.KNOWN_MS - clock.millis();
    Executor later = CompletableFuture.delayedExecutor(Math.clamp(leftMs, 0, 2 * Catalogue.KNOWN_MS), TimeUnit.MILLISECONDS);
    CompletableFuture.completedFuture(0).thenComposeAsync(begin -> items(table, Optional.empty()), later)
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

  private CompletableFuture<Void> items(TableDefinition table, Optional<Bytes> after) {
    Bytes prefix = ItemLayout.prefix(table.name());
    return store.partitionKeys(new PartitionKeysRequest(Optional.of(after.orElse(prefix)), PAGE), PATIENT)
        .thenCompose(page -> {
          List<Bytes> ours = page.partitionKeys().stream().filter(key -> key.startsWith(prefix)).toList();
          CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
          for (Bytes partitionKey : ours) {
            all = all.thenCompose(done -> partitionKey(table, partitionKey));
          }
          boolean more = page.more() && ours.size() == page.partitionKeys().size();
          return more ? all.thenCompose(done -> items(table, Optional.of(ours.getLast()))) : all;
        });
  }

  private CompletableFuture<Void> partitionKey(TableDefinition table, Bytes partitionKey) {
    return store.scan(new ScanRequest(partitionKey, KeyRange.ALL, Limits.MAX_COMMIT_MUTATIONS, false, true,
        Consistency.LINEARIZABLE, false, Optional.empty()), PATIENT).thenCompose(page -> {
          if (page.entries().isEmpty()) {
            return CompletableFuture.completedFuture(null);
          }
          List<Mutation> deletes = page.entries().stream().map(Entry::key).<Mutation>map(Mutation.Delete::new).toList();
          CompletableFuture<?> gone = commit(partitionKey, List.of(), deletes, table);
          return page.more() ? gone.thenCompose(done -> partitionKey(table, partitionKey))
              : gone.thenAccept(done -> { });
        });
  }

  private CompletableFuture<?> definition(TableDefinition table, long revision) {
    Bytes key = Bytes.utf8(table.name());
    return commit(Catalogue.PARTITION_KEY, List.of(new Predicate.RevisionIs(key, revision)),
        List.of(new Mutation.Delete(key)), table);
  }

  private CompletableFuture<?> commit(Bytes partitionKey, List<Predicate> predicates, List<Mutation> mutations,
      TableDefinition table) {
    // Who deleted the table, and why, is in the event that marked it.
    return store.commit(new CommitRequest(partitionKey, predicates, mutations,
        new RequestInfo(RequestId.random(random), 1, clock.millis()),
        new Provenance("logfold", "DynamoDB table " + table.name() + " was deleted", "")), PATIENT);
  }
}
