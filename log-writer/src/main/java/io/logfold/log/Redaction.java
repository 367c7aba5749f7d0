package io.logfold.log;

import io.logfold.api.Bytes;
import io.logfold.api.Limits;

/**
 * A value that was made unreadable: its key was destroyed once this was in the log.
 *
 * @param key whose value
 * @param revision of the event that put it, 1 or more
 * @param keyId names the key that the value is encrypted under, {@link #KEY_ID_BYTES} bytes
 */
public record Redaction(Bytes key, long revision, Bytes keyId) {
  public static final int KEY_ID_BYTES = 16;

  public Redaction {
    Limits.checkKey(key);
    if (revision < 1) {
      throw new IllegalArgumentException("a redacted value has a revision of 1 or more, got " + revision);
    }
    if (keyId.size() != KEY_ID_BYTES) {
      throw new IllegalArgumentException("a key id has " + KEY_ID_BYTES + " bytes, got " + keyId.size());
    }
  }
}
