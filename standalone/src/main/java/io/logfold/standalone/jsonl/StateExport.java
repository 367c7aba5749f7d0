package io.logfold.standalone.jsonl;

import com.fasterxml.jackson.core.JsonGenerator;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.Moment;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.standalone.importgit.Patience;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a store holds: a header, one line for each (partition key, key), a trailer.
 *
 * <p>Each partition key comes from one snapshot: all its rows are of one revision. Where a snapshot is not to be had, or ends
 * before the rows do, the rest of that partition key is read page by page, as an ordinary scan; the trailer says of how many
 * that is true. Different partition keys are of different moments, none before the header's positions. As of a moment of the
 * past all rows are of that one.
 *
 * <p>Owned by the thread that calls {@link #run}; the first pages of some partition keys are asked for ahead.
 */
public final class StateExport {
  private static final int AHEAD = 16;
  private static final int NAMED = 20;
  private static final int PARTITION_KEYS_PAGE = 1_000;
  /** A snapshot lives for a minute; one that was opened ahead and has waited longer than this is opened anew. */
  private static final long FRESH_NANOS = 10_000_000_000L;

  private final Store store;
  private final CallOptions call;
  private final Patience patience;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final List<Bytes> withoutSnapshot = new ArrayList<>();
  private Optional<Moment> asOf = Optional.empty();
  private long pagedPartitionKeys;
  private long partitionKeys;
  private long rows;

  public StateExport(Store store, CallOptions call, Patience patience, InstantSource clock, LongSupplier nanoTime) {
    this.store = store;
    this.call = call;
    this.patience = patience;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /** What was written. */
  public record Summary(long partitionKeys, long rows, long withoutSnapshot) {}

  /** The first page of a partition key, on its way. */
  private record Begun(Bytes partitionKey, CompletableFuture<ScanPage> page, long sinceNanos) {}

  /**
   * @param only of these partition keys; empty: of all
   * @param prefix only keys that start with it
   * @throws IOException where out fails
   */
  public Summary run(List<Bytes> only, Optional<Bytes> prefix, OutputStream out) throws IOException {
    return run(only, prefix, Optional.empty(), out);
  }

  /** @param moment what the store held then; empty: now */
  public Summary run(List<Bytes> only, Optional<Bytes> prefix, Optional<Moment> moment, OutputStream out) throws IOException {
    asOf = moment;
    LineWriter lines = new LineWriter(out);
    ClusterView cluster = patience.ask(() -> store.cluster(call));
    lines.line(json -> header(json, cluster, only, prefix));
    Iterator<Bytes> wanted = only.isEmpty() ? new AllPartitionKeys() : only.stream().distinct().iterator();
    ArrayDeque<Begun> begun = new ArrayDeque<>();
    try {
      while (true) {
        while (begun.size() < AHEAD && wanted.hasNext()) {
          begun.add(begin(wanted.next(), prefix));
        }
        Begun next = begun.poll();
        if (next == null) {
          break;
        }
        export(next, prefix, lines);
      }
    } finally {
      begun.forEach(each -> each.page().thenAccept(page -> end(each.partitionKey(), page.snapshotId())));
    }
    lines.trailer(Format.STATE, json -> {
      json.writeNumberField("partitionKeys", partitionKeys);
      json.writeNumberField("rows", rows);
      json.writeNumberField("withoutSnapshot", pagedPartitionKeys);
      if (pagedPartitionKeys > 0) {
        keys(json, "firstWithoutSnapshot", withoutSnapshot);
      }
    });
    return new Summary(partitionKeys, rows, pagedPartitionKeys);
  }

  private void header(JsonGenerator json, ClusterView cluster, List<Bytes> only, Optional<Bytes> prefix) throws IOException {
    json.writeStringField("format", Format.STATE);
    json.writeNumberField("version", Format.VERSION);
    json.writeStringField("store", cluster.store());
    json.writeNumberField("partitions", cluster.partitions());
    json.writeStringField("madeAt", clock.instant().toString());
    if (asOf.isPresent()) {
      json.writeStringField("asOf", said(asOf.get()));
      json.writeStringField("consistency", "all rows are what the store held at the moment asOf, exactly");
      scope(json, only, prefix);
      return;
    }
    json.writeStringField("consistency", "each partition key at one revision (snapshot scan), but for those that the trailer"
        + " counts in withoutSnapshot, whose pages are each linearizable; nothing is older than positions");
    json.writeArrayFieldStart("positions");
    for (int p = 0; p < cluster.partitions(); p++) {
      int partition = p;
      json.writeNumber(cluster.partitionViews().stream().filter(view -> view.partition() == partition)
          .mapToLong(ClusterView.Partition::committed).max().orElse(0));
    }
    json.writeEndArray();
    scope(json, only, prefix);
  }

  static void scope(JsonGenerator json, List<Bytes> only, Optional<Bytes> prefix) throws IOException {
    if (!only.isEmpty()) {
      keys(json, "onlyPartitionKeys", only);
    }
    if (prefix.isPresent()) {
      JsonBytes.key(json, "onlyPrefix", prefix.get());
    }
  }

  private static void keys(JsonGenerator json, String name, List<Bytes> keys) throws IOException {
    json.writeArrayFieldStart(name);
    for (Bytes key : keys) {
      json.writeStartObject();
      JsonBytes.key(json, "partitionKey", key);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private Begun begin(Bytes partitionKey, Optional<Bytes> prefix) {
    return new Begun(partitionKey, store.scan(first(partitionKey, prefix), call), nanoTime.getAsLong());
  }

  /** The past does not change under a scan: it needs no snapshot. */
  private ScanRequest first(Bytes partitionKey, Optional<Bytes> prefix) {
    return ScanRequest.of(partitionKey, asOf.isPresent() ? options(prefix) : options(prefix).withSnapshot());
  }

  private ScanOptions options(Optional<Bytes> prefix) {
    ScanOptions all = asOf.map(moment -> ScanOptions.all().withConsistency(new Consistency.AsOf(moment)))
        .orElse(ScanOptions.all());
    return prefix.map(all::withPrefix).orElse(all);
  }

  /** As {@code --as-of} takes it. */
  private static String said(Moment moment) {
    return switch (moment) {
      case Moment.Revision revision -> Long.toString(revision.revision());
      case Moment.Time time -> Instant.ofEpochMilli(time.timeMs()).toString();
      case Moment.Positions positions -> IntStream.range(0, positions.revisions().size())
          .mapToObj(partition -> partition + "=" + positions.revisions().get(partition)).collect(Collectors.joining(","));
    };
  }

  private void export(Begun begun, Optional<Bytes> prefix, LineWriter lines) throws IOException {
    Bytes partitionKey = begun.partitionKey();
    boolean snapshot = true;
    ScanRequest request = first(partitionKey, prefix);
    @Nullable ScanPage page = firstPage(begun, request);
    if (page == null) {
      snapshot = false;
      request = ScanRequest.of(partitionKey, options(prefix));
    }
    Optional<String> id = page == null ? Optional.empty() : page.snapshotId();
    long before = rows;
    try {
      while (true) {
        if (page == null) {
          ScanRequest asked = request;
          try {
            page = patience.ask(() -> store.scan(asked, call));
          } catch (StoreException e) {
            if (!snapshot || !snapshotIsGone(e)) {
              throw e;
            }
            snapshot = false;
            id = Optional.empty();
            request = new ScanRequest(partitionKey, asked.range(), asked.pageSize(), false, false, asked.consistency(), false,
                Optional.empty());
            continue;
          }
        }
        for (Entry entry : page.entries()) {
          row(lines, entry);
        }
        if (!page.more()) {
          break;
        }
        request = request.next(page.last(), id);
        page = null;
      }
    } finally {
      end(partitionKey, id);
    }
    if (rows > before) {
      partitionKeys++;
    }
    if (!snapshot) {
      pagedPartitionKeys++;
      if (withoutSnapshot.size() < NAMED) {
        withoutSnapshot.add(partitionKey);
      }
    }
  }

  /** Null where there is no snapshot of this partition key. */
  private @Nullable ScanPage firstPage(Begun begun, ScanRequest request) {
    try {
      ScanPage page = begun.page().join();
      if (!page.more() || nanoTime.getAsLong() - begun.sinceNanos() < FRESH_NANOS) {
        return page;
      }
      end(begun.partitionKey(), page.snapshotId());
    } catch (RuntimeException e) {
      StoreException failure = StoreException.from(e);
      if (snapshotIsGone(failure)) {
        return null;
      }
      patience.waitAfter(failure, 1);
    }
    try {
      return patience.ask(() -> store.scan(request, call));
    } catch (StoreException e) {
      if (snapshotIsGone(e)) {
        return null;
      }
      throw e;
    }
  }

  private static boolean snapshotIsGone(StoreException failure) {
    return failure.code() == ErrorCode.SNAPSHOT_TOO_OLD || failure.code() == ErrorCode.UNSUPPORTED;
  }

  private void end(Bytes partitionKey, Optional<String> id) {
    // Nobody waits: what is not given back ends by itself.
    id.ifPresent(known -> store.endSnapshot(partitionKey, known, call));
  }

  private void row(LineWriter lines, Entry entry) throws IOException {
    lines.line(json -> {
      JsonBytes.key(json, "partitionKey", entry.partitionKey());
      JsonBytes.key(json, "key", entry.key());
      if (entry.redacted()) {
        json.writeBooleanField(Format.REDACTED, true); // there is a value, and nobody can read it any more
      } else {
        JsonBytes.value(json, entry.value(), Format.MOST_TEXT_BYTES);
      }
      json.writeNumberField("revision", entry.revision());
    });
    rows++;
  }

  /** Page by page, in order. */
  private final class AllPartitionKeys implements Iterator<Bytes> {
    private Iterator<Bytes> page = List.<Bytes>of().iterator();
    private Optional<Bytes> last = Optional.empty();
    private boolean more = true;

    @Override
    public boolean hasNext() {
      while (!page.hasNext() && more) {
        PartitionKeysRequest request = new PartitionKeysRequest(last, PARTITION_KEYS_PAGE, asOf);
        PartitionKeysPage answer = patience.ask(() -> store.partitionKeys(request, call));
        more = answer.more() && answer.last().isPresent();
        last = answer.last();
        page = answer.partitionKeys().iterator();
      }
      return page.hasNext();
    }

    @Override
    public Bytes next() {
      if (!hasNext()) {
        throw new java.util.NoSuchElementException("there are no more partition keys");
      }
      return page.next();
    }
  }
}
