package io.logfold.query;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Get;
import io.logfold.projector.table.Table.TableRead;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of a node on which blocking tables are asked, for all of its leaders. A task goes to them as it is. Of gets
 * only so many questions are under way at once; the others wait here, and the thread that is free next takes all that wait
 * by then, of whatever partition, and asks the table for them by one question ({@link Table#getAll}): what a question
 * costs whatever it asks for is shared by as many as there happen to be. Nothing waits for others to come: a get that finds
 * fewer questions under way goes at once, alone. Where the table gains nothing by it, every get is a task of its own.
 *
 * <p>Every get is put to the table after it came here, so that its answer is worth what it is worth alone. Gets that go
 * together fail together, whatever partitions they are of.
 *
 * <p>Leaders' threads bring gets, threads of the pool take them and bring the answers: what lies between is guarded by this.
 */
public final class TableThreads implements Executor {
  private static final Logger LOG = LoggerFactory.getLogger(TableThreads.class);
  /** Values may be of 390 KiB, and an answer is held whole: 50 MiB at the most, but for a get that asks for more by itself. */
  private static final int KEYS_TOGETHER = 128;

  private final Executor pool;
  private final int most;

  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  /** Turns that were handed to the pool and are not over, and whether one of them has yet to take its gets. */
  private int turns;
  private boolean coming;

  /** Told on one of these threads, or on the asking one where they are gone; exactly one of the two is not null. */
  @FunctionalInterface
  interface Answer {
    void answer(@Nullable TableRead read, @Nullable RuntimeException failure);
  }

  private record Waiting(Table table, Get get, Answer answer) {}

  /** @param most questions of {@link #get} under way at once */
  public TableThreads(Executor pool, int most) {
    this.pool = pool;
    this.most = most;
  }

  @Override
  public void execute(Runnable task) {
    pool.execute(task);
  }

  /** Asks the table, with other gets if there are any. */
  void get(Table table, Get get, Answer answer) {
    Waiting one = new Waiting(table, get, answer);
    if (table.getsTogether() == 1) {
      hand(() -> ask(List.of(one)), List.of(one));
      return;
    }
    synchronized (this) {
      waiting.add(one);
      if (coming || turns == most) {
        return;
      }
      coming = true;
      turns++;
    }
    handTurn();
  }

  private void handTurn() {
    try {
      pool.execute(this::turn);
    } catch (RejectedExecutionException e) {
      closed(notHanded(), e);
    } catch (RuntimeException | Error e) { // a thread that cannot be made: what was taken for another turn must go on
      LOG.error("the table's threads take nothing", e);
      notHanded().forEach(each -> each.answer().answer(null, StoreException.from(e)));
    }
  }

  /** Those whom no turn under way will take. */
  private synchronized List<Waiting> notHanded() {
    coming = false;
    turns--;
    List<Waiting> left = turns > 0 ? List.of() : List.copyOf(waiting);
    waiting.removeAll(left);
    return left;
  }

  /** One question, and behind it whoever waits with the pool has its turn before the next. */
  private void turn() {
    try {
      List<Waiting> taken = take();
      if (!taken.isEmpty()) {
        ask(taken);
      }
    } finally {
      boolean another;
      synchronized (this) {
        another = !waiting.isEmpty() && !coming;
        coming |= another;
        turns -= another ? 0 : 1;
      }
      if (another) {
        handTurn();
      }
    }
  }

  /** Gets of one table, that of the first, in their order; where some must stay another thread is called for them. */
  private List<Waiting> take() {
    List<Waiting> taken = new ArrayList<>();
    boolean another;
    synchronized (this) {
      coming = false;
      int keys = 0;
      for (Iterator<Waiting> each = waiting.iterator(); each.hasNext();) {
        Waiting next = each.next();
        if (!taken.isEmpty() && taken.get(0).table() != next.table()) {
          continue;
        }
        keys += next.get().keys().size();
        if (!taken.isEmpty() && (keys > KEYS_TOGETHER || taken.size() == next.table().getsTogether())) {
          break;
        }
        taken.add(next);
        each.remove();
      }
      another = !waiting.isEmpty() && turns < most;
      coming = another;
      turns += another ? 1 : 0;
    }
    if (another) {
      handTurn();
    }
    return taken;
  }

  private static void ask(List<Waiting> asked) {
    List<TableRead> answers;
    try {
      answers = asked.get(0).table().getAll(asked.stream().map(Waiting::get).toList());
      if (answers.size() != asked.size()) {
        throw new IllegalStateException("the table gave " + answers.size() + " answers to " + asked.size() + " gets");
      }
    } catch (RuntimeException e) {
      asked.forEach(each -> each.answer().answer(null, e));
      return;
    } catch (Error e) {
      // Whoever asked must hear of it: others may wait for the same answer.
      asked.forEach(each -> each.answer().answer(null, StoreException.from(e)));
      throw e;
    }
    for (int i = 0; i < asked.size(); i++) {
      asked.get(i).answer().answer(answers.get(i), null);
    }
  }

  private void hand(Runnable task, List<Waiting> asked) {
    try {
      pool.execute(task);
    } catch (RejectedExecutionException e) {
      closed(asked, e);
    }
  }

  private static void closed(List<Waiting> asked, RejectedExecutionException why) {
    asked.forEach(each -> each.answer().answer(null, new StoreException(ErrorCode.CLOSED, "the node is closing", why)));
  }
}
