package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What is done to a store, through whichever of its faces; every answer is checked. */
final class StoreWork {
  private StoreWork() {}

  /** Puts a value under the condition that the key is still at the revision it was last given. */
  static Work setIf(Store store, KeySpace keys) {
    return lane -> {
      int key = keys.own(lane);
      return write(store, keys, lane, key, List.of(new Predicate.RevisionIs(keys.key(key), keys.revision(key))));
    };
  }

  static Work set(Store store, KeySpace keys) {
    return lane -> write(store, keys, lane, keys.own(lane), List.of());
  }

  /** Writes every key once, in order. */
  static Work fill(Store store, KeySpace keys) {
    int[] next = new int[1];
    return lane -> write(store, keys, lane, next[0]++, List.of());
  }

  private static CompletableFuture<?> write(Store store, KeySpace keys, int lane, int key, List<Predicate> predicates) {
    CommitRequest request = new CommitRequest(keys.partitionKey(key), predicates,
        List.of(new Mutation.Put(keys.key(key), keys.anyValue(lane))), keys.request(lane), Provenance.NONE);
    return store.commit(request, CallOptions.DEFAULT).thenAccept(outcome -> {
      switch (outcome) {
        case CommitOutcome.Applied applied -> keys.written(key, applied.revision());
        case CommitOutcome.PredicateFailed failed ->
            throw new IllegalStateException("nobody else writes " + keys.key(key) + ", and still: " + failed);
      }
    });
  }

  /** A linearizable get of one key. */
  static Work get(Store store, KeySpace keys) {
    return lane -> {
      int key = keys.any(lane);
      GetRequest request = new GetRequest(keys.partitionKey(key), List.of(keys.key(key)), Consistency.LINEARIZABLE);
      return store.get(request, CallOptions.DEFAULT).thenAccept(result -> {
        if (result.entries().get(0).isEmpty()) {
          throw new IllegalStateException(keys.key(key) + " was written, and is not there");
        }
      });
    };
  }

  /** A linearizable scan of a whole partition key in one page. */
  static Work scan(Store store, KeySpace keys) {
    int rows = keys.size() / keys.partitionKeyCount();
    return lane -> {
      Bytes partitionKey = keys.anyPartitionKey(lane);
      ScanRequest request = ScanRequest.of(partitionKey, ScanOptions.all().withBatchSize(rows));
      return store.scan(request, CallOptions.DEFAULT).thenAccept(page -> {
        if (page.entries().size() != rows || page.more()) {
          throw new IllegalStateException(
              partitionKey + " has " + rows + " keys, the scan gave " + page.entries().size() + ", more: "
                  + page.more());
        }
      });
    };
  }
}
