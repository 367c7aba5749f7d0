package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Predicate;
import io.logfold.api.StoreException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What must hold of the key: one of these options. */
final class Conditions {
  private Conditions() {}

  /** For {@code set-if}. */
  static final class OfSet {
    @Option(names = "--absent", description = "The key must be absent.")
    boolean absent;

    @Option(names = "--exists", description = "The key must exist.")
    boolean exists;

    @Option(names = "--value-equals", paramLabel = "VALUE",
        description = "The key must have this value; '-' is standard input.")
    @Nullable String valueEquals;

    @Option(names = "--value-equals-file", paramLabel = "FILE",
        description = "The key must have this file's bytes as value.")
    @Nullable Path valueEqualsFile;

    @Option(names = "--revision", paramLabel = "N", description = "The key must have this revision.")
    @Nullable Long revision;

    Predicate predicate(StoreCommand command, Bytes key) {
      return absent ? new Predicate.Absent(key) : condition(command, key, exists, valueEquals, valueEqualsFile,
          revision);
    }
  }

  /** For {@code delete}. */
  static final class OfDelete {
    @Option(names = "--if-exists", description = "Refuse where the key is absent.")
    boolean exists;

    @Option(names = "--if-value-equals", paramLabel = "VALUE", description = "Refuse unless the key has this value.")
    @Nullable String valueEquals;

    @Option(names = "--if-value-equals-file", paramLabel = "FILE",
        description = "Refuse unless the key has this file's bytes as value.")
    @Nullable Path valueEqualsFile;

    @Option(names = "--if-revision", paramLabel = "N", description = "Refuse unless the key has this revision.")
    @Nullable Long revision;

    Predicate predicate(StoreCommand command, Bytes key) {
      return condition(command, key, exists, valueEquals, valueEqualsFile, revision);
    }
  }

  private static Predicate condition(StoreCommand command, Bytes key, boolean exists, @Nullable String valueEquals,
      @Nullable Path valueEqualsFile, @Nullable Long revision) {
    if (exists) {
      return new Predicate.Exists(key);
    }
    if (valueEquals != null) {
      return new Predicate.ValueEquals(key, command.argument(valueEquals));
    }
    if (valueEqualsFile != null) {
      return new Predicate.ValueEquals(key, command.file(valueEqualsFile));
    }
    if (revision != null) {
      return new Predicate.RevisionIs(key, revision);
    }
    throw new StoreException(ErrorCode.INVALID_ARGUMENT, "no condition was given");
  }
}
