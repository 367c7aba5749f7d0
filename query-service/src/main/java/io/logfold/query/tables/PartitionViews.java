package io.logfold.query.tables;

import io.logfold.log.FoldState;
import io.logfold.projector.ProjectorStatus.PartitionStatus;
import io.logfold.projector.table.Table;
import io.logfold.query.tables.TableView.Partition;
import io.logfold.query.tables.TableView.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * How the partitions of a table stand, as the table itself says: a projector would not know yet that its table was put
 * back to an older state. All partitions are asked at once and for a moment only, since drivers are more patient than
 * people; what is not told by then is not known.
 */
final class PartitionViews {
  private static final long ASK_MS = 800;

  private final Table table;
  private final boolean local;
  private final int partitions;

  PartitionViews(Table table, boolean local, int partitions) {
    this.table = table;
    this.local = local;
    this.partitions = partitions;
  }

  /** @param whole what the table as a whole is doing; {@link State#PROJECTING} is then refined by each partition's status */
  List<Partition> views(State whole, List<PartitionStatus> projected) {
    List<FutureTask<FoldState>> answers = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      int number = partition;
      FutureTask<FoldState> answer = new FutureTask<>(() -> table.checkpoint(number).at());
      Thread.ofVirtual().name("logfold-view").start(answer);
      answers.add(answer);
    }
    long untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ASK_MS);
    List<Partition> views = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      int number = partition;
      Optional<PartitionStatus> status = projected.stream().filter(each -> each.partition() == number).findFirst();
      views.add(view(whole, partition, status, answers.get(partition), untilNanos));
    }
    return views;
  }

  private Partition view(State whole, int partition, Optional<PartitionStatus> status, FutureTask<FoldState> answer,
      long untilNanos) {
    State state = whole != State.PROJECTING ? whole
        : status.map(PartitionViews::state).orElse(local ? State.BLOCKED : State.PROJECTING);
    String trouble = status.map(PartitionStatus::lastError).orElse("");
    long waiting = status.map(PartitionStatus::oldestWaitingMs).orElse(0L);
    String why;
    try {
      FoldState at = answer.get(Math.max(0, untilNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
      return new Partition(partition, state, at.lsn(), at.position(), at.logTimeMs(), waiting, trouble);
    } catch (TimeoutException e) {
      why = "the table did not answer within " + ASK_MS + " ms";
    } catch (ExecutionException e) {
      why = String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
      state = state == State.PROJECTING ? State.BLOCKED : state;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      why = "interrupted";
    }
    return new Partition(partition, state, -1, -1, 0, waiting, trouble.isEmpty() ? why : trouble);
  }

  private static State state(PartitionStatus status) {
    return switch (status.state()) {
      case STARTING, BLOCKED -> State.BLOCKED;
      case RUNNING -> State.PROJECTING;
      case HALTED -> State.HALTED;
    };
  }
}
