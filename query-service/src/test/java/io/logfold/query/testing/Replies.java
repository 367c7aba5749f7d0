package io.logfold.query.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.api.ScanPage;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** What a call was answered, in short. A call that is not answered yet fails the test. */
public final class Replies {
  private Replies() {}

  public static StoreException failure(CompletableFuture<?> call) {
    assertThat(call).as("the call is answered").isDone();
    try {
      Object answer = call.join();
      throw new AssertionError("expected an error, got " + answer);
    } catch (CompletionException e) {
      return StoreException.from(e);
    }
  }

  public static ErrorCode code(CompletableFuture<?> call) {
    return failure(call).code();
  }

  public static <T> T answer(CompletableFuture<T> call) {
    assertThat(call).as("the call is answered").isDone();
    try {
      return call.join();
    } catch (CompletionException e) {
      throw new AssertionError("expected an answer, got " + StoreException.from(e), e);
    }
  }

  /** The revision of a write that was applied. */
  public static long revision(CompletableFuture<CommitOutcome> call) {
    assertThat(answer(call)).isInstanceOf(CommitOutcome.Applied.class);
    return ((CommitOutcome.Applied) answer(call)).revision();
  }

  /** Values as text; "-" where the key is absent. */
  public static List<String> values(CompletableFuture<GetResult> call) {
    return answer(call).entries().stream()
        .map(entry -> entry.map(Versioned::value).map(Bytes::utf8).orElse("-")).toList();
  }

  /** The one value as text; "-" where the key is absent. */
  public static String value(CompletableFuture<GetResult> call) {
    return values(call).getFirst();
  }

  /** Entries as key=value. */
  public static List<String> entries(CompletableFuture<ScanPage> call) {
    return answer(call).entries().stream().map(Replies::text).toList();
  }

  private static String text(Entry entry) {
    return entry.key().utf8() + "=" + entry.value().utf8();
  }
}
