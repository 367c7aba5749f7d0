package io.logfold.standalone.jsonl;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What readers and writers of these files agree on. */
final class Format {
  static final int VERSION = 1;
  static final String STATE = "logfold-state";
  static final String EVENTS = "logfold-events";

  /** First field of the trailer, and of no other line. */
  static final String END = "end";

  /** Field of a row in place of a value that nobody can read any more. */
  static final String REDACTED = "redacted";

  /** Larger values come without their text: it would only make the file twice as long. */
  static final int MOST_TEXT_BYTES = 1_024;

  private Format() {}

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
