package io.logfold.standalone.cli;

import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.Moment;
import io.logfold.api.Moments;
import io.logfold.api.StoreException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --as-of}: reads the past. */
final class AsOfOption {
  @Option(names = "--as-of", paramLabel = "REV|TIME",
      description = "Read what was there behind this revision, or at this time: 42, 2026-11-23T03:00:00Z, 2026-11-23"
          + " (midnight, UTC), @MILLISECONDS, or the revision of each partition, 0=12,1=7.")
  @Nullable String text;

  Optional<Moment> moment() {
    return Optional.ofNullable(text).map(given -> Moments.parse("--as-of", given));
  }

  /** @param said by {@code --consistency} */
  Consistency consistency(Consistency said) {
    Optional<Moment> moment = moment();
    if (moment.isPresent() && !said.equals(Consistency.LINEARIZABLE)) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "--as-of and --consistency exclude each other: the past is as it is");
    }
    return moment.<Consistency>map(Consistency.AsOf::new).orElse(said);
  }

  /** For people, where the answer to a read of the past is empty for this reason. */
  void note(CliIo io, long revision) {
    if (text != null && revision == 0) {
      io.err().println("logfold: note: " + text + " is before the first event of this partition: there was nothing");
    }
  }
}
