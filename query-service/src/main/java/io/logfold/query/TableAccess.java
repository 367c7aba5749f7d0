package io.logfold.query;

import io.logfold.api.StoreException;
import io.logfold.projector.table.Table;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Lets the leader's thread ask the blocking table: the question runs on the table's executor, the answer comes back as a message. */
final class TableAccess {
  private final Table table;
  private final Executor tableExecutor;
  private final Executor leaderThread;

  TableAccess(Table table, Executor tableExecutor, Executor leaderThread) {
    this.table = table;
    this.tableExecutor = tableExecutor;
    this.leaderThread = leaderThread;
  }

  /** Exactly one of the two arguments of {@code then} is not null. */
  <T> void ask(Function<Table, T> question, BiConsumer<@Nullable T, @Nullable RuntimeException> then) {
    try {
      tableExecutor.execute(() -> {
        T answer;
        try {
          answer = question.apply(table);
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
    } catch (java.util.concurrent.RejectedExecutionException e) {
      leaderThread.execute(() -> then.accept(null,
          new StoreException(io.logfold.api.ErrorCode.CLOSED, "the node is closing", e)));
    }
  }
}
