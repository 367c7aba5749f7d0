package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;

/** Told of an import's progress, on the importer's thread; must be quick. */
public interface ImportListener {
  /** Before the first commit: where to, from which commit on (0 is the root), and how many are ahead. */
  void started(Bytes partitionKey, long fromIndex, long commitsAhead);

  /** The totals of this run so far. */
  void advanced(long commits, long changes);

  /**
   * The partition key holds this commit's tree at this revision. Told in the order of commits, before the mark that makes the
   * next run begin behind it, so that over all runs no commit is left out; one may be told twice.
   */
  default void imported(String oid, long revision) {}

  /** Something went wrong that the import gets over by itself. */
  void retrying(String why);

  /** One that does nothing. */
  ImportListener SILENT = new ImportListener() {
    @Override
    public void started(Bytes partitionKey, long fromIndex, long commitsAhead) {}

    @Override
    public void advanced(long commits, long changes) {}

    @Override
    public void retrying(String why) {}
  };
}
