package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/** One page of the store's partition keys from the next page of each partition. */
public final class PartitionKeysMerge {
  private PartitionKeysMerge() {}

  /** Fails where one of the pages fails. */
  public static CompletableFuture<PartitionKeysPage> of(PartitionKeysRequest request, List<CompletableFuture<PartitionKeysPage>> pages) {
    return CompletableFuture.allOf(pages.toArray(CompletableFuture<?>[]::new)).thenApply(all -> merge(request, pages));
  }

  private static PartitionKeysPage merge(PartitionKeysRequest request, List<CompletableFuture<PartitionKeysPage>> pages) {
    TreeSet<Bytes> merged = new TreeSet<>();
    // Behind where a partition got to there may be others of it: nothing above the least such end is known whole.
    Optional<Bytes> knownWholeTo = Optional.empty();
    for (CompletableFuture<PartitionKeysPage> each : pages) {
      PartitionKeysPage page = each.join();
      merged.addAll(page.partitionKeys());
      if (page.more()) {
        Bytes last = page.last().orElseThrow();
        knownWholeTo = Optional.of(knownWholeTo.filter(end -> end.compareTo(last) <= 0).orElse(last));
      }
    }
    boolean more = knownWholeTo.isPresent();
    List<Bytes> whole = List.copyOf(knownWholeTo.map(end -> merged.headSet(end, true)).orElse(merged));
    return whole.size() > request.pageSize()
        ? new PartitionKeysPage(whole.subList(0, request.pageSize()), true)
        : new PartitionKeysPage(whole, more, knownWholeTo.filter(end -> whole.isEmpty() || !whole.getLast().equals(end)));
  }
}
