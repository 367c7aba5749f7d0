package io.logfold.query.server.rest;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.api.WatchEvent;
import io.logfold.query.watch.WatchWindow;
import io.netty.util.AsciiString;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One watch as server-sent events. An event's id is the revision to go on behind, which a browser sends as
 * {@code Last-Event-ID} when it comes back.
 *
 * <p>What the store says before its first event is an answer with a status of its own. Of what the reader has not taken at
 * most {@link #WINDOW} events wait here, of {@link #WINDOW_BYTES} before they become JSON ({@link WatchWindow}). All but the
 * signals' arrival is confined to the request's event loop.
 */
final class WatchStream implements Flow.Subscriber<WatchEvent> {
  private static final int WINDOW = 16;
  private static final int WINDOW_BYTES = 2 * 1024 * 1024;
  private static final AsciiString ACCEL_BUFFERING = HttpHeaderNames.of("x-accel-buffering");

  private final CompletableFuture<HttpResponse> answer;
  private final Executor eventLoop;
  private final Consumer<WatchStream> onEnd;
  private volatile Flow.@Nullable Subscription subscription;
  private @Nullable HttpResponseWriter writer;
  private final WatchWindow window = new WatchWindow(WINDOW, WINDOW_BYTES);
  private long resumeAfter;
  private boolean ended;

  /** @param onEnd told, perhaps more than once, that nothing more comes of this */
  WatchStream(CompletableFuture<HttpResponse> answer, Executor eventLoop, Consumer<WatchStream> onEnd) {
    this.answer = answer;
    this.eventLoop = eventLoop;
    this.onEnd = onEnd;
  }

  /** Any thread. */
  void close(StoreException why) {
    cancel();
    onError(why);
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    askForMore();
  }

  private void askForMore() {
    Flow.Subscription open = subscription;
    int more = open == null ? 0 : window.ask();
    if (open != null && more > 0) {
      open.request(more);
    }
  }

  @Override
  public void onNext(WatchEvent event) {
    window.came(event);
    eventLoop.execute(() -> write(event));
    askForMore();
  }

  @Override
  public void onError(Throwable failure) {
    eventLoop.execute(() -> end(StoreException.from(failure)));
  }

  @Override
  public void onComplete() {
    onError(new StoreException(ErrorCode.UNAVAILABLE, "the watch has ended; go on behind the last event"));
  }

  private void write(WatchEvent event) {
    if (ended) {
      return;
    }
    HttpResponseWriter out = writer == null ? open() : writer;
    resumeAfter = event.resumeAfter();
    if (!out.tryWrite(rendered(event))) {
      leave();
      return;
    }
    out.whenConsumed().thenRun(() -> {
      window.left(event);
      askForMore();
    });
  }

  private HttpResponseWriter open() {
    HttpResponseWriter out = HttpResponse.streaming();
    writer = out;
    out.write(ResponseHeaders.of(HttpStatus.OK, HttpHeaderNames.CONTENT_TYPE, MediaType.EVENT_STREAM,
        HttpHeaderNames.CACHE_CONTROL, "no-cache", ACCEL_BUFFERING, "no"));
    var unused = out.whenComplete().whenComplete((nothing, failure) -> eventLoop.execute(this::leave));
    answer.complete(out);
    return out;
  }

  private void end(StoreException why) {
    if (ended) {
      return;
    }
    HttpResponseWriter out = writer;
    if (out == null) {
      answer.complete(RestErrors.failure(why, Optional.empty()));
    } else {
      boolean unused = out.tryWrite(framed("", "end", Json.object(json -> {
        json.writeStringField("code", why.code().name());
        json.writeStringField("message", String.valueOf(why.getMessage()));
        json.writeNumberField("resumeAfter", resumeAfter);
      })));
      out.close();
    }
    leave();
  }

  private void leave() {
    ended = true;
    cancel();
    onEnd.accept(this);
  }

  private void cancel() {
    Flow.Subscription open = subscription;
    if (open != null) {
      open.cancel();
    }
  }

  private static HttpData rendered(WatchEvent event) {
    String id = "id: " + event.resumeAfter() + "\n";
    return switch (event) {
      case WatchEvent.Changed changed ->
          framed(id, "change", Json.object(json -> PastAnswers.writeChange(json, changed.change())));
      case WatchEvent.Progress progress -> framed(id, "progress", Json.object(json -> {
        json.writeNumberField("revision", progress.revision());
        json.writeNumberField("timeMs", progress.timeMs());
      }));
    };
  }

  /** @param json ends with a line break, and holds no other: line breaks inside JSON's texts are escaped */
  private static HttpData framed(String id, String name, HttpData json) {
    HttpData head = HttpData.ofUtf8(id + "event: " + name + "\ndata: ");
    byte[] frame = java.util.Arrays.copyOf(head.array(), head.length() + json.length() + 1);
    System.arraycopy(json.array(), 0, frame, head.length(), json.length());
    frame[frame.length - 1] = '\n';
    return HttpData.wrap(frame);
  }
}
