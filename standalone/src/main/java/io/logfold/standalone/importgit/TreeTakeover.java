package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Entry;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/**
 * Brings a partition key to a commit's tree by the difference to what it holds, whatever that is: for branches whose
 * history was rewritten. The mark moves once everything is in; interrupted, the next run takes the difference that is
 * left.
 */
final class TreeTakeover {
  private final Store store;
  private final CallOptions call;
  private final Patience patience;
  private final LongSupplier nowMs;
  private final MarkKeeper marks;
  private final Bytes partitionKey;
  private final ImportListener listener;
  /** At which the partition key holds what was last seen or written. */
  private long revision;

  TreeTakeover(Store store, CallOptions call, Patience patience, LongSupplier nowMs, MarkKeeper marks,
      Bytes partitionKey, ImportListener listener) {
    this.store = store;
    this.call = call;
    this.patience = patience;
    this.nowMs = nowMs;
    this.marks = marks;
    this.partitionKey = partitionKey;
    this.listener = listener;
  }

  /** Takes the last of the first parents over, under a new import id. */
  ImportSummary run(GitRepository repository, List<String> firstParents, MarkKeeper.Kept kept, String importId) {
    int index = firstParents.size() - 1;
    GitCommit tip = repository.commit(firstParents, index);
    String reason = "rewritten, was " + kept.mark().oid().orElse("empty") + ": " + tip.subject();
    List<TreeChange> changes = difference(current(), repository.tree(tip.oid()));
    List<Step> steps = Step.of(new GitCommit(index, tip.oid(), tip.author(), reason, changes), 0);
    for (Step step : steps) {
      if (!step.changes().isEmpty()) {
        apply(new Flight(step, List.of()), importId);
      }
    }
    listener.imported(tip.oid(), revision);
    marks.moveSurely(Optional.of(kept), Mark.start(importId).after(steps.getLast()));
    return new ImportSummary(partitionKey, tip.oid(), 1, changes.size(), changes.isEmpty() ? 0 : steps.size(), 0);
  }

  private void apply(Flight flight, String importId) {
    for (int failures = 1; ; failures++) {
      CommitRequest request = flight.send(partitionKey, importId, 1, nowMs.getAsLong());
      try {
        switch (store.commit(request, call).join()) {
          case CommitOutcome.Applied applied -> {
            revision = applied.revision();
            return;
          }
          case CommitOutcome.PredicateFailed failed -> throw new ImportRefusedException(failed.key()
              + " was changed by somebody else meanwhile; run again to take the difference that is left");
        }
      } catch (ImportRefusedException e) {
        throw e;
      } catch (RuntimeException e) {
        patience.waitAfter(StoreException.from(e), failures);
      }
    }
  }

  private NavigableMap<Bytes, Bytes> current() {
    NavigableMap<Bytes, Bytes> current = new TreeMap<>();
    ScanRequest request = ScanRequest.of(partitionKey, ScanOptions.all());
    while (true) {
      ScanRequest asked = request;
      ScanPage page = patience.ask(() -> store.scan(asked, call));
      revision = page.position().revision();
      for (Entry entry : page.entries()) {
        current.put(entry.key(), entry.value());
      }
      if (!page.more()) {
        return current;
      }
      request = request.next(page.last(), page.snapshotId());
    }
  }

  private static List<TreeChange> difference(NavigableMap<Bytes, Bytes> from, NavigableMap<Bytes, Bytes> to) {
    TreeSet<Bytes> paths = new TreeSet<>(from.keySet());
    paths.addAll(to.keySet());
    List<TreeChange> changes = new ArrayList<>();
    for (Bytes path : paths) {
      Optional<Bytes> before = Optional.ofNullable(from.get(path));
      Optional<Bytes> after = Optional.ofNullable(to.get(path));
      if (!before.equals(after)) {
        changes.add(new TreeChange(path, before, after));
      }
    }
    return changes;
  }
}
