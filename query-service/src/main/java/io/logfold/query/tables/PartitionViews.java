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
import org.jspecify.annotations.Nullable;

/**
 * How the partitions of a table stand. What this node projects itself it knows; of the others the table is asked, until it
 * fails once, or takes long: it would not answer better for the next partition.
 */
final class PartitionViews {
  private static final long ASK_MS = 800;

  private final Table table;
  private final boolean local;
  private final int partitions;
  private @Nullable String failure;

  PartitionViews(Table table, boolean local, int partitions) {
    this.table = table;
    this.local = local;
    this.partitions = partitions;
  }

  /** @param whole what the table as a whole is doing; {@link State#PROJECTING} is then refined by each partition's status */
  List<Partition> views(State whole, List<PartitionStatus> projected) {
    List<Partition> views = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      int number = partition;
      Optional<PartitionStatus> status = projected.stream().filter(each -> each.partition() == number).findFirst();
      views.add(status.isPresent() && known(status.get()) ? told(status.get()) : asked(whole, partition, status));
    }
    return views;
  }

  /** Not before it has read the checkpoint once. */
  private static boolean known(PartitionStatus status) {
    return status.position() > 0;
  }

  private static Partition told(PartitionStatus status) {
    return new Partition(status.partition(), state(status), status.lsn(), status.position(), status.logTimeMs(),
        status.oldestWaitingMs(), status.lastError());
  }

  private Partition asked(State whole, int partition, Optional<PartitionStatus> status) {
    State state = whole != State.PROJECTING ? whole
        : status.map(PartitionViews::state).orElse(local ? State.BLOCKED : State.PROJECTING);
    String trouble = status.map(PartitionStatus::lastError).orElse("");
    if (failure == null) {
      try {
        FoldState at = checkpoint(partition);
        return new Partition(partition, state, at.lsn(), at.position(), at.logTimeMs(), 0, trouble);
      } catch (TimeoutException e) {
        failure = "the table did not answer within " + ASK_MS + " ms";
      } catch (ExecutionException e) {
        failure = String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        failure = "interrupted";
      }
    }
    return new Partition(partition, state == State.PROJECTING ? State.BLOCKED : state, -1, -1, 0, 0,
        trouble.isEmpty() ? failure : trouble);
  }

  /** On a thread of its own, since drivers are more patient than people. */
  private FoldState checkpoint(int partition) throws InterruptedException, ExecutionException, TimeoutException {
    FutureTask<FoldState> answer = new FutureTask<>(() -> table.checkpoint(partition).at());
    Thread.ofVirtual().name("logfold-view").start(answer);
    return answer.get(ASK_MS, TimeUnit.MILLISECONDS);
  }

  private static State state(PartitionStatus status) {
    return switch (status.state()) {
      case STARTING, BLOCKED -> State.BLOCKED;
      case RUNNING -> State.PROJECTING;
      case HALTED -> State.HALTED;
    };
  }
}
