package io.logfold.api.testing;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.Change;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffRequest;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.HistoryPage;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.Moment;
import io.logfold.api.Mutation;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Provenance;
import io.logfold.api.ReadPosition;
import io.logfold.api.RequestId;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * A store of one partition whose past is a list of changes: it answers histories, differences and reads of the past from that,
 * and is written to by {@link #event} alone. Any thread.
 */
public final class PastStore implements Store {
  private final List<Change> changes = new ArrayList<>();
  private final Queue<StoreException> failures = new ArrayDeque<>();
  private long revision;
  private int histories;
  private int changesRead;
  private int largestPage = Integer.MAX_VALUE;

  /** Appends one event; gives its revision. */
  public synchronized long event(String partitionKey, long timeMs, Provenance provenance, Mutation... mutations) {
    Bytes under = Bytes.utf8(partitionKey);
    revision++;
    for (Mutation mutation : mutations) {
      Versioned before = at(under, revision - 1).get(mutation.key());
      long previous = before == null ? 0 : before.revision();
      boolean put = mutation instanceof Mutation.Put;
      changes.add(new Change(under, mutation.key(), revision, previous, put ? Change.Kind.PUT : Change.Kind.DELETE,
          mutation instanceof Mutation.Put given ? Optional.of(given.value()) : Optional.empty(), 0, timeMs, provenance,
          new RequestId(0, revision)));
    }
    return revision;
  }

  /** One put, by nobody, a second behind the event before. */
  public long put(String partitionKey, String key, String value) {
    return event(partitionKey, (revision() + 1) * 1_000, Provenance.NONE,
        new Mutation.Put(Bytes.utf8(key), Bytes.utf8(value)));
  }

  /** An event that changes nothing that anybody could see. */
  public synchronized long nothing() {
    return ++revision;
  }

  public synchronized long revision() {
    return revision;
  }

  public synchronized List<Change> changes() {
    return List.copyOf(changes);
  }

  /** Pages hold at most so many, whatever is asked for. */
  public synchronized void largestPage(int most) {
    largestPage = most;
  }

  /** The next history calls fail so, one each. */
  public synchronized void failNext(StoreException... with) {
    failures.addAll(List.of(with));
  }

  /** How many history calls there were. */
  public synchronized int histories() {
    return histories;
  }

  /** How many changes they gave. */
  public synchronized int changesRead() {
    return changesRead;
  }

  @Override
  public synchronized CompletableFuture<HistoryPage> history(HistoryRequest request, CallOptions options) {
    histories++;
    if (!failures.isEmpty()) {
      return CompletableFuture.failedFuture(failures.remove());
    }
    List<Change> matching = new ArrayList<>(changes.stream().filter(change -> matches(request, change)).toList());
    if (!request.oldestFirst()) {
      Collections.reverse(matching);
    }
    int from = request.cursor().map(Integer::parseInt).orElse(0);
    int to = Math.min(matching.size(), from + Math.min(request.pageSize(), largestPage));
    changesRead += to - from;
    return CompletableFuture.completedFuture(new HistoryPage(matching.subList(from, to),
        to < matching.size() ? Optional.of(Integer.toString(to)) : Optional.empty()));
  }

  private static boolean matches(HistoryRequest request, Change change) {
    boolean inScope = switch (request.scope()) {
      case HistoryScope.OfKey one -> change.partitionKey().equals(one.partitionKey()) && change.key().equals(one.key());
      case HistoryScope.OfPrefix some ->
          change.partitionKey().equals(some.partitionKey()) && change.key().startsWith(some.prefix());
      case HistoryScope.OfPrincipal who -> change.provenance().principal().equals(who.principal());
    };
    return inScope && change.timeMs() >= request.fromMs().orElse(0L) && change.timeMs() < request.toMs().orElse(Long.MAX_VALUE)
        && change.revision() > request.afterRevision().orElse(0L);
  }

  @Override
  public synchronized CompletableFuture<DiffPage> diff(DiffRequest request, CallOptions options) {
    try {
      long from = revisionOf(request.from());
      long to = revisionOf(request.to());
      TreeMap<Bytes, Versioned> before = at(request.partitionKey(), from);
      TreeMap<Bytes, Versioned> after = at(request.partitionKey(), to);
      TreeSet<Bytes> keys = new TreeSet<>(before.keySet());
      keys.addAll(after.keySet());
      List<DiffPage.Difference> all = new ArrayList<>();
      for (Bytes key : keys) {
        Optional<Versioned> was = Optional.ofNullable(before.get(key));
        Optional<Versioned> is = Optional.ofNullable(after.get(key));
        if (request.range().contains(key) && !was.equals(is)) {
          all.add(new DiffPage.Difference(key, was, is));
        }
      }
      int first = request.cursor().map(Integer::parseInt).orElse(0);
      int last = Math.min(all.size(), first + Math.min(request.pageSize(), largestPage));
      return CompletableFuture.completedFuture(new DiffPage(all.subList(first, last), from, to,
          last < all.size() ? Optional.of(Integer.toString(last)) : Optional.empty()));
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public synchronized CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    try {
      ReadPosition position = position(request.consistency());
      TreeMap<Bytes, Versioned> state = at(request.partitionKey(), position.revision());
      return CompletableFuture.completedFuture(new GetResult(
          request.keys().stream().map(key -> Optional.ofNullable(state.get(key))).toList(), position));
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public synchronized CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    try {
      ReadPosition position = position(request.consistency());
      List<Entry> entries = new ArrayList<>();
      at(request.partitionKey(), position.revision()).forEach((key, value) -> {
        if (request.range().contains(key)) {
          entries.add(new Entry(request.partitionKey(), key, value.value(), value.revision()));
        }
      });
      boolean more = entries.size() > request.pageSize();
      return CompletableFuture.completedFuture(new ScanPage(more ? entries.subList(0, request.pageSize()) : entries, more,
          position, Optional.empty()));
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public synchronized CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
    long at = request.asOf().map(this::revisionOf).orElse(revision);
    List<Bytes> keys = changes.stream().map(Change::partitionKey).distinct().sorted()
        .filter(key -> !at(key, at).isEmpty()).toList();
    return CompletableFuture.completedFuture(new PartitionKeysPage(keys, false));
  }

  private ReadPosition position(Consistency consistency) {
    return consistency instanceof Consistency.AsOf asOf
        ? new ReadPosition(revisionOf(asOf.moment()), 0, "as-of") : new ReadPosition(revision, 0, "lease");
  }

  private long revisionOf(Moment moment) {
    long asked = switch (moment) {
      case Moment.Revision at -> at.revision();
      case Moment.Positions at -> at.revisions().getFirst();
      case Moment.Time at -> changes.stream().filter(change -> change.timeMs() <= at.timeMs())
          .mapToLong(Change::revision).max().orElse(0);
    };
    if (asked > revision) {
      throw new StoreException(ErrorCode.NO_SUCH_MOMENT, "in the future: revision " + asked);
    }
    return asked;
  }

  private TreeMap<Bytes, Versioned> at(Bytes partitionKey, long upTo) {
    TreeMap<Bytes, Versioned> state = new TreeMap<>();
    for (Change change : changes) {
      if (change.revision() <= upTo && change.partitionKey().equals(partitionKey)) {
        if (change.value().isPresent()) {
          state.put(change.key(), new Versioned(change.value().get(), change.revision()));
        } else {
          state.remove(change.key());
        }
      }
    }
    return state;
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    return refused();
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    return refused();
  }

  @Override
  public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
    return refused();
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return refused();
  }

  @Override
  public void close() {}

  private static <T> CompletableFuture<T> refused() {
    return CompletableFuture.failedFuture(new StoreException(ErrorCode.UNSUPPORTED, "this store has a past only"));
  }
}
