package io.logfold.query.server.rest;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Reads a request's body to its end and keeps the first {@code most} bytes of it: an oversized body is counted and
 * thrown away, not cut off, so that its sender can read the refusal instead of seeing its connection reset.
 *
 * <p>Called by the stream, on one event loop.
 */
public final class BodyReader implements Subscriber<HttpObject> {

  /**
   * A body.
   *
   * @param bytes what was kept
   * @param size how many bytes came
   */
  public record Body(byte[] bytes, long size) {
    public boolean whole() {
      return size == bytes.length;
    }
  }

  private static final int FIRST_ARRAY = 64 * 1024;

  private final CompletableFuture<Body> body = new CompletableFuture<>();
  private final int most;
  private byte[] kept;
  private int length;
  private long size;

  private BodyReader(int most, long expected) {
    this.most = most;
    // What is announced is not yet sent: a small body gets its array at once, a large one grows into it.
    this.kept = new byte[(int) Math.min(Math.min(most, FIRST_ARRAY), Math.max(expected, 0))];
  }

  public static CompletableFuture<Body> read(HttpRequest request, int most) {
    BodyReader reader = new BodyReader(most, request.headers().contentLength());
    request.subscribe(reader);
    return reader.body;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(HttpObject object) {
    if (object instanceof HttpData data) {
      size += data.length();
      if (size <= most) {
        append(data.array());
      }
    }
  }

  private void append(byte[] data) {
    if (length + data.length > kept.length) {
      kept = Arrays.copyOf(kept, Math.min(most, Math.max(length + data.length, kept.length * 2)));
    }
    System.arraycopy(data, 0, kept, length, data.length);
    length += data.length;
  }

  @Override
  public void onError(Throwable failure) {
    body.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    body.complete(new Body(length == kept.length ? kept : Arrays.copyOf(kept, length), size));
  }
}
