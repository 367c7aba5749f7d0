package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.KeyRange;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Imports a git branch's history: each commit along first parents is one event (several, where it changes more than
 * {@link Step#MAX_CHANGES} paths) that changes key = path to value = {@code MODE OID}. So a scan of the partition key
 * is at every moment what {@code git ls-tree -r} lists at some commit or between two chunks of one.
 *
 * <p>Run again, at any time after any interruption, it goes on behind the last commit that is in the store. Each run
 * belongs to the thread that calls it.
 */
public final class GitImporter {
  private final Store store;
  private final LongSupplier nowMs;
  private final RandomGenerator random;
  private final Consumer<Duration> sleep;
  private final ImportListener listener;

  public GitImporter(Store store, LongSupplier nowMs, RandomGenerator random, Consumer<Duration> sleep,
      ImportListener listener) {
    this.store = store;
    this.nowMs = nowMs;
    this.random = random;
    this.sleep = sleep;
    this.listener = listener;
  }

  /**
   * Imports what is not in the store yet.
   *
   * @throws GitException where git cannot be read
   * @throws ImportRefusedException where the import could not be faithful
   * @throws io.logfold.api.StoreException where the store fails for good, or for longer than patience lasts
   */
  public ImportSummary run(ImportOptions options) throws InterruptedException {
    GitRepository repository = GitRepository.open(options.repository());
    GitRepository.Tip tip = repository.tip(options.branch());
    Bytes partitionKey = options.partitionKey().orElseGet(() -> Bytes.utf8(repository.name() + "/" + tip.branch()));
    Patience patience = new Patience(sleep);
    MarkKeeper marks = new MarkKeeper(store, options.call(), patience, nowMs, random, partitionKey);
    List<String> firstParents = repository.firstParents(tip.oid());

    Optional<MarkKeeper.Kept> found = marks.read();
    if (found.isEmpty()) {
      refuseUnlessEmpty(partitionKey, patience, options);
    }
    MarkKeeper.Kept kept =
        found.orElseGet(() -> marks.moveSurely(Optional.empty(), Mark.start(newImportId())));
    if (options.rewritten()) {
      listener.started(partitionKey, firstParents.size() - 1L, 1);
      return new TreeTakeover(store, options.call(), patience, nowMs, marks, partitionKey, listener)
          .run(repository, firstParents, kept, newImportId());
    }
    int from = startIndex(kept.mark(), firstParents, tip, partitionKey);
    long end = options.limit() == 0 ? firstParents.size() : Math.min(firstParents.size(), from + options.limit());
    listener.started(partitionKey, from, end - from);
    try (GitHistory history = repository.history(firstParents, from)) {
      Pipeline pipeline = new Pipeline(store, options.call(), patience, nowMs, marks, kept, partitionKey, history, end,
          listener);
      pipeline.run();
      Mark mark = pipeline.mark();
      return new ImportSummary(partitionKey, mark.oid().orElseThrow(), pipeline.commits(), pipeline.changes(),
          pipeline.storeCommits(), firstParents.size() - 1L - firstParents.indexOf(mark.oid().orElseThrow()));
    }
  }

  private static int startIndex(Mark mark, List<String> firstParents, GitRepository.Tip tip, Bytes partitionKey) {
    if (mark.oid().isEmpty()) {
      return 0;
    }
    int index = firstParents.indexOf(mark.oid().get());
    if (index < 0) {
      throw new ImportRefusedException("the last imported commit of " + partitionKey + ", " + mark.oid().get()
          + ", is not among the first parents of " + tip.branch() + " (" + tip.oid() + "): the branch was rewritten, or"
          + " another one is meant. Use --rewritten to bring the store to the branch's tip by one difference, or import"
          + " into another --partition-key");
    }
    return mark.complete() ? index + 1 : index;
  }

  private void refuseUnlessEmpty(Bytes partitionKey, Patience patience, ImportOptions options) {
    ScanRequest first = new ScanRequest(partitionKey, KeyRange.ALL, 1, false, true, Consistency.LINEARIZABLE, false,
        Optional.empty());
    if (!patience.ask(() -> store.scan(first, options.call())).entries().isEmpty()) {
      throw new ImportRefusedException("partition key " + partitionKey + " holds keys that no import has written;"
          + " choose another with --partition-key, or delete them");
    }
  }

  private String newImportId() {
    return HexFormat.of().toHexDigits(random.nextLong());
  }
}
