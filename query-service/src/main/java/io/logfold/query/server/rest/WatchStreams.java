package io.logfold.query.server.rest;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.logfold.api.ErrorCode;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.WatchRequest;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Watches as server-sent events, and how to end them all. Any thread. */
final class WatchStreams implements AutoCloseable {
  private final Store store;
  private final Set<WatchStream> live = ConcurrentHashMap.newKeySet();
  private volatile boolean closing;

  WatchStreams(Store store) {
    this.store = store;
  }

  /** The stream, or what the store said before there was one. */
  HttpResponse answer(ServiceRequestContext ctx, WatchRequest request) {
    ctx.clearRequestTimeout();
    CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    WatchStream stream = new WatchStream(answer, ctx.eventLoop().withoutContext(), live::remove);
    live.add(stream);
    try {
      store.watch(request, stream);
    } catch (RuntimeException e) {
      stream.onError(e);
    }
    if (closing) {
      stream.close(closed());
    }
    return HttpResponse.of(answer);
  }

  @Override
  public void close() {
    closing = true;
    live.forEach(stream -> stream.close(closed()));
  }

  private static StoreException closed() {
    return new StoreException(ErrorCode.CLOSED, "the server is closing: watch at another node, behind the last event");
  }
}
