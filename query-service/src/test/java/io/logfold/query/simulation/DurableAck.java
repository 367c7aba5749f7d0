package io.logfold.query.simulation;

import io.logfold.api.CommitOutcome;
import io.logfold.api.ErrorCode;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * 4: A write that was answered OK is in the log when the answer is given, at the revision that was told; and an attempt
 * of which was said that it surely did nothing never is in the log.
 */
final class DurableAck implements Invariant {
  private final Watch watch;
  private final Map<RequestInfo, ErrorCode> refused = new HashMap<>();

  DurableAck(Watch watch) {
    this.watch = watch;
  }

  @Override
  public void answered(Call call) {
    if (!(call.asked instanceof Call.Write write)) {
      return;
    }
    RequestId id = write.request().request().id();
    StoreException failure = call.failure();
    if (failure != null && failure.code().fate() == ErrorCode.Fate.NOT_APPLIED && failure.code() != ErrorCode.CANCELLED) {
      refused.put(write.request().request(), failure.code());
      watch.truth().events(id).forEach(this::check);
    } else if (call.answer() instanceof CommitOutcome.Applied applied && applied.changed()) {
      List<LogRecord.Event> logged = watch.truth().events(id);
      if (logged.isEmpty() || logged.getFirst().lsn() != applied.revision() || logged.getFirst().mutations().isEmpty()) {
        watch.broken(this, call + " was answered " + applied + ", and the log has "
            + (logged.isEmpty() ? "nothing of it" : logged.stream().map(Words::of).toList()));
      }
    }
  }

  @Override
  public void landed(Truth.Landed landed) {
    if (landed.record() instanceof LogRecord.Event event) {
      check(event);
    }
  }

  private void check(LogRecord.Event event) {
    ErrorCode code = refused.get(event.request());
    if (code != null && !(event.outcome() instanceof Outcome.Cancelled)) {
      watch.broken(this, Words.of(event) + " counts, and was answered " + code + ", surely not applied");
    }
  }
}
