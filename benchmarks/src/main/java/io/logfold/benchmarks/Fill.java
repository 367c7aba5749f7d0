package io.logfold.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/** Writes every key once, in order, some at a time. */
final class Fill {
  private static final int AT_ONCE = 100;

  private Fill() {}

  /** @param write starts the write of the key of that number */
  static void all(KeySpace keys, IntFunction<CompletableFuture<?>> write) throws Exception {
    for (int done = 0; done < keys.size(); done += AT_ONCE) {
      CompletableFuture<?>[] answers = new CompletableFuture<?>[Math.min(AT_ONCE, keys.size() - done)];
      for (int i = 0; i < answers.length; i++) {
        answers[i] = write.apply(done + i);
      }
      CompletableFuture.allOf(answers).get();
    }
  }
}
