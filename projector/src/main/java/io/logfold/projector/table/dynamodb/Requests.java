package io.logfold.projector.table.dynamodb;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.TableException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;

/**
 * Asks DynamoDB, and again with growing, random pauses while what failed passes by itself, within a bounded time. The
 * SDK's own retries are off: one place counts attempts and knows when to give up. Any thread.
 */
final class Requests implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final Duration ATTEMPT = Duration.ofSeconds(10);
  private static final long FIRST_PAUSE_MS = 10;
  private static final long LONGEST_PAUSE_MS = 1_000;

  private final String name;
  private final DynamoDbClient client;
  private final Timing timing;
  private volatile boolean closed;

  private Requests(String name, DynamoDbClient client, Timing timing) {
    this.name = name;
    this.client = client;
    this.timing = timing;
  }

  static Requests open(DynamoDbUrl url, List<? extends ExecutionInterceptor> interceptors, Timing timing) {
    DynamoDbClientBuilder builder = DynamoDbClient.builder()
        .region(Region.of(url.region()))
        .httpClientBuilder(UrlConnectionHttpClient.builder().connectionTimeout(CONNECT).socketTimeout(ATTEMPT))
        .overrideConfiguration(settings -> {
          settings.retryStrategy(AwsRetryStrategy.doNotRetry()).apiCallTimeout(ATTEMPT);
          interceptors.forEach(settings::addExecutionInterceptor);
        });
    url.endpoint().ifPresent(builder::endpointOverride);
    return new Requests(url.name(), builder.build(), timing);
  }

  Timing timing() {
    return timing;
  }

  /** Reads something, until it works or the budget for reads is spent. */
  <T> T read(String what, Function<DynamoDbClient, T> request) {
    Attempts attempts = attempts(what, timing.readBudgetMs());
    while (true) {
      try {
        return once(request);
      } catch (SdkException e) {
        attempts.failed(e);
      }
    }
  }

  /** One request, as it is. */
  <T> T once(Function<DynamoDbClient, T> request) {
    checkOpen();
    try {
      return request.apply(client);
    } catch (RuntimeException e) {
      checkOpen();
      throw e;
    }
  }

  /** @param what for messages: "read from" */
  Attempts attempts(String what, long budgetMs) {
    return new Attempts(what, timing.clockMs().getAsLong() + budgetMs);
  }

  void checkOpen() {
    if (closed) {
      throw new StoreException(ErrorCode.CLOSED, "the table was closed");
    }
  }

  TableException failure(String what, String why, Throwable cause) {
    return new TableException("cannot " + what + " the table " + name + ": " + inWords(why), cause);
  }

  /** The SDK tells in a page where it looked for credentials. */
  private static String inWords(String why) {
    return why.contains("Unable to load credentials") ? "no AWS credentials were found; set AWS_ACCESS_KEY_ID and"
        + " AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where the SDK's default chain finds some" : why;
  }

  @Override
  public void close() {
    closed = true;
    client.close();
  }

  /** Of one thing that somebody waits for. Not for more than one thread. */
  final class Attempts {
    private final String what;
    private final long untilMs;
    private int failures;

    private Attempts(String what, long untilMs) {
      this.what = what;
      this.untilMs = untilMs;
    }

    /** Pauses before the next attempt, or throws where there is to be none. */
    void failed(SdkException e) {
      if (e instanceof AbortedException || !Faults.passes(e)) {
        throw failure(what, Faults.text(e), e);
      }
      again(Faults.text(e), e);
    }

    /** Pauses because what came back cannot be used yet. */
    void again(String why, Throwable cause) {
      failures++;
      long pauseMs = timing.random().nextLong(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(failures, 10))) + 1;
      if (timing.clockMs().getAsLong() + pauseMs > untilMs) {
        throw failure(what, why + " (" + failures + " attempts)", cause);
      }
      try {
        timing.pause().sleep(pauseMs);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw failure(what, "interrupted while waiting to try again after: " + why, interrupted);
      }
      checkOpen();
    }
  }
}
