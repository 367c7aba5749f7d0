package io.logfold.standalone.jsonl;

/**
 * What a run of an import did.
 *
 * @param imported rows whose keys were absent and are now there
 * @param overwritten rows that replaced another value
 * @param skipped rows whose keys kept another value
 * @param unchanged rows whose keys had the very value
 * @param before rows that an earlier run had done
 * @param redacted rows of the file that hold no value to import: it was unreadable when the file was made
 */
public record ImportSummary(long imported, long overwritten, long skipped, long unchanged, long before, long redacted) {
  ImportSummary withRedacted(long rows) {
    return new ImportSummary(imported, overwritten, skipped, unchanged, before, rows);
  }

  public long rows() {
    return imported + overwritten + skipped + unchanged;
  }
}
