package io.logfold.standalone.importgit;

import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Store;
import io.logfold.standalone.DelegatingStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A store in front of another on whose way commits overtake each other. */
final class ShufflingStore extends DelegatingStore {
  private final Random random;
  private final ExecutorService courier = Executors.newSingleThreadExecutor();
  private final List<Runnable> onTheWay = new ArrayList<>();

  ShufflingStore(Store store, int seed) {
    super(store);
    this.random = new Random(seed);
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    CompletableFuture<CommitOutcome> answer = new CompletableFuture<>();
    synchronized (onTheWay) {
      onTheWay.add(() -> store.commit(request, options).whenComplete((outcome, failure) -> {
        if (failure == null) {
          answer.complete(outcome);
        } else {
          answer.completeExceptionally(failure);
        }
      }));
    }
    courier.execute(this::deliverOne);
    return answer;
  }

  private void deliverOne() {
    Runnable one;
    synchronized (onTheWay) {
      one = onTheWay.remove(random.nextInt(10) == 0 ? random.nextInt(onTheWay.size()) : 0);
    }
    one.run();
  }

  @Override
  public void close() {
    courier.shutdownNow();
  }
}
