package io.logfold.api;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;

/**
 * Walks what comes in pages, each of which says how to ask for the next. A page may be empty and yet have a next one. Not
 * safe for more than one thread.
 */
final class PageIterator<R, T> implements Iterator<T> {
  /** What was read, and the request for what is behind it. */
  record Page<R, T>(List<T> items, Optional<R> next) {}

  private final Function<R, Page<R, T>> read;
  private Optional<R> ahead;
  private Iterator<T> page = List.<T>of().iterator();

  PageIterator(R first, Function<R, Page<R, T>> read) {
    this.ahead = Optional.of(first);
    this.read = read;
  }

  @Override
  public boolean hasNext() {
    while (!page.hasNext() && ahead.isPresent()) {
      R asked = ahead.get();
      Page<R, T> answer = read.apply(asked);
      if (answer.next().equals(ahead)) {
        throw new StoreException(ErrorCode.INTERNAL, "the page behind " + asked + " is that page itself");
      }
      page = answer.items().iterator();
      ahead = answer.next();
    }
    return page.hasNext();
  }

  @Override
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException("there is no more; ask hasNext first");
    }
    return page.next();
  }
}
