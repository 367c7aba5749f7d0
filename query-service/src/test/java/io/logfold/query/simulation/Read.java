package io.logfold.query.simulation;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
import io.logfold.api.GetResult;
import io.logfold.api.Mutation;
import io.logfold.api.ReadPosition;
import io.logfold.api.ScanPage;
import io.logfold.api.Versioned;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * 7: An answer is the state at the one LSN that it names, for all its keys together; that is not behind the log's end. A
 * linearizable one is not before the last change of its keys that was in the log when the call was made: whoever had read
 * the log had seen that. What a write says of keys it did not change is a read too.
 */
final class Read implements Invariant {
  private final Watch watch;

  Read(Watch watch) {
    this.watch = watch;
  }

  @Override
  public void answered(Call call) {
    Object answer = call.answer();
    if (call.asked instanceof Call.Get get && answer instanceof GetResult got) {
      level(call, got.position(), get.request().consistency(), get.request().keys());
      get(call, get.request().keys(), got);
    } else if (call.asked instanceof Call.Scan scan && answer instanceof ScanPage page) {
      level(call, page.position(), scan.request().consistency(), watch.truth().keys());
      scan(call, page);
    } else if (call.asked instanceof Call.Write write && watch.truth().events(write.request().request().id()).isEmpty()) {
      unlogged(call, write.request());
    }
  }

  private void level(Call call, ReadPosition position, Consistency asked, Collection<Bytes> keys) {
    long told = position.revision();
    if (told > watch.truth().lsn()) {
      watch.broken(this, call + " was answered " + Words.of(call) + ", and the log ends at LSN " + watch.truth().lsn());
      return;
    }
    if (asked instanceof Consistency.AtLeast atLeast && told < atLeast.revision()) {
      watch.broken(this, call + " was answered as of LSN " + told);
    }
    boolean byAge = asked instanceof Consistency.Stale && position.servedBy().equals("stale");
    if (byAge && asked instanceof Consistency.Stale stale) {
      // The age is that of some moment between call and answer: at least that of the call.
      long ageMs = call.calledAtWallMs - watch.truth().logTimeAt(told);
      if (ageMs > stale.maxAge().toMillis() && call.node.clock().jumps() == call.clockJumps) {
        watch.broken(this, call + " was answered as of LSN " + told + ", which is " + ageMs + " ms old");
      }
    }
    if (!byAge && !(asked instanceof Consistency.AtLeast)) {
      for (Bytes key : keys) {
        long seen = watch.truth().changedAt(key, call.calledAtLsn);
        if (seen > told) {
          watch.broken(this, call + " was answered " + Words.of(call) + ", and " + key + " had changed at LSN " + seen
              + " before the call");
        }
      }
    }
  }

  private void get(Call call, List<Bytes> keys, GetResult got) {
    long told = got.position().revision();
    for (int i = 0; i < keys.size(); i++) {
      Optional<Versioned> truth = at(keys.get(i), told);
      if (!got.entries().get(i).equals(truth)) {
        watch.broken(this, call + " was answered " + Words.of(call) + ", and " + keys.get(i) + " was " + truth + " at LSN " + told);
      }
    }
  }

  /** Pages are larger than the partition key. */
  private void scan(Call call, ScanPage page) {
    long told = page.position().revision();
    List<Entry> truth = new ArrayList<>();
    for (Bytes key : watch.truth().keys()) {
      at(key, told).ifPresent(found -> truth.add(new Entry(io.logfold.query.testing.SimulatedNode.PK, key, found.value(), found.revision())));
    }
    boolean same = truth.size() == page.entries().size();
    for (int i = 0; same && i < truth.size(); i++) {
      Entry entry = page.entries().get(i);
      same = entry.key().equals(truth.get(i).key()) && entry.value().equals(truth.get(i).value())
          && entry.revision() == truth.get(i).revision();
    }
    if (!same) {
      watch.broken(this, call + " was answered " + Words.of(call) + ", and at LSN " + told + " it was " + truth);
    }
  }

  private Optional<Versioned> at(Bytes key, long lsn) {
    return watch.truth().valueAt(key, lsn).map(value -> new Versioned(value, watch.truth().revisionAt(key, lsn)));
  }

  private void unlogged(Call call, CommitRequest request) {
    switch (call.answer()) {
      case CommitOutcome.PredicateFailed failed -> {
        Bytes key = failed.key();
        OptionalLong revision = failed.currentRevision();
        if (!was(key, call.calledAtLsn, revision)) {
          watch.broken(this, call + " was answered " + failed + ", and that was not so at any LSN from " + call.calledAtLsn
              + " to " + watch.truth().lsn());
        }
      }
      case CommitOutcome.Applied applied when !applied.changed() -> {
        for (Mutation mutation : request.mutations()) {
          if (!was(mutation.key(), call.calledAtLsn, OptionalLong.empty())) {
            watch.broken(this, call + " was answered that nothing had to change, and " + mutation.key()
                + " was there at every LSN from " + call.calledAtLsn + " to " + watch.truth().lsn());
          }
        }
      }
      case null, default -> {}
    }
  }

  /** Whether the key had this revision at some LSN from there on. */
  private boolean was(Bytes key, long fromLsn, OptionalLong revision) {
    long wanted = revision.orElse(0);
    for (long lsn = fromLsn; lsn <= watch.truth().lsn(); lsn++) {
      if (watch.truth().revisionAt(key, lsn) == wanted) {
        return true;
      }
    }
    return false;
  }
}
