package io.logfold.standalone.jsonl;

/** What becomes of a row whose key the store holds with another value. A key with the very value is no conflict. */
public enum OnConflict {
  /** The store's value stays. */
  SKIP,
  /** The row's value replaces it. */
  OVERWRITE,
  /** The import stops. */
  FAIL
}
