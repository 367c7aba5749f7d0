package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffPage.Difference;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.HistoryPage;
import io.logfold.api.ScanPage;
import io.logfold.api.Versioned;
import io.logfold.query.values.Opened;
import io.logfold.query.values.StoredValues;
import io.logfold.query.values.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What a history holds as it is stored, opened for whoever asked. A value that was made unreadable is told as that, and never
 * as absent; and what was made so before the call is not opened, wherever this node stands in the log: so an answer
 * that holds encrypted values waits for the node to catch up with the vault, once. Any thread may call it, none blocks.
 */
final class PastValuesOpened {
  private final Values values;

  PastValuesOpened(Values values) {
    this.values = values;
  }

  CompletableFuture<GetResult> open(GetRequest request, GetResult stored) {
    return Values.allPlain(stored) ? CompletableFuture.completedFuture(stored)
        : values.caughtUp().thenCompose(all -> values.open(request, stored));
  }

  CompletableFuture<ScanPage> open(ScanPage stored) {
    return Values.allPlain(stored) ? CompletableFuture.completedFuture(stored)
        : values.caughtUp().thenCompose(all -> values.open(stored));
  }

  /**
   * @param redactedBy the event that made a change's value unreadable, 0 where the history does not know: asked for those
   *     alone that are
   * @param caughtUp brings the history to where the change's partition is now; asked where it does not know: a redaction
   *     is known elsewhere on the node before it is in the history
   */
  CompletableFuture<HistoryPage> open(HistoryPage stored, Function<Change, CompletableFuture<Long>> redactedBy,
      Function<Change, CompletableFuture<Void>> caughtUp) {
    if (stored.changes().stream().allMatch(change -> change.value().map(StoredValues::isPlain).orElse(true))) {
      return CompletableFuture.completedFuture(stored);
    }
    return values.caughtUp().thenCompose(all -> openAll(stored, redactedBy, caughtUp));
  }

  private CompletableFuture<HistoryPage> openAll(HistoryPage stored, Function<Change, CompletableFuture<Long>> redactedBy,
      Function<Change, CompletableFuture<Void>> caughtUp) {
    List<CompletableFuture<Change>> changes = new ArrayList<>(stored.changes().size());
    for (Change change : stored.changes()) {
      changes.add(change.value().isEmpty() ? CompletableFuture.completedFuture(change)
          : values.open(change.partitionKey(), change.key(), change.value().get()).thenCompose(opened -> switch (opened) {
            case Opened.Plain plain -> CompletableFuture.completedFuture(with(change, Optional.of(plain.value()), 0));
            case Opened.Redacted redacted -> redactedBy.apply(change).thenCompose(by -> by != 0
                ? CompletableFuture.completedFuture(by)
                : caughtUp.apply(change).thenCompose(now -> redactedBy.apply(change)))
                .thenApply(by -> with(change, Optional.empty(), by));
          }));
    }
    return Values.all(changes).thenApply(opened -> new HistoryPage(opened, stored.next()));
  }

  CompletableFuture<DiffPage> open(Bytes partitionKey, DiffPage stored) {
    boolean plain = stored.differences().stream().allMatch(each -> isPlain(each.before()) && isPlain(each.after()));
    return plain ? CompletableFuture.completedFuture(stored)
        : values.caughtUp().thenCompose(all -> openAll(partitionKey, stored));
  }

  private static boolean isPlain(Optional<Versioned> stored) {
    return stored.isEmpty() || StoredValues.isPlain(stored.get().value());
  }

  private CompletableFuture<DiffPage> openAll(Bytes partitionKey, DiffPage stored) {
    List<CompletableFuture<Difference>> differences = new ArrayList<>(stored.differences().size());
    for (Difference each : stored.differences()) {
      differences.add(open(partitionKey, each.key(), each.before()).thenCombine(open(partitionKey, each.key(), each.after()),
          (before, after) -> new Difference(each.key(), before, after)));
    }
    return Values.all(differences).thenApply(opened ->
        new DiffPage(opened, stored.fromRevision(), stored.toRevision(), stored.next()));
  }

  private CompletableFuture<Optional<Versioned>> open(Bytes partitionKey, Bytes key, Optional<Versioned> stored) {
    if (isPlain(stored)) {
      return CompletableFuture.completedFuture(stored);
    }
    return values.open(partitionKey, key, stored.get().value()).thenApply(opened ->
        Optional.of(new Versioned(opened.shown(), stored.get().revision(), opened instanceof Opened.Redacted)));
  }

  private static Change with(Change change, Optional<Bytes> value, long redactedBy) {
    return new Change(change.partitionKey(), change.key(), change.revision(), change.previousRevision(), change.kind(), value,
        redactedBy, change.timeMs(), change.provenance(), change.requestId());
  }
}
