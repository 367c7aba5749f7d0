package io.logfold.query.server.rest;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.replay.Until;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** How far a replay goes, in words: a time, a revision that no partition goes beyond, or the revision of each partition. */
final class UntilText {
  private UntilText() {}

  /** @param text {@code 2026-11-22T10:00:00Z}, {@code 1000}, or {@code 0:1000,1:990}; empty: to the end of the log */
  static Until parse(Optional<String> text, int partitions) {
    if (text.isEmpty()) {
      return new Until.EndOfLog();
    }
    String until = text.get().strip();
    try {
      if (until.matches("\\d+")) {
        return new Until.AtMost(Long.parseLong(until));
      }
      if (until.matches("\\d+:\\d+(,\\d+:\\d+)*")) {
        Map<Integer, Long> each = new HashMap<>();
        for (String part : until.split(",", -1)) {
          int colon = part.indexOf(':');
          int partition = Integer.parseInt(part.substring(0, colon));
          if (partition >= partitions || each.put(partition, Long.parseLong(part.substring(colon + 1))) != null) {
            throw refused(until, partitions, null);
          }
        }
        return new Until.Position(each);
      }
      return new Until.Time(Instant.parse(until).toEpochMilli());
    } catch (DateTimeParseException | NumberFormatException e) {
      throw refused(until, partitions, e);
    }
  }

  private static StoreException refused(String until, int partitions, @org.jspecify.annotations.Nullable Exception cause) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "until must be a time such as 2026-11-22T10:00:00Z, a revision, or"
        + " PARTITION:REVISION,... with partitions 0 to " + (partitions - 1) + ", each once; got \"" + until + "\"", cause);
  }
}
