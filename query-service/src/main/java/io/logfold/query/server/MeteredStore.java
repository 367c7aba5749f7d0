package io.logfold.query.server;

import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Bytes;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffRequest;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.HistoryPage;
import io.logfold.api.HistoryRequest;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.RedactOutcome;
import io.logfold.api.RedactRequest;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.WatchEvent;
import io.logfold.api.WatchRequest;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A store that counts and times what passes through it: {@code logfold_store_operation_seconds} with the tags operation
 * and outcome, and {@code logfold_store_in_flight}.
 *
 * <p>Outcomes are {@code ok}, {@code predicate_failed}, and the names of {@link ErrorCode} in small letters. A timer is
 * looked up once, at its first use: a call costs two clock readings, one array load and one record. Closing it closes
 * the store inside.
 */
public final class MeteredStore implements Store {

  private enum Operation { GET, COMMIT, RESOLVE, SCAN, END_SNAPSHOT, PARTITION_KEYS, HISTORY, DIFF, CLUSTER, REDACT }

  private static final int OK = 0;
  private static final int PREDICATE_FAILED = 1;
  private static final int FIRST_ERROR = 2;
  private static final int OUTCOMES = FIRST_ERROR + ErrorCode.values().length;

  /** From 50 microseconds, within which a read from memory is answered, to 10 seconds, the default deadline. */
  private static final Duration[] BUCKETS = {
    Duration.ofNanos(50_000), Duration.ofNanos(100_000), Duration.ofNanos(200_000), Duration.ofNanos(500_000),
    Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(20),
    Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofMillis(500),
    Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(10)
  };

  private final Store store;
  private final MeterRegistry registry;
  private final LongSupplier nanoTime;
  private final AtomicReferenceArray<Timer> timers =
      new AtomicReferenceArray<>(Operation.values().length * OUTCOMES);
  private final LongAdder[] inFlight = new LongAdder[Operation.values().length];

  /** Measures by the JVM's monotonic clock. */
  public MeteredStore(Store store, MeterRegistry registry) {
    this(store, registry, System::nanoTime);
  }

  MeteredStore(Store store, MeterRegistry registry, LongSupplier nanoTime) {
    this.store = store;
    this.registry = registry;
    this.nanoTime = nanoTime;
    for (Operation operation : Operation.values()) {
      LongAdder count = new LongAdder();
      inFlight[operation.ordinal()] = count;
      Gauge.builder("logfold.store.in.flight", count, LongAdder::sum)
          .description("Calls of the store that are not answered yet")
          .tag("operation", tag(operation))
          .register(registry);
      // The series of success exist from the start, so that rates do not begin with a gap.
      timer(operation, OK);
    }
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    return measured(Operation.GET, () -> store.get(request, options));
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    return measured(Operation.COMMIT, () -> store.commit(request, options));
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    return measured(Operation.RESOLVE, () -> store.resolve(request, options));
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    return measured(Operation.SCAN, () -> store.scan(request, options));
  }

  @Override
  public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
    return measured(Operation.END_SNAPSHOT, () -> store.endSnapshot(partitionKey, snapshotId, options));
  }

  @Override
  public CompletableFuture<RedactOutcome> redact(RedactRequest request, CallOptions options) {
    return measured(Operation.REDACT, () -> store.redact(request, options));
  }

  @Override
  public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
    return measured(Operation.PARTITION_KEYS, () -> store.partitionKeys(request, options));
  }

  @Override
  public CompletableFuture<HistoryPage> history(HistoryRequest request, CallOptions options) {
    return measured(Operation.HISTORY, () -> store.history(request, options));
  }

  @Override
  public CompletableFuture<DiffPage> diff(DiffRequest request, CallOptions options) {
    return measured(Operation.DIFF, () -> store.diff(request, options));
  }

  /** Not timed, since it lasts as long as somebody watches; what it reads of the history by itself is not counted. */
  @Override
  public void watch(WatchRequest request, Flow.Subscriber<? super WatchEvent> subscriber) {
    store.watch(request, subscriber);
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return measured(Operation.CLUSTER, () -> store.cluster(options));
  }

  @Override
  public void close() {
    store.close();
  }

  private <T> CompletableFuture<T> measured(Operation operation, Supplier<CompletableFuture<T>> call) {
    LongAdder count = inFlight[operation.ordinal()];
    count.increment();
    long start = nanoTime.getAsLong();
    CompletableFuture<T> future;
    try {
      future = call.get();
    } catch (RuntimeException e) {
      future = CompletableFuture.failedFuture(StoreException.from(e));
    }
    if (future.isDone() && !future.isCompletedExceptionally()) {
      count.decrement();
      timer(operation, outcome(future.resultNow(), null)).record(nanoTime.getAsLong() - start, TimeUnit.NANOSECONDS);
      return future;
    }
    // The store's own future is handed on, not a dependent one, so that cancelling it reaches the store.
    CompletableFuture<T> answered = future;
    var unused = future.whenComplete((value, failure) -> {
      count.decrement();
      timer(operation, outcome(value, failure)).record(nanoTime.getAsLong() - start, TimeUnit.NANOSECONDS);
    });
    return answered;
  }

  private static int outcome(@org.jspecify.annotations.Nullable Object value,
      @org.jspecify.annotations.Nullable Throwable failure) {
    if (failure instanceof CancellationException) {
      return FIRST_ERROR + ErrorCode.CANCELLED.ordinal();
    }
    if (failure != null) {
      return FIRST_ERROR + StoreException.from(failure).code().ordinal();
    }
    return value instanceof CommitOutcome.PredicateFailed ? PREDICATE_FAILED : OK;
  }

  private Timer timer(Operation operation, int outcome) {
    int index = operation.ordinal() * OUTCOMES + outcome;
    Timer known = timers.get(index);
    if (known != null) {
      return known;
    }
    // The registry gives two racing callers the same timer.
    Timer made = Timer.builder("logfold.store.operation")
        .description("Time from the call of the store to its answer")
        .tag("operation", tag(operation))
        .tag("outcome", switch (outcome) {
          case OK -> "ok";
          case PREDICATE_FAILED -> "predicate_failed";
          default -> tag(ErrorCode.values()[outcome - FIRST_ERROR]);
        })
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
    timers.set(index, made);
    return made;
  }

  private static String tag(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
