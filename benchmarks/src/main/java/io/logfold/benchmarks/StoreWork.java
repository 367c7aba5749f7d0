package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
import io.logfold.api.GetRequest;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What is done to a store, through whichever of its faces; every answer is checked. */
final class StoreWork {
  private StoreWork() {}

  /** Puts a value under the condition that the key is still at the revision it was last given. */
  static Work setIf(Store store, KeySpace keys) {
    return lane -> {
      int key = keys.own(lane);
      return setIf(store, keys, lane, key).thenAccept(won -> {
        if (!won) {
          throw new IllegalStateException("nobody else writes " + keys.key(key) + ", and still its revision is another one");
        }
      });
    };
  }

  /** False where another write was there first. */
  static CompletableFuture<Boolean> setIf(Store store, KeySpace keys, int lane, int key) {
    return write(store, keys, lane, key, new Mutation.Put(keys.key(key), keys.anyValue(lane)),
        List.of(new Predicate.RevisionIs(keys.key(key), keys.revision(key))));
  }

  static Work set(Store store, KeySpace keys) {
    return lane -> set(store, keys, lane, keys.own(lane));
  }

  static CompletableFuture<Boolean> set(Store store, KeySpace keys, int lane, int key) {
    return write(store, keys, lane, key, new Mutation.Put(keys.key(key), keys.anyValue(lane)), List.of());
  }

  /** Of a key that is there; it is at revision 0 then. */
  static CompletableFuture<?> delete(Store store, KeySpace keys, int lane, int key) {
    CommitRequest request = new CommitRequest(keys.partitionKey(key), List.of(),
        List.of(new Mutation.Delete(keys.key(key))), keys.request(lane), Provenance.NONE);
    return store.commit(request, CallOptions.DEFAULT).thenAccept(outcome -> {
      if (!(outcome instanceof CommitOutcome.Applied applied && applied.changed())) {
        throw new IllegalStateException(keys.key(key) + " was there, and its delete was answered " + outcome);
      }
      keys.written(key, 0);
    });
  }

  /** So many puts of one partition key at once, from this key on. */
  static CompletableFuture<?> commit(Store store, KeySpace keys, int lane, int firstKey, int count) {
    return commit(store, keys, firstKey, commitOf(keys, lane, firstKey, count), CallOptions.DEFAULT);
  }

  /** For {@link #commit(Store, KeySpace, int, CommitRequest, CallOptions)}, perhaps more than once: it is one write. */
  static CommitRequest commitOf(KeySpace keys, int lane, int firstKey, int count) {
    List<Mutation> puts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      puts.add(new Mutation.Put(keys.key(firstKey + i * keys.partitionKeyCount()), keys.anyValue(lane)));
    }
    return new CommitRequest(keys.partitionKey(firstKey), List.of(), puts, keys.request(lane), Provenance.NONE);
  }

  static CompletableFuture<?> commit(Store store, KeySpace keys, int firstKey, CommitRequest request, CallOptions options) {
    return store.commit(request, options).thenAccept(outcome -> {
      if (!(outcome instanceof CommitOutcome.Applied applied)) {
        throw new IllegalStateException("a commit without predicates was answered " + outcome);
      }
      for (int i = 0; i < request.mutations().size(); i++) {
        keys.written(firstKey + i * keys.partitionKeyCount(), applied.revision());
      }
    });
  }

  private static CompletableFuture<Boolean> write(Store store, KeySpace keys, int lane, int key, Mutation mutation,
      List<Predicate> predicates) {
    CommitRequest request = new CommitRequest(keys.partitionKey(key), predicates, List.of(mutation), keys.request(lane),
        Provenance.NONE);
    return store.commit(request, CallOptions.DEFAULT).thenApply(outcome -> switch (outcome) {
      case CommitOutcome.Applied applied -> {
        keys.written(key, applied.revision());
        yield true;
      }
      case CommitOutcome.PredicateFailed failed -> false;
    });
  }

  /** A linearizable get of one key. */
  static Work get(Store store, KeySpace keys) {
    return lane -> get(store, keys, keys.any(lane));
  }

  static CompletableFuture<?> get(Store store, KeySpace keys, int key) {
    GetRequest request = new GetRequest(keys.partitionKey(key), List.of(keys.key(key)), Consistency.LINEARIZABLE);
    return store.get(request, CallOptions.DEFAULT).thenAccept(result -> {
      if (result.entries().get(0).isEmpty()) {
        throw new IllegalStateException(keys.key(key) + " was written, and is not there");
      }
    });
  }

  /** A linearizable scan of a whole partition key in one page. */
  static Work scan(Store store, KeySpace keys) {
    int rows = keys.size() / keys.partitionKeyCount();
    return lane -> scan(store, keys.anyPartitionKey(lane), rows);
  }

  /** @param rows as many as the partition key has */
  static CompletableFuture<?> scan(Store store, Bytes partitionKey, int rows) {
    ScanRequest request = ScanRequest.of(partitionKey, ScanOptions.all().withBatchSize(rows));
    return store.scan(request, CallOptions.DEFAULT).thenAccept(page -> {
      if (page.entries().size() != rows || page.more()) {
        throw new IllegalStateException(partitionKey + " has " + rows + " keys, the scan gave " + page.entries().size()
            + ", more: " + page.more());
      }
    });
  }

  /** A linearizable scan of at most so many rows from this key on. */
  static CompletableFuture<?> scanFrom(Store store, KeySpace keys, int firstKey, int rows) {
    ScanRequest request = ScanRequest.of(keys.partitionKey(firstKey),
        ScanOptions.all().withStart(keys.key(firstKey)).withBatchSize(rows));
    return store.scan(request, CallOptions.DEFAULT).thenAccept(page -> {
      keys.checkScan(firstKey, rows, page.entries().size());
      Bytes before = null;
      for (Entry entry : page.entries()) {
        if (before == null ? !entry.key().equals(keys.key(firstKey)) : entry.key().compareTo(before) <= 0) {
          throw new IllegalStateException("a scan from " + keys.key(firstKey) + " on gave " + entry.key() + " behind " + before);
        }
        before = entry.key();
      }
    });
  }
}
