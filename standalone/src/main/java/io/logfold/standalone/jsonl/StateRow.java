package io.logfold.standalone.jsonl;

import io.logfold.api.Bytes;

/**
 * One key with its value, as a line of a file has it. Legal: within the store's limits.
 *
 * @param redacted whether nobody could read the value when the file was made; it is empty then
 */
record StateRow(long line, Bytes partitionKey, Bytes key, Bytes value, boolean redacted) {
  /** What it takes of a commit. */
  int bytes() {
    return key.size() + value.size();
  }
}
