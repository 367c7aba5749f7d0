package io.logfold.query.watch;

import io.logfold.api.Change;
import io.logfold.api.StoreException;
import io.logfold.api.WatchEvent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** A reader that keeps what it is told, and asks for as much as the test says. */
public class Recorder implements Flow.Subscriber<WatchEvent> {
  public final List<WatchEvent> events = new CopyOnWriteArrayList<>();
  public volatile @Nullable StoreException failure;
  public volatile Flow.@Nullable Subscription subscription;
  private final long first;

  /** @param first what it asks for at once; 0: nothing */
  public Recorder(long first) {
    this.first = first;
  }

  public void ask(long n) {
    Flow.Subscription open = subscription;
    if (open == null) {
      throw new IllegalStateException("not subscribed yet");
    }
    open.request(n);
  }

  public void cancel() {
    Flow.Subscription open = subscription;
    if (open != null) {
      open.cancel();
    }
  }

  public List<WatchEvent.Changed> changes() {
    return events.stream().filter(WatchEvent.Changed.class::isInstance).map(WatchEvent.Changed.class::cast).toList();
  }

  public List<Long> revisions() {
    return changes().stream().map(WatchEvent.Changed::change).map(Change::revision).toList();
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    if (first > 0) {
      given.request(first);
    }
  }

  @Override
  public void onNext(WatchEvent event) {
    events.add(event);
  }

  @Override
  public void onError(Throwable why) {
    failure = StoreException.from(why);
  }

  @Override
  public void onComplete() {
    failure = new StoreException(io.logfold.api.ErrorCode.INTERNAL, "a watch never completes");
  }
}
