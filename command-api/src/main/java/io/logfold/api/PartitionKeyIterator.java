package io.logfold.api;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/** Walks the store's partition keys page by page. Not safe for more than one thread. */
final class PartitionKeyIterator implements Iterator<Bytes> {
  private final BlockingStore store;
  private final int pageSize;
  private Iterator<Bytes> page = List.<Bytes>of().iterator();
  private Optional<Bytes> after = Optional.empty();
  private boolean more = true;

  PartitionKeyIterator(BlockingStore store, int pageSize) {
    this.store = store;
    this.pageSize = pageSize;
  }

  @Override
  public boolean hasNext() {
    while (!page.hasNext() && more) {
      PartitionKeysPage read = store.partitionKeys(new PartitionKeysRequest(after, pageSize));
      List<Bytes> keys = read.partitionKeys();
      // Going on from the same place would never end.
      Optional<Bytes> last = read.last();
      if (read.more() && (last.isEmpty() || after.isPresent() && last.get().compareTo(after.get()) <= 0)) {
        throw new StoreException(ErrorCode.INTERNAL, "the page of partition keys behind " + after
            + " promises more without getting further");
      }
      page = keys.iterator();
      more = read.more();
      after = last.or(() -> after);
    }
    return page.hasNext();
  }

  @Override
  public Bytes next() {
    if (!hasNext()) {
      throw new NoSuchElementException("no more partition keys; ask hasNext first");
    }
    return page.next();
  }
}
