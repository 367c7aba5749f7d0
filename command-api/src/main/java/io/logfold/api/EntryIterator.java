package io.logfold.api;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Walks the entries of one partition key, in the order of the scan, reading them page by page.
 *
 * <pre>{@code
 * try (EntryIterator entries = store.scan(partitionKey, ScanOptions.all())) {
 *   while (entries.next()) {
 *     use(entries.entry());
 *   }
 *   entries.error().ifPresent(e -> { throw e; });
 * }
 * }</pre>
 *
 * <ul>
 *   <li>I1 It stands before the first entry until the first {@link #next}, which reads the first page.
 *   <li>I2 An error ends it: next is false from then on, and {@link #error} keeps telling the same.
 *   <li>I3 After {@link #close} next is false and error says CLOSED, unless an earlier error is told.
 *   <li>I4 {@link #seekGE} goes forward or back, also before the first entry and after the end; inside the page that
 *       was read last it reads nothing.
 *   <li>I5 {@link ScanOptions#limit} counts the entries delivered, seeks or not.
 *   <li>I6 A snapshot is given back when it is certain that no seek can need it any more, at the latest by close.
 * </ul>
 *
 * <p>Not safe for more than one thread. {@link #next} blocks, at most slightly longer than the call's timeout.
 */
public final class EntryIterator implements AutoCloseable {
  private final Store store;
  private final CallOptions callOptions;
  private final ScanRequest first;
  private final long limit;

  /** Keys to be delivered. What of it lies in {@code covered} is in {@code page} from {@code index} on. */
  private KeyRange ahead;

  /** The keys of the scan whose entries are in {@code page}, present or absent; null before the first page. */
  private @Nullable KeyRange covered;

  private List<Entry> page = List.of();
  private int index;
  private long delivered;
  private @Nullable Entry current;
  private Optional<String> snapshotId = Optional.empty();
  private Optional<StoreException> error = Optional.empty();
  private boolean closed;

  EntryIterator(Store store, Bytes partitionKey, ScanOptions options, CallOptions callOptions) {
    this.store = store;
    this.callOptions = callOptions;
    this.first = ScanRequest.of(partitionKey, options);
    this.limit = options.limit();
    this.ahead = first.range();
  }

  /** Goes to the next entry; false at the end and on error: ask {@link #error} which. */
  public boolean next() {
    current = null;
    if (error.isPresent() || limitReached()) {
      return false;
    }
    while (index == page.size() && !isCovered(ahead)) {
      ahead = uncovered(ahead);
      if (!readPage()) {
        return false;
      }
    }
    if (index == page.size()) {
      releaseIfWholeScanIsInPage();
      return false;
    }
    Entry entry = page.get(index++);
    current = entry;
    ahead = first.range().beyond(entry.key(), first.reverse());
    delivered++;
    if (limitReached()) {
      releaseSnapshot();
    }
    return true;
  }

  /** The entry that the last {@link #next} went to. Calling it without one is a mistake of the program. */
  public Entry entry() {
    Entry entry = current;
    if (entry == null) {
      throw new IllegalStateException("no current entry: call next() first, and entry() only where it was true");
    }
    return entry;
  }

  /** What ended the iteration; empty while it goes on and where it came to the end of the entries. */
  public Optional<StoreException> error() {
    return error;
  }

  /**
   * Makes {@link #next} go to the first entry of the scan whose key is this one or greater. An empty key is the start.
   * A key outside the scan's range never leads outside of it. Does nothing after an error or close.
   *
   * @throws StoreException INVALID_ARGUMENT on a reversed scan; the iterator stays where it is
   */
  public void seekGE(Bytes key) {
    if (first.reverse()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "seekGE is for ascending scans, this one is reversed; start another scan with the end where it should begin");
    }
    if (error.isPresent()) {
      return;
    }
    current = null;
    ahead = first.range().intersect(new KeyRange(key, Optional.empty()));
    if (ahead.isEmpty()) {
      index = page.size();
    } else if (covered != null && covered.contains(ahead.startInclusive())) {
      index = firstAtOrAbove(ahead.startInclusive());
    } else {
      forgetPage();
    }
  }

  /** Ends the iteration and gives back what it holds. May be called again. Does not wait. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    current = null;
    forgetPage();
    if (error.isEmpty()) {
      error = Optional.of(new StoreException(ErrorCode.CLOSED, "the iterator is closed; start another scan"));
    }
    releaseSnapshot();
  }

  private boolean limitReached() {
    return limit > 0 && delivered >= limit;
  }

  private boolean isCovered(KeyRange range) {
    return range.isEmpty() || covered != null && covered.intersect(range).equals(range);
  }

  /** Without what the last page showed: it may have got further than to its last entry. */
  private KeyRange uncovered(KeyRange range) {
    if (covered == null) {
      return range;
    }
    return first.reverse()
        ? range.intersect(new KeyRange(Bytes.EMPTY, Optional.of(covered.startInclusive())))
        : range.intersect(new KeyRange(covered.endExclusive().orElse(Bytes.EMPTY), Optional.empty()));
  }

  private boolean readPage() {
    KeyRange asked = ahead;
    int size = limit > 0 ? (int) Math.min(first.pageSize(), limit - delivered) : first.pageSize();
    ScanRequest request = new ScanRequest(first.partitionKey(), asked, size, first.reverse(), first.keysOnly(),
        first.consistency(), first.snapshot(), snapshotId);
    ScanPage read;
    try {
      read = Await.read("scan", callOptions, () -> store.scan(request, callOptions));
      checkInside(asked, read);
    } catch (StoreException e) {
      error = Optional.of(e);
      return false;
    }
    page = read.entries();
    index = 0;
    if (first.snapshot()) {
      snapshotId = read.snapshotId().or(() -> snapshotId);
    }
    covered = read.more() ? upTo(asked, read.last()) : asked;
    return true;
  }

  /** A store that answers with entries that were not asked for would make the iteration wrong or endless. */
  private static void checkInside(KeyRange asked, ScanPage read) {
    if (read.more() && !asked.contains(read.last())) {
      throw new StoreException(ErrorCode.INTERNAL,
          "the store answered a scan of " + asked + " by a page that ends at key " + read.last());
    }
    for (Entry entry : read.entries()) {
      if (!asked.contains(entry.key())) {
        throw new StoreException(ErrorCode.INTERNAL,
            "the store answered a scan of " + asked + " with key " + entry.key());
      }
    }
  }

  private KeyRange upTo(KeyRange asked, Bytes last) {
    return first.reverse()
        ? new KeyRange(last, asked.endExclusive())
        : new KeyRange(asked.startInclusive(), Optional.of(last.successor()));
  }

  private int firstAtOrAbove(Bytes key) {
    int low = 0;
    int high = page.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (page.get(middle).key().compareTo(key) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void forgetPage() {
    page = List.of();
    index = 0;
    covered = null;
  }

  private void releaseIfWholeScanIsInPage() {
    if (isCovered(first.range())) {
      releaseSnapshot();
    }
  }

  private void releaseSnapshot() {
    snapshotId.ifPresent(id -> {
      snapshotId = Optional.empty();
      // Nobody waits for this: a snapshot that cannot be given back ends by itself.
      var unused = store.endSnapshot(first.partitionKey(), id, callOptions).exceptionally(e -> null);
    });
  }
}
