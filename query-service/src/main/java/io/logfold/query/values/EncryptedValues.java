package io.logfold.query.values;

import io.logfold.api.Mutation;
import io.logfold.log.LogRecord;
import io.logfold.log.LogScan;
import io.logfold.log.RecordCodec;
import java.util.List;
import java.util.stream.IntStream;

/** Whether a log holds values whose keys are in a vault, or were. Blocks, as long as it takes to read the log; any thread. */
public final class EncryptedValues {
  private EncryptedValues() {}

  /**
   * Reads up to the first one. Void events count: their keys were kept as well.
   *
   * @throws io.logfold.api.StoreException UNAVAILABLE where the log cannot be read
   */
  public static boolean in(LogScan.Opener opener, int partitions) {
    boolean[] found = new boolean[1];
    try (LogScan log = opener.open()) {
      List<Integer> all = IntStream.range(0, partitions).boxed().toList();
      log.ends(all).forEach((partition, end) -> {
        if (!found[0]) {
          log.read(partition, 0, end, (offset, raw) -> {
            found[0] = RecordCodec.decode(raw) instanceof RecordCodec.Decoded.Ok ok
                && ok.record() instanceof LogRecord.Event event && of(event);
            return !found[0];
          });
        }
      });
    }
    return found[0];
  }

  private static boolean of(LogRecord.Event event) {
    return event.redaction().isPresent() || event.mutations().stream().anyMatch(
        mutation -> mutation instanceof Mutation.Put put && StoredValues.keyId(put.value()).isPresent());
  }
}
