package io.logfold.api;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Store} for callers that may block: plain arguments in, answers out, {@link StoreException} where it went
 * wrong.
 *
 * <p>Null and empty arguments are refused before anything is sent, in the order MISSING_PARTITION_KEY, MISSING_KEY,
 * MISSING_VALUE. A call waits at most a quarter of a second longer than its {@link CallOptions#timeout}. A thread that
 * is interrupted while it waits keeps its interrupt flag and gets CANCELLED from a read and UNKNOWN from a write, whose
 * fate it cannot know; a call on a thread that is interrupted already is not made (CANCELLED).
 *
 * <p>Every write gets an identity of its own, so none of these methods repeats an earlier write. To be able to ask
 * again after UNKNOWN, make the request with {@link #newRequest} and hand it to {@link #commit(CommitRequest)}; the retry
 * carries {@link RequestInfo#nextAttempt}. {@link #commitSurely} does all of that.
 *
 * <p>Immutable and safe to share between threads; the {@code with...} methods give another face of the same store.
 */
public final class BlockingStore implements AutoCloseable {
  private static final int PARTITION_KEYS_PAGE = 1_000;

  private final Store store;
  private final RandomGenerator random;
  private final InstantSource clock;
  private final Provenance provenance;
  private final CallOptions options;
  private final Consistency consistency;

  /** With the system's clock, secure random request ids, no provenance, default options, linearizable reads. */
  public BlockingStore(Store store) {
    this(store, new SecureRandom(), InstantSource.system());
  }

  /**
   * @param random makes request ids; must be safe for many threads, and never give two processes the same numbers
   * @param clock makes request times; wall clock time
   */
  public BlockingStore(Store store, RandomGenerator random, InstantSource clock) {
    this(store, random, clock, Provenance.NONE, CallOptions.DEFAULT, Consistency.LINEARIZABLE);
  }

  private BlockingStore(Store store, RandomGenerator random, InstantSource clock, Provenance provenance,
      CallOptions options, Consistency consistency) {
    this.store = store;
    this.random = random;
    this.clock = clock;
    this.provenance = provenance;
    this.options = options;
    this.consistency = consistency;
  }

  /** Who writes, and why, from now on. */
  public BlockingStore withProvenance(Provenance newProvenance) {
    return new BlockingStore(store, random, clock, newProvenance, options, consistency);
  }

  /** How long a call may take; for scans, how long each page may take. */
  public BlockingStore withOptions(CallOptions newOptions) {
    return new BlockingStore(store, random, clock, provenance, newOptions, consistency);
  }

  /** How fresh {@link #get} and {@link #getAll} are; scans say so in their own options. */
  public BlockingStore withConsistency(Consistency newConsistency) {
    return new BlockingStore(store, random, clock, provenance, options, newConsistency);
  }

  /** The store underneath. */
  public Store store() {
    return store;
  }

  /** The key's value and revision; empty where the key, or its partition key, does not exist. */
  public Optional<Versioned> get(@Nullable Bytes partitionKey, @Nullable Bytes key) {
    Bytes checkedPartitionKey = Limits.checkPartitionKey(partitionKey);
    return get(new GetRequest(checkedPartitionKey, List.of(Limits.checkKey(key)), consistency)).entries().get(0);
  }

  /** As many answers as keys, in their order, all of one moment. */
  public List<Optional<Versioned>> getAll(@Nullable Bytes partitionKey, @Nullable List<Bytes> keys) {
    Bytes checkedPartitionKey = Limits.checkPartitionKey(partitionKey);
    if (keys == null) {
      throw new StoreException(ErrorCode.MISSING_KEY, "a get needs a list of keys, got null");
    }
    keys.forEach(Limits::checkKey);
    return get(new GetRequest(checkedPartitionKey, keys, consistency)).entries();
  }

  /** With the position that the answer reflects. */
  public GetResult get(GetRequest request) {
    return Await.read("get", options, () -> store.get(request, options));
  }

  /** Writes the value whatever was there before; gives the new revision. */
  public long set(@Nullable Bytes partitionKey, @Nullable Bytes key, @Nullable Bytes value) {
    Bytes checkedPartitionKey = Limits.checkPartitionKey(partitionKey);
    Mutation put = new Mutation.Put(Limits.checkKey(key), Limits.checkValue(value));
    return unconditional(checkedPartitionKey, put).revision();
  }

  /** Writes the value where all predicates hold; at least one is needed, of any keys of the partition key. */
  public CommitOutcome setIf(@Nullable Bytes partitionKey, @Nullable Bytes key, @Nullable Bytes value,
      Predicate... predicates) {
    Bytes checkedPartitionKey = Limits.checkPartitionKey(partitionKey);
    Mutation put = new Mutation.Put(Limits.checkKey(key), Limits.checkValue(value));
    return conditional("setIf", checkedPartitionKey, put, predicates);
  }

  /** Removes the key; {@link CommitOutcome.Applied#changed} is false where there was none. */
  public CommitOutcome.Applied delete(@Nullable Bytes partitionKey, @Nullable Bytes key) {
    Bytes checkedPartitionKey = Limits.checkPartitionKey(partitionKey);
    return unconditional(checkedPartitionKey, new Mutation.Delete(Limits.checkKey(key)));
  }

  /** Removes the key where all predicates hold; at least one is needed, of any keys of the partition key. */
  public CommitOutcome deleteIf(@Nullable Bytes partitionKey, @Nullable Bytes key, Predicate... predicates) {
    Bytes checkedPartitionKey = Limits.checkPartitionKey(partitionKey);
    return conditional("deleteIf", checkedPartitionKey, new Mutation.Delete(Limits.checkKey(key)), predicates);
  }

  /** All the mutations, with one revision, where all predicates hold; else none. */
  public CommitOutcome commit(@Nullable Bytes partitionKey, List<Predicate> predicates, List<Mutation> mutations) {
    Bytes checkedPartitionKey = Limits.checkPartitionKey(partitionKey);
    return commit(new CommitRequest(checkedPartitionKey, predicates, mutations, newRequest(), provenance));
  }

  /** A request with an identity the caller keeps, so that it can be asked again. */
  public CommitOutcome commit(CommitRequest request) {
    return Await.write("commit", request.request().id(), options, () -> store.commit(request, options));
  }

  /**
   * A request that is asked again, with the same id and the next attempt number, until its outcome is known: after
   * UNKNOWN, and after refusals that may pass. In the last quarter of the time a request whose fate is still open is
   * resolved instead. So it is applied at most once, and what this returns is what the log says.
   *
   * <p>The attempt is 1 where the request was never sent before. With any other an earlier attempt may have been applied,
   * so a refusal alone does not decide it.
   *
   * @param within how long it may take in all; each call takes at most what {@link #withOptions} says
   * @throws StoreException the refusal, where nothing was changed; CANCELLED where the request had to be withdrawn; UNKNOWN
   *     where even so nothing certain could be learnt in time, or the thread was interrupted
   */
  public CommitOutcome commitSurely(CommitRequest request, Duration within) {
    if (within.isNegative() || within.isZero() || within.compareTo(Duration.ofDays(1)) > 0) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "within must be a duration above 0 and of at most a day, got " + within);
    }
    return SureCommit.of(this, options, random).commit(request, within);
  }

  /** What became of a request, for good; see {@link Store#resolve}. */
  public Resolution resolve(ResolveRequest request) {
    return Await.write("resolve", request.requestId(), options, () -> store.resolve(request, options));
  }

  /** A new identity: first attempt, made now. */
  public RequestInfo newRequest() {
    return new RequestInfo(RequestId.random(random), 1, clock.millis());
  }

  /** As {@link #get} was answered at that moment. */
  public Optional<Versioned> getAsOf(@Nullable Bytes partitionKey, @Nullable Bytes key, Moment moment) {
    return withConsistency(new Consistency.AsOf(moment)).get(partitionKey, key);
  }

  /** As {@link #scan} was answered at that moment; what the options say of consistency does not count. */
  public EntryIterator scanAsOf(@Nullable Bytes partitionKey, ScanOptions scanOptions, Moment moment) {
    return scan(partitionKey, scanOptions.withConsistency(new Consistency.AsOf(moment)));
  }

  /**
   * The changes that the request asks for, from its cursor to the last one, read page by page. Its iterators throw
   * {@link StoreException} from hasNext and next and may be asked again after it.
   */
  public Iterable<Change> changes(HistoryRequest request) {
    return () -> new PageIterator<>(request, asked -> {
      HistoryPage page = history(asked);
      return new PageIterator.Page<>(page.changes(), page.next().map(asked::next));
    });
  }

  /** One page of changes. */
  public HistoryPage history(HistoryRequest request) {
    return Await.read("history", options, () -> store.history(request, options));
  }

  /** What differs between the request's two moments, from its cursor to the last difference, as {@link #changes} reads it. */
  public Iterable<DiffPage.Difference> differences(DiffRequest request) {
    return () -> new PageIterator<>(request, asked -> {
      DiffPage page = diff(asked);
      return new PageIterator.Page<>(page.differences(), page.next().map(asked::next));
    });
  }

  /** One page of differences. */
  public DiffPage diff(DiffRequest request) {
    return Await.read("diff", options, () -> store.diff(request, options));
  }

  /** The entries that the options ask for. Reads nothing before the iterator's first next; close it. */
  public EntryIterator scan(@Nullable Bytes partitionKey, ScanOptions scanOptions) {
    return new EntryIterator(store, Limits.checkPartitionKey(partitionKey), scanOptions, options);
  }

  /** One page of a scan, for callers that page by themselves. */
  public ScanPage scan(ScanRequest request) {
    return Await.read("scan", options, () -> store.scan(request, options));
  }

  /**
   * All partition keys that hold at least one key, in order, read page by page; one that comes or goes meanwhile may be
   * seen or not. Its iterators throw {@link StoreException} from hasNext and next and may be asked again after it.
   */
  public Iterable<Bytes> partitionKeys() {
    return () -> new PartitionKeyIterator(this, PARTITION_KEYS_PAGE);
  }

  /** One page of partition keys. */
  public PartitionKeysPage partitionKeys(PartitionKeysRequest request) {
    return Await.read("partitionKeys", options, () -> store.partitionKeys(request, options));
  }

  public ClusterView cluster() {
    return Await.read("cluster", options, () -> store.cluster(options));
  }

  /** Closes the store underneath, and so every face of it. */
  @Override
  public void close() {
    store.close();
  }

  private CommitOutcome.Applied unconditional(Bytes partitionKey, Mutation mutation) {
    return switch (commit(partitionKey, List.of(), List.of(mutation))) {
      case CommitOutcome.Applied applied -> applied;
      case CommitOutcome.PredicateFailed failed -> throw new StoreException(ErrorCode.INTERNAL,
          "a commit without predicates was answered with a failed one: " + failed);
    };
  }

  private CommitOutcome conditional(String what, Bytes partitionKey, Mutation mutation, Predicate... predicates) {
    if (predicates.length == 0) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, what + " needs at least one predicate, got none; use "
          + what.replace("If", "") + " where none is meant");
    }
    return commit(partitionKey, List.of(predicates), List.of(mutation));
  }
}
