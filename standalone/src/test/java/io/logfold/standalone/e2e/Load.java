package io.logfold.standalone.e2e;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Conditional writes that build on each other, a fixed number of them in flight, through thick and thin: workers read
 * nothing, they know a key's revision from their last answer. Some keys have two workers, so that predicates fail too.
 * A write whose fate is not known is asked again under its request id until it is decided; while nobody answers, other
 * writes are tried in between. A write that surely did not happen is given up, and its id must never turn up.
 */
final class Load {
  private static final int WORKERS = 64;
  /** So many workers have a key together with another. */
  private static final int SHARING = 16;
  private static final int PARTITION_KEYS = 7;
  private static final CallOptions OPTIONS = CallOptions.timeoutMs(20_000);
  private static final Executor SOON = CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS);

  private final Store store;
  private final Map<RequestId, Write> writes = new ConcurrentHashMap<>();
  private final List<CompletableFuture<Void>> workers = new ArrayList<>();
  private final AtomicReference<Throwable> fault = new AtomicReference<>();
  final AtomicLong acknowledged = new AtomicLong();
  final AtomicLong refused = new AtomicLong();
  final AtomicLong notApplied = new AtomicLong();
  final AtomicLong unknown = new AtomicLong();
  private volatile boolean stopping;

  /** How a write ended, as far as its caller was told. */
  enum Fate { OPEN, APPLIED, REFUSED, NOT_APPLIED }

  /** One request over all its attempts; changed by its worker alone, read when all have ended. */
  static final class Write {
    final CommitRequest first;
    RequestInfo request;
    Fate fate = Fate.OPEN;
    long revision;
    boolean changed;
    boolean wasUnknown;
    /** What the worker goes on with when this one is decided; null: something new. */
    final @Nullable Write behind;

    Write(CommitRequest first, @Nullable Write behind) {
      this.first = first;
      this.request = first.request();
      this.behind = behind;
    }
  }

  private Load(Store store) {
    this.store = store;
  }

  static Load start(Store store, long seed) {
    Load load = new Load(store);
    for (int i = 0; i < WORKERS; i++) {
      Worker worker = load.new Worker(i, new Random(seed * 1_000 + i));
      load.workers.add(worker.ended);
      worker.next();
    }
    return load;
  }

  /** Every request ever made, by id. */
  Map<RequestId, Write> writes() {
    return writes;
  }

  void failIfFaulty() {
    Throwable seen = fault.get();
    if (seen != null) {
      throw new AssertionError("a worker met what it must not", seen);
    }
  }

  /** Makes no new requests and waits until all are decided. */
  void finish() throws Exception {
    stopping = true;
    CompletableFuture.allOf(workers.toArray(CompletableFuture<?>[]::new)).get(120, TimeUnit.SECONDS);
    failIfFaulty();
  }

  private final class Worker {
    final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final int number;
    private final Random random;
    private final Bytes partitionKey;
    private final Bytes key;
    private int made;
    /** Of the key, as last heard; 0: absent. */
    private long revision;

    Worker(int number, Random random) {
      this.number = number;
      this.random = random;
      int chain = number < SHARING ? number / 2 : number;
      this.partitionKey = Bytes.utf8("pk-" + chain % PARTITION_KEYS);
      this.key = Bytes.utf8("chain-" + chain);
    }

    void next() {
      if (stopping || fault.get() != null) {
        ended.complete(null);
        return;
      }
      make(request(), null);
    }

    private void make(CommitRequest request, @Nullable Write behind) {
      Write write = new Write(request, behind);
      writes.put(write.request.id(), write);
      attempt(write);
    }

    private void goOnBehind(Write write) {
      if (write.behind == null) {
        next();
      } else {
        attempt(write.behind);
      }
    }

    /** On a key that nobody else writes. */
    private CommitRequest aside() {
      made++;
      RequestInfo info = new RequestInfo(RequestId.random(random), 1, System.currentTimeMillis());
      return new CommitRequest(partitionKey, List.of(),
          List.of(new Mutation.Put(Bytes.utf8("aside-" + number), Bytes.utf8("aside-" + made))), info, Provenance.NONE);
    }

    private CommitRequest request() {
      made++;
      RequestInfo info = new RequestInfo(RequestId.random(random), 1, System.currentTimeMillis());
      Predicate predicate = revision == 0 ? new Predicate.Absent(key) : new Predicate.RevisionIs(key, revision);
      Bytes value = Bytes.utf8("worker-" + number + "/" + made);
      List<Mutation> mutations = new ArrayList<>();
      if (made % 50 == 0) {
        mutations.add(new Mutation.Delete(key));
      } else {
        mutations.add(new Mutation.Put(key, value));
      }
      if (made % 7 == 0) {
        // More than one key, so that half an event could be seen.
        mutations.add(new Mutation.Put(Bytes.utf8(key.utf8() + "/a"), value));
        mutations.add(new Mutation.Put(Bytes.utf8(key.utf8() + "/b"), value));
      }
      return new CommitRequest(partitionKey, List.of(predicate), mutations, info,
          Provenance.of("worker-" + number, ""));
    }

    private void attempt(Write write) {
      CommitRequest first = write.first;
      store.commit(new CommitRequest(first.partitionKey(), first.predicates(), first.mutations(), write.request,
          first.provenance()), OPTIONS).whenComplete((outcome, failure) -> {
            try {
              answered(write, outcome, failure);
            } catch (RuntimeException | Error e) {
              fault.compareAndSet(null, e);
              ended.complete(null);
            }
          });
    }

    private void answered(Write write, @Nullable CommitOutcome outcome, @Nullable Throwable failure) {
      switch (outcome) {
        case CommitOutcome.Applied applied -> {
          write.fate = Fate.APPLIED;
          write.revision = applied.revision();
          write.changed = applied.changed();
          if (!write.first.predicates().isEmpty()) {
            revision = write.first.mutations().get(0) instanceof Mutation.Put ? applied.revision() : 0;
          }
          acknowledged.incrementAndGet();
          goOnBehind(write);
        }
        case CommitOutcome.PredicateFailed failed -> {
          write.fate = Fate.REFUSED;
          OptionalLong current = failed.currentRevision();
          // What a retry is told may be older than what this worker knows: a failed predicate mends it in turn.
          revision = current.orElse(0);
          refused.incrementAndGet();
          goOnBehind(write);
        }
        case null -> failed(write, StoreException.from(java.util.Objects.requireNonNull(failure)));
      }
    }

    private void failed(Write write, StoreException failure) {
      switch (failure.code().fate()) {
        case MAY_HAVE -> {
          if (failure.code() != ErrorCode.UNKNOWN) {
            throw failure;
          }
          unknown.incrementAndGet();
          write.wasUnknown = true;
          write.request = write.request.nextAttempt();
          SOON.execute(() -> attempt(write));
        }
        case NOT_APPLIED -> {
          if (failure.code().retry() == ErrorCode.Retry.NEVER && failure.code() != ErrorCode.CLOSED) {
            throw failure;
          }
          if (write.wasUnknown) {
            // True of this attempt, not of those before it.
            write.request = write.request.nextAttempt();
            SOON.execute(write.behind == null ? () -> make(aside(), write) : () -> attempt(write));
          } else {
            write.fate = Fate.NOT_APPLIED;
            notApplied.incrementAndGet();
            SOON.execute(() -> goOnBehind(write));
          }
        }
      }
    }
  }
}
