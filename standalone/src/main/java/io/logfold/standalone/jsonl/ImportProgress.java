package io.logfold.standalone.jsonl;

/** Told of an import's progress, on the importer's thread; must be quick. */
public interface ImportProgress {
  /** So many rows of this run are done, of so many. */
  void advanced(long rows, long of);

  /** Something went wrong that the import gets over by itself. */
  void retrying(String why);

  /** One that does nothing. */
  ImportProgress SILENT = new ImportProgress() {
    @Override
    public void advanced(long rows, long of) {}

    @Override
    public void retrying(String why) {}
  };
}
