package io.logfold.api;

import java.util.concurrent.Flow;

/** A subscription that ends before it began. */
public final class WatchRefused {
  private WatchRefused() {}

  /** Gives the subscriber a subscription, as the rules of Reactive Streams want it, and then the failure. */
  public static void tell(Flow.Subscriber<? super WatchEvent> subscriber, StoreException failure) {
    subscriber.onSubscribe(new Flow.Subscription() {
      @Override
      public void request(long n) {}

      @Override
      public void cancel() {}
    });
    subscriber.onError(failure);
  }
}
