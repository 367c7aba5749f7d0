package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Reads and moves one import's mark. Each move is conditional on the revision of the mark before, so that a late or a
 * repeated move does nothing, and a second importer is noticed. Owned by the importer's thread.
 */
final class MarkKeeper {
  private final Store store;
  private final CallOptions call;
  private final Patience patience;
  private final LongSupplier nowMs;
  private final RandomGenerator random;
  private final Bytes key;

  MarkKeeper(Store store, CallOptions call, Patience patience, LongSupplier nowMs, RandomGenerator random,
      Bytes target) {
    this.store = store;
    this.call = call;
    this.patience = patience;
    this.nowMs = nowMs;
    this.random = random;
    this.key = Mark.key(target);
  }

  /** A mark as it stands in the store. */
  record Kept(Mark mark, long revision) {}

  Optional<Kept> read() {
    GetRequest request = new GetRequest(Mark.PARTITION_KEY, List.of(key), Consistency.LINEARIZABLE);
    return patience.ask(() -> store.get(request, call)).entries().getFirst()
        .map(versioned -> new Kept(Mark.parse(versioned.value()), versioned.revision()));
  }

  /** One try to move the mark. */
  CompletableFuture<CommitOutcome> move(Optional<Kept> from, Mark to) {
    Predicate predicate = from.<Predicate>map(kept -> new Predicate.RevisionIs(key, kept.revision()))
        .orElseGet(() -> new Predicate.Absent(key));
    return store.commit(new CommitRequest(Mark.PARTITION_KEY, List.of(predicate),
        List.of(new Mutation.Put(key, to.value())), new RequestInfo(RequestId.random(random), 1, nowMs.getAsLong()),
        new Provenance("import-git", "", to.oid().map(oid -> "git:" + oid).orElse(""))), call);
  }

  /** Moves the mark, whatever it takes; repeating is safe because of the condition. */
  Kept moveSurely(Optional<Kept> from, Mark to) {
    for (int failures = 1; ; failures++) {
      try {
        switch (move(from, to).join()) {
          case CommitOutcome.Applied applied -> {
            return new Kept(to, applied.revision());
          }
          case CommitOutcome.PredicateFailed failed -> {
            return read().filter(kept -> kept.mark().equals(to)).orElseThrow(MarkKeeper::secondImporter);
          }
        }
      } catch (ImportRefusedException e) {
        throw e;
      } catch (RuntimeException e) {
        patience.waitAfter(StoreException.from(e), failures);
      }
    }
  }

  static ImportRefusedException secondImporter() {
    return new ImportRefusedException("the mark of this import was moved by somebody else: another import into the same"
        + " partition key is running; let it finish, then run again");
  }
}
