package io.logfold.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * The store's contract: linearizable reads and conditional writes of (partition key, key), ordered scans.
 *
 * <ul>
 *   <li>S1 A read reflects every operation that completed before it began, and no uncommitted write, unless a weaker
 *       {@link Consistency} was asked for.
 *   <li>S2 A commit is all or nothing. Once answered it is in the log for ever.
 *   <li>S3 The same {@link RequestId} is applied at most once; a retry within the dedupe window is answered as the first
 *       attempt was.
 *   <li>S4 A write whose fate is not known fails with {@link ErrorCode#UNKNOWN} and with nothing else.
 *   <li>S5 While a scan runs, a key that is not concurrently changed is seen exactly once, in order.
 *   <li>S6 Cancelling or timing out a call leaves the store usable.
 * </ul>
 *
 * <p>All methods may be called from any thread and never block. Futures fail with {@link StoreException} and nothing
 * else; they may be completed by a thread of the store, so what depends on them must not block. They may also be complete
 * when the call returns, as a get from the memory of a store in process is: then what depends on them runs on the caller's
 * thread, and a chain of calls that begins the next one there should be a loop, not a recursion. Calls that are under way at
 * the same time have no order: whoever wants a get to see a commit waits for the commit. Implementations: the
 * store in process, and the client over gRPC. For callers that may block there is {@link BlockingStore}.
 */
public interface Store extends AutoCloseable {
  CompletableFuture<GetResult> get(GetRequest request, CallOptions options);

  CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options);

  /**
   * What became of a request, for good: its logged outcome; or, where the leader does not know its id, it is withdrawn by
   * an event of its own, so that it is void whenever it should still arrive. Asked again, the answer is the same. Fails
   * with REQUEST_EXPIRED where the request is older than the dedupe window, and with UNKNOWN where this question's own
   * answer got lost: then ask it again.
   */
  CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options);

  CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options);

  /** Gives a snapshot back before its time is over; unknown ones are ignored. */
  CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options);

  CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options);

  /** A page of the changes of a key, of keys or of a principal. */
  default CompletableFuture<HistoryPage> history(HistoryRequest request, CallOptions options) {
    return CompletableFuture.failedFuture(noHistory());
  }

  /** A page of what differs between two moments of a partition key. */
  default CompletableFuture<DiffPage> diff(DiffRequest request, CallOptions options) {
    return CompletableFuture.failedFuture(noHistory());
  }

  /**
   * Tells of changes as they happen: those of one partition key, key or prefix, from any revision on, then live.
   *
   * <ul>
   *   <li>Each change exactly once, in the order of revisions, those of one event together; nothing that is not committed.
   *   <li>The first event is a {@link WatchEvent.Progress} that says where it begins; later ones are heartbeats.
   *   <li>It never completes by itself. It ends by {@code cancel}, or with {@code onError}, always a {@link StoreException}:
   *       NO_SUCH_MOMENT where it was to begin in the future, SLOW_DOWN where the subscriber asked for nothing for too long,
   *       CLOSED, and what else no patience helped against. To go on, watch again behind {@link WatchEvent#resumeAfter} of
   *       the last event that was dealt with.
   *   <li>No more is read from the history than the subscriber asks for, but for one page. Signals come one at a time, from a
   *       thread of the store's, and must not block it.
   * </ul>
   */
  default void watch(WatchRequest request, Flow.Subscriber<? super WatchEvent> subscriber) {
    WatchRefused.tell(subscriber, new StoreException(ErrorCode.UNSUPPORTED, "this store offers no watch"));
  }

  /**
   * Makes one value unreadable: answered when that is logged and the value's key is destroyed, so that whoever reads it
   * from then on reads REDACTED. The key's revision stays. Asking again is harmless.
   */
  default CompletableFuture<RedactOutcome> redact(RedactRequest request, CallOptions options) {
    return CompletableFuture.failedFuture(
        new StoreException(ErrorCode.UNSUPPORTED, "this store cannot make values unreadable"));
  }

  private static StoreException noHistory() {
    return new StoreException(ErrorCode.UNSUPPORTED, "this store keeps no history");
  }

  CompletableFuture<ClusterView> cluster(CallOptions options);

  /** Ends what is under way: reads with CLOSED, handed-over writes with UNKNOWN. */
  @Override
  void close();
}
