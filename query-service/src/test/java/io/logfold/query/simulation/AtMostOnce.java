package io.logfold.query.simulation;

import io.logfold.api.CommitOutcome;
import io.logfold.api.RequestId;
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
    if (call.asked instanceof Call.Write write && call.answer() instanceof CommitOutcome) {
      RequestId id = write.request().request().id();
      List<LogRecord.Event> logged = watch.truth().events(id);
      if (watch.cluster().clients().lastAttempt(id) <= write.request().request().attempt()) {
        told.put(id, call);
        logged.forEach(event -> compare(call, event));
      }
    }
  }

  private void compare(Call call, LogRecord.Event event) {
    boolean same = switch (event.outcome()) {
      case Outcome.Applied applied -> call.answer() instanceof CommitOutcome.Applied was && was.changed() && was.revision() == event.lsn();
      case Outcome.Unchanged unchanged -> call.answer() instanceof CommitOutcome.Applied was && !was.changed();
      case Outcome.PredicateFailed failed -> call.answer() instanceof CommitOutcome.PredicateFailed was
          && was.index() == failed.index() && was.currentRevision().orElse(0) == failed.revision();
      case Outcome.Cancelled cancelled -> false;
    };
    if (!same) {
      watch.broken(this, call + " was answered " + Words.of(call) + " for good, and the log says " + Words.of(event));
    }
  }
}
