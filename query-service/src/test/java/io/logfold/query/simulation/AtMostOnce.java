package io.logfold.query.simulation;

import io.logfold.api.CommitOutcome;
import io.logfold.api.RequestId;
import io.logfold.api.Resolution;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * 10: A request has at most one event, over all attempts and leaders, and what its client was told for good stays true. An
 * answer that is not in the log holds as long as the client has sent no later attempt.
 */
final class AtMostOnce implements Invariant {
  private final Watch watch;
  private final Map<RequestId, Call> told = new HashMap<>();

  AtMostOnce(Watch watch) {
    this.watch = watch;
  }

  @Override
  public void landed(Truth.Landed landed) {
    if (landed.record() instanceof LogRecord.Event event) {
      List<LogRecord.Event> logged = watch.truth().events(event.request().id());
      if (logged.size() > 1) {
        watch.broken(this, "one request is in the log more than once: " + logged.stream().map(Words::of).toList());
      }
      Call call = told.get(event.request().id());
      if (call != null && call.asked instanceof Call.Write write
          && watch.cluster().clients().lastAttempt(event.request().id()) <= write.request().request().attempt()) {
        compare(call, event);
      }
    }
  }

  @Override
  public void answered(Call call) {
    if (call.asked instanceof Call.Resolve resolve && call.answer() instanceof Resolution resolution) {
      compare(resolve, call, resolution);
    } else if (call.asked instanceof Call.Write write && call.answer() instanceof CommitOutcome) {
      RequestId id = write.request().request().id();
      List<LogRecord.Event> logged = watch.truth().events(id);
      if (watch.cluster().clients().lastAttempt(id) <= write.request().request().attempt()) {
        told.put(id, call);
        logged.forEach(event -> compare(call, event));
      }
    }
  }

  private void compare(Call.Resolve resolve, Call call, Resolution resolution) {
    List<LogRecord.Event> logged = watch.truth().events(resolve.request().requestId());
    boolean same = logged.size() == 1 && switch (resolution) {
      case Resolution.Applied applied -> applied.revision() == logged.getFirst().lsn()
          && logged.getFirst().outcome().equals(applied.changed() ? Outcome.APPLIED : Outcome.UNCHANGED);
      case Resolution.PredicateFailed failed ->
          logged.getFirst().outcome().equals(new Outcome.PredicateFailed(failed.index(), failed.revision().orElse(0)));
      case Resolution.Cancelled cancelled -> cancelled.revision() == logged.getFirst().lsn()
          && logged.getFirst().outcome() instanceof Outcome.Cancelled;
    };
    if (!same) {
      watch.broken(this, call + " was answered " + resolution + ", and the log says " + logged.stream().map(Words::of).toList());
    }
  }

  private void compare(Call call, LogRecord.Event event) {
    boolean same = switch (event.outcome()) {
      case Outcome.Applied applied -> call.answer() instanceof CommitOutcome.Applied was && was.changed() && was.revision() == event.lsn();
      case Outcome.Unchanged unchanged -> call.answer() instanceof CommitOutcome.Applied was && !was.changed();
      case Outcome.PredicateFailed failed -> call.answer() instanceof CommitOutcome.PredicateFailed was
          && was.index() == failed.index() && was.currentRevision().orElse(0) == failed.revision();
      // It was decided, changed nothing, and was withdrawn later.
      case Outcome.Cancelled cancelled -> !(call.answer() instanceof CommitOutcome.Applied was && was.changed());
    };
    if (!same) {
      watch.broken(this, call + " was answered " + Words.of(call) + " for good, and the log says " + Words.of(event));
    }
  }
}
