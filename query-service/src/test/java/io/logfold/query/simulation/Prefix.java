package io.logfold.query.simulation;

import io.logfold.api.CommitRequest;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;

/** 3: Valid LSNs are dense, and what an event says was decided rightly on the state before it. */
final class Prefix implements Invariant {
  private final Watch watch;
  private long lsn;

  Prefix(Watch watch) {
    this.watch = watch;
  }

  @Override
  public void landed(Truth.Landed landed) {
    if (!(landed.record() instanceof LogRecord.TokenRecord record)) {
      return;
    }
    if (record.lsn() != lsn + 1) {
      watch.broken(this, "LSN " + record.lsn() + " counts behind LSN " + lsn);
    }
    lsn = record.lsn();
    if (record instanceof LogRecord.Event event) {
      CommitRequest request = watch.cluster().clients().request(event.request().id());
      if (request != null) {
        judge(event, request);
      }
    }
  }

  private void judge(LogRecord.Event event, CommitRequest request) {
    long before = event.lsn() - 1;
    int failed = firstFailed(request, before);
    switch (event.outcome()) {
      case Outcome.Applied applied -> {
        if (failed >= 0) {
          watch.broken(this, Words.of(event) + " counts, and " + request.predicates().get(failed) + " did not hold at LSN " + before);
        }
        if (!event.mutations().equals(effective(request, before))) {
          watch.broken(this, Words.of(event) + " does not change what its request should at LSN " + before + ": "
              + effective(request, before));
        }
      }
      case Outcome.Unchanged unchanged -> {
        if (failed >= 0 || !effective(request, before).isEmpty()) {
          watch.broken(this, Words.of(event) + " changes nothing, and something had to change at LSN " + before);
        }
      }
      case Outcome.PredicateFailed predicate -> {
        if (predicate.index() != failed
            || predicate.revision() != watch.truth().revisionAt(request.predicates().get(failed).key(), before)) {
          watch.broken(this, Words.of(event) + " says what was not so at LSN " + before);
        }
      }
      case Outcome.Cancelled cancelled -> {}
    }
  }

  private int firstFailed(CommitRequest request, long lsnBefore) {
    for (int i = 0; i < request.predicates().size(); i++) {
      Predicate predicate = request.predicates().get(i);
      if (!predicate.holds(watch.truth().valueAt(predicate.key(), lsnBefore).orElse(null),
          watch.truth().revisionAt(predicate.key(), lsnBefore))) {
        return i;
      }
    }
    return -1;
  }

  /** A delete of what is not there is left out. */
  private java.util.List<Mutation> effective(CommitRequest request, long lsnBefore) {
    return request.mutations().stream().filter(mutation ->
        mutation instanceof Mutation.Put || watch.truth().valueAt(mutation.key(), lsnBefore).isPresent()).toList();
  }
}
