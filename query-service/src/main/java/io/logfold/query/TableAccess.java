package io.logfold.query;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Get;
import io.logfold.projector.table.Table.TableRead;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets the leader's thread ask blocking tables: the question runs on {@link TableThreads}, the answer comes back as a
 * message. Called on the leader's thread, which is the one that {@code then} runs on.
 */
final class TableAccess {
  private final Supplier<Table> serving;
  private final TableThreads tableThreads;
  private final Executor leaderThread;

  /** @param serving the table that answers misses now; asked on the leader's thread, may refuse by a StoreException */
  TableAccess(Supplier<Table> serving, TableThreads tableThreads, Executor leaderThread) {
    this.serving = serving;
    this.tableThreads = tableThreads;
    this.leaderThread = leaderThread;
  }

  /** Asks the table that serves for some keys, together with whoever asks it at the same time; else as {@link #ask}. */
  void get(Get get, BiConsumer<@Nullable TableRead, @Nullable RuntimeException> then) {
    Table table = serving(then);
    if (table != null) {
      tableThreads.get(table, get, (read, failure) -> leaderThread.execute(() -> then.accept(read, failure)));
    }
  }

  /** Asks the table that serves. Exactly one of the two arguments of {@code then} is not null. */
  <T> void ask(Function<Table, T> question, BiConsumer<@Nullable T, @Nullable RuntimeException> then) {
    Table table = serving(then);
    if (table != null) {
      ask(() -> question.apply(table), then);
    }
  }

  /** Null where none serves, which is told. */
  private @Nullable Table serving(BiConsumer<?, @Nullable RuntimeException> then) {
    try {
      return serving.get();
    } catch (StoreException none) {
      leaderThread.execute(() -> then.accept(null, none));
      return null;
    }
  }

  /** Runs what may block, and tells the leader's thread. Exactly one of the two arguments of {@code then} is not null. */
  <T> void ask(Supplier<T> question, BiConsumer<@Nullable T, @Nullable RuntimeException> then) {
    try {
      tableThreads.execute(() -> {
        T answer;
        try {
          answer = question.get();
        } catch (RuntimeException e) {
          leaderThread.execute(() -> then.accept(null, e));
          return;
        } catch (Error e) {
          // Whoever asked must hear of it: others may wait for the same answer.
          leaderThread.execute(() -> then.accept(null, StoreException.from(e)));
          throw e;
        }
        leaderThread.execute(() -> then.accept(answer, null));
      });
    } catch (RejectedExecutionException e) {
      leaderThread.execute(() -> then.accept(null, new StoreException(ErrorCode.CLOSED, "the node is closing", e)));
    }
  }
}
