package io.logfold.standalone.e2e;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A load of writes and linearizable reads whose history is checked while it runs. Every key is a register with one writer,
 * which has one write under way: so its states are numbered, and a history of it is linearizable exactly if each read gives
 * a state that was not overwritten by a write (or overtaken by another read) that had ended when the read began, and whose
 * own write had begun when the read ended.
 *
 * <p>Some states are "absent". A write whose fate is unknown is asked again under its request id until it is decided. Calls
 * that are refused (no leader, slow down, no table) are counted by their code and made again; they never count as answers.
 *
 * <p>{@link #startBlind} writes without conditions and deletes nothing: such writes need nothing from the table.
 */
final class RegisterHistory implements AutoCloseable {
  private static final CallOptions OPTIONS = CallOptions.timeoutMs(10_000);
  private static final Executor SOON = CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS);
  private static final int PARTITION_KEYS = 8;
  private static final int DELETE_EVERY = 13;

  private volatile Store store;
  private final int keys;
  private final int valueBytes;
  private final Executor pace;
  private final boolean blind;
  private final SecureRandom ids = new SecureRandom();
  /** Per key: the state whose write has begun last, has ended last, and the newest that any read has given. */
  private final AtomicIntegerArray begun;
  private final AtomicIntegerArray ended;
  private final AtomicIntegerArray seen;
  private final long[] revisions;
  private final Queue<String> violations = new ConcurrentLinkedQueue<>();
  private final List<CompletableFuture<Void>> loops = new ArrayList<>();
  private final AtomicInteger writes = new AtomicInteger();
  private final AtomicInteger reads = new AtomicInteger();
  private final Map<ErrorCode, AtomicLong> refusedWrites = new ConcurrentHashMap<>();
  private final Map<ErrorCode, AtomicLong> refusedReads = new ConcurrentHashMap<>();
  private volatile boolean stopping;

  private RegisterHistory(Store store, int keys, int valueBytes, Executor pace, boolean blind) {
    this.store = store;
    this.blind = blind;
    this.keys = keys;
    this.valueBytes = valueBytes;
    this.pace = pace;
    this.begun = new AtomicIntegerArray(keys);
    this.ended = new AtomicIntegerArray(keys);
    this.seen = new AtomicIntegerArray(keys);
    this.revisions = new long[keys];
  }

  /**
   * @param writers each writes keys of its own, one after the other
   * @param readers each reads any key
   * @param pace where each next call is made: a delay bounds the load
   */
  static RegisterHistory start(Store store, int keys, int valueBytes, int writers, int readers, long seed, Executor pace) {
    RegisterHistory history = new RegisterHistory(store, keys, valueBytes, pace, false);
    history.goOn(store, writers, readers, seed);
    return history;
  }

  /** As {@link #start}, with writes that have no conditions. */
  static RegisterHistory startBlind(Store store, int keys, int valueBytes, int writers, int readers, long seed, Executor pace) {
    RegisterHistory history = new RegisterHistory(store, keys, valueBytes, pace, true);
    history.goOn(store, writers, readers, seed);
    return history;
  }

  /** Goes on with the same history after {@link #finish}, perhaps by another way to the store. */
  void goOn(Store by, int writers, int readers, long seed) {
    store = by;
    stopping = false;
    loops.clear();
    for (int i = 0; i < writers; i++) {
      CompletableFuture<Void> loop = new CompletableFuture<>();
      loops.add(loop);
      write(i, writers, loop);
    }
    for (int i = 0; i < readers; i++) {
      CompletableFuture<Void> loop = new CompletableFuture<>();
      loops.add(loop);
      read(new Random(seed + i), loop);
    }
  }

  List<String> violations() {
    return List.copyOf(violations);
  }

  int reads() {
    return reads.get();
  }

  int writes() {
    return writes.get();
  }

  /** Attempts that were refused with this code. */
  long refusedWrites(ErrorCode code) {
    AtomicLong count = refusedWrites.get(code);
    return count == null ? 0 : count.get();
  }

  /** The codes of reads that were not answered. */
  Set<ErrorCode> refusedReads() {
    return Set.copyOf(refusedReads.keySet());
  }

  /** The codes of attempts to write that were not answered. */
  Set<ErrorCode> refusedWrites() {
    return Set.copyOf(refusedWrites.keySet());
  }

  /** Ends when every call under way is decided. */
  void finish() throws Exception {
    stopping = true;
    CompletableFuture.allOf(loops.toArray(CompletableFuture<?>[]::new)).get(120, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    stopping = true;
  }

  private static void count(Map<ErrorCode, AtomicLong> counts, ErrorCode code) {
    counts.computeIfAbsent(code, none -> new AtomicLong()).incrementAndGet();
  }

  // ---- writers

  private void write(int key, int step, CompletableFuture<Void> loop) {
    if (stopping) {
      loop.complete(null);
      return;
    }
    int state = begun.get(key) + 1;
    Bytes name = name(key);
    List<Predicate> predicates = blind ? List.of()
        : List.of(revisions[key] == 0 ? new Predicate.Absent(name) : new Predicate.RevisionIs(name, revisions[key]));
    Mutation mutation = absent(state) ? new Mutation.Delete(name) : new Mutation.Put(name, value(state));
    CommitRequest request = new CommitRequest(partitionKey(key), predicates, List.of(mutation),
        new RequestInfo(RequestId.random(ids), 1, System.currentTimeMillis()), Provenance.NONE);
    begun.set(key, state);
    attempt(request, key, state, () -> write(key + step < keys ? key + step : key % step, step, loop), loop);
  }

  private void attempt(CommitRequest request, int key, int state, Runnable next, CompletableFuture<Void> loop) {
    store.commit(request, OPTIONS).whenComplete((outcome, failure) -> {
      switch (outcome) {
        case CommitOutcome.Applied applied -> {
          revisions[key] = absent(state) ? 0 : applied.revision();
          ended.set(key, state);
          writes.incrementAndGet();
          pace.execute(next);
        }
        case CommitOutcome.PredicateFailed failed -> {
          violations.add("the only writer of key " + key + " was refused state " + state + " after revision " + revisions[key]
              + ": the key is at " + failed.currentRevision());
          loop.complete(null);
        }
        case null -> {
          StoreException why = StoreException.from(java.util.Objects.requireNonNull(failure));
          count(refusedWrites, why.code());
          if (why.code().retry() == ErrorCode.Retry.NEVER) {
            violations.add("a write was refused for good: " + why);
            loop.complete(null);
          } else {
            // Whether the last attempt happened or not: under its id it happens once.
            CommitRequest again = new CommitRequest(request.partitionKey(), request.predicates(), request.mutations(),
                request.request().nextAttempt(), request.provenance());
            SOON.execute(() -> attempt(again, key, state, next, loop));
          }
        }
      }
    });
  }

  // ---- readers

  private void read(Random random, CompletableFuture<Void> loop) {
    if (stopping) {
      loop.complete(null);
      return;
    }
    int key = random.nextInt(keys);
    int least = Math.max(ended.get(key), seen.get(key));
    store.get(new GetRequest(partitionKey(key), List.of(name(key)), Consistency.LINEARIZABLE), OPTIONS)
        .whenComplete((result, failure) -> {
          if (result == null) {
            count(refusedReads, StoreException.from(java.util.Objects.requireNonNull(failure)).code());
            SOON.execute(() -> read(random, loop));
            return;
          }
          check(key, least, begun.get(key), result.entries().get(0));
          reads.incrementAndGet();
          pace.execute(() -> read(random, loop));
        });
  }

  private void check(int key, int least, int most, Optional<Versioned> found) {
    int state;
    if (found.isPresent()) {
      state = state(found.get().value());
    } else {
      state = least;
      while (state <= most && !absent(state)) {
        state++;
      }
    }
    if (state < least || state > most) {
      violations.add("key " + key + " read as " + found.map(value -> "state " + state(value.value())).orElse("absent")
          + ", where only states " + least + " to " + most + " were possible");
    } else {
      seen.accumulateAndGet(key, state, Math::max);
    }
  }

  // ---- states

  /** State 0 is before the first write. */
  private boolean absent(int state) {
    return blind ? state == 0 : state % DELETE_EVERY == 0;
  }

  private Bytes value(int state) {
    byte[] value = new byte[valueBytes];
    byte[] number = Integer.toString(state).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    System.arraycopy(number, 0, value, 0, number.length);
    return Bytes.wrap(value);
  }

  private static int state(Bytes value) {
    return Integer.parseInt(value.utf8().replace("\0", ""));
  }

  private static Bytes name(int key) {
    return Bytes.utf8("register-" + key);
  }

  private static Bytes partitionKey(int key) {
    return Bytes.utf8("registers-" + key % PARTITION_KEYS);
  }
}
