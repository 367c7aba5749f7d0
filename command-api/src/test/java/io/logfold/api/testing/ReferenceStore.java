package io.logfold.api.testing;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.KeyRange;
import io.logfold.api.Limits;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.ReadPosition;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/**
 * The contract as a sequential program: one lock, sorted maps, nothing durable. A model to compare with, and a store to
 * test front ends against.
 *
 * <p>Partition = CRC-32C of the partition key modulo the number of partitions, as in the real store. Each event takes
 * the next revision of its partition. Every operation happens at one moment, while the lock is held, on the executor;
 * the executor is the caller's and is not closed. Deadlines are not kept: nothing here takes long.
 */
public final class ReferenceStore implements Store {
  /** How long a snapshot lives, milliseconds. */
  static final long SNAPSHOT_LIFE_MS = 60_000;

  private final List<ReferencePartition> partitions = new ArrayList<>();
  private final InstantSource clock;
  private final Executor executor;
  private final int maxPage;
  private final Map<String, Snapshot> snapshots = new HashMap<>();
  private long snapshotsOpened;
  private boolean closed;

  private record Snapshot(Bytes partitionKey, NavigableMap<Bytes, Versioned> rows, long revision, long openedMs) {}

  /** Four partitions, the system's clock, answers on the caller's thread. */
  public ReferenceStore() {
    this(4, InstantSource.system(), Runnable::run, Limits.MAX_PAGE_ENTRIES);
  }

  /** @param maxPage most entries of a page, whatever is asked for: pages shorter than asked are legal */
  public ReferenceStore(int partitions, InstantSource clock, Executor executor, int maxPage) {
    for (int i = 0; i < partitions; i++) {
      this.partitions.add(new ReferencePartition());
    }
    this.clock = clock;
    this.executor = executor;
    this.maxPage = maxPage;
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    return answer(() -> {
      ReferencePartition partition = partition(request.partitionKey());
      checkConsistency(request.consistency(), partition);
      NavigableMap<Bytes, Versioned> rows = partition.rows(request.partitionKey());
      List<Optional<Versioned>> found = new ArrayList<>();
      request.keys().forEach(key -> found.add(Optional.ofNullable(rows.get(key))));
      return new GetResult(found, position(request.partitionKey(), request.consistency(), partition.revision()));
    });
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    return answer(() -> partition(request.partitionKey()).commit(request, clock.millis()));
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    return answer(() -> partition(request.partitionKey()).resolve(request, clock.millis()));
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    return answer(() -> {
      ReferencePartition partition = partition(request.partitionKey());
      checkConsistency(request.consistency(), partition);
      if (!request.snapshot() && request.snapshotId().isEmpty()) {
        return page(request, partition.rows(request.partitionKey()), partition.revision(), Optional.empty());
      }
      String id = request.snapshotId().orElseGet(() -> openSnapshot(request.partitionKey(), partition));
      Snapshot snapshot = snapshots.get(id);
      if (snapshot == null || !snapshot.partitionKey.equals(request.partitionKey())
          || clock.millis() - snapshot.openedMs > SNAPSHOT_LIFE_MS) {
        snapshots.remove(id);
        throw new StoreException(ErrorCode.SNAPSHOT_TOO_OLD,
            "snapshot '" + id + "' of " + request.partitionKey() + " is gone; start the scan again");
      }
      return page(request, snapshot.rows, snapshot.revision, Optional.of(id));
    });
  }

  @Override
  public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
    return this.<Optional<Snapshot>>answer(() -> Optional.ofNullable(snapshots.remove(snapshotId)))
        .thenAccept(removed -> {});
  }

  @Override
  public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
    return answer(() -> {
      TreeMap<Bytes, Boolean> behind = new TreeMap<>();
      for (ReferencePartition partition : partitions) {
        for (Bytes key : partition.partitionKeys()) {
          if (request.after().isEmpty() || key.compareTo(request.after().get()) > 0) {
            behind.put(key, true);
          }
        }
      }
      int size = Math.min(request.pageSize(), maxPage);
      return new PartitionKeysPage(behind.keySet().stream().limit(size).toList(), behind.size() > size);
    });
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return answer(() -> {
      List<ClusterView.Partition> views = new ArrayList<>();
      for (int i = 0; i < partitions.size(); i++) {
        long revision = partitions.get(i).revision();
        views.add(new ClusterView.Partition(
            i, "reference", "reference", "", "leads", 0, revision, 0, 0, 0, -1, 0, 0));
      }
      return new ClusterView("reference", partitions.size(), "crc32c", "memory:",
          List.of(new ClusterView.Node("reference", "", true)), views);
    });
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  /** How many snapshots are open; for tests that ask whether they are given back. */
  synchronized int openSnapshots() {
    return snapshots.size();
  }

  private <T> CompletableFuture<T> answer(Supplier<T> operation) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    try {
      executor.execute(() -> decide(answer, operation));
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(new StoreException(ErrorCode.CLOSED, "the store's executor is closed", e));
    }
    return answer;
  }

  private <T> void decide(CompletableFuture<T> answer, Supplier<T> operation) {
    if (answer.isDone()) {
      return; // Cancelled before its turn.
    }
    T result;
    try {
      synchronized (this) {
        if (closed) {
          throw new StoreException(ErrorCode.CLOSED, "the store is closed; open another");
        }
        result = operation.get();
      }
    } catch (RuntimeException e) {
      answer.completeExceptionally(StoreException.from(e));
      return;
    }
    answer.complete(result);
  }

  private int partitionOf(Bytes partitionKey) {
    CRC32C crc = new CRC32C();
    crc.update(partitionKey.unsafeArray(), 0, partitionKey.size());
    return (int) (crc.getValue() % partitions.size());
  }

  private ReferencePartition partition(Bytes partitionKey) {
    return partitions.get(partitionOf(partitionKey));
  }

  private ReadPosition position(Bytes partitionKey, Consistency consistency, long revision) {
    String servedBy = switch (consistency) {
      case Consistency.Barrier barrier -> "barrier";
      case Consistency.ReadIndex readIndex -> "read-index";
      case Consistency.Linearizable linearizable -> "lease";
      case Consistency.AtLeast atLeast -> "lease";
      case Consistency.Stale stale -> "lease";
      case Consistency.AsOf asOf -> throw new StoreException(ErrorCode.UNSUPPORTED, "the reference store keeps no history");
    };
    return new ReadPosition(revision, partitionOf(partitionKey), servedBy);
  }

  private static void checkConsistency(Consistency consistency, ReferencePartition partition) {
    if (consistency instanceof Consistency.AtLeast atLeast && atLeast.revision() > partition.revision()) {
      throw new StoreException(ErrorCode.UNAVAILABLE, "nobody has applied revision " + atLeast.revision()
          + " yet, the partition stands at " + partition.revision());
    }
  }

  private String openSnapshot(Bytes partitionKey, ReferencePartition partition) {
    String id = "snapshot-" + ++snapshotsOpened;
    snapshots.put(id, new Snapshot(partitionKey, new TreeMap<>(partition.rows(partitionKey)), partition.revision(),
        clock.millis()));
    return id;
  }

  private ScanPage page(ScanRequest request, NavigableMap<Bytes, Versioned> rows, long revision,
      Optional<String> snapshotId) {
    KeyRange range = request.range();
    int size = Math.min(request.pageSize(), maxPage);
    List<Entry> entries = new ArrayList<>();
    boolean more = false;
    for (var row : (request.reverse() ? rows.descendingMap() : rows).entrySet()) {
      if (!range.contains(row.getKey())) {
        continue;
      }
      if (entries.size() == size) {
        more = true;
        break;
      }
      Bytes value = request.keysOnly() ? Bytes.EMPTY : row.getValue().value();
      entries.add(new Entry(request.partitionKey(), row.getKey(), value, row.getValue().revision()));
    }
    return new ScanPage(entries, more, position(request.partitionKey(), request.consistency(), revision), snapshotId);
  }
}
