package io.logfold.standalone.dev;

import io.logfold.standalone.node.StartupException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the embedded broker of a running node listens, in a file of its data folder: for those who read the log beside
 * the node. The file is right while the node runs; one that was killed leaves it behind.
 */
public final class BrokerAddress {
  private static final String FILE = "kafka.address";

  private BrokerAddress() {}

  static void write(Path data, String address) throws StartupException {
    try {
      Files.writeString(data.resolve(FILE), address + "\n", StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new StartupException("cannot write " + data.resolve(FILE) + ": " + e, e);
    }
  }

  static void remove(Path data) {
    try {
      Files.deleteIfExists(data.resolve(FILE));
    } catch (IOException e) {
      // The next start writes it anew, and nobody reads it before.
    }
  }

  /** {@code HOST:PORT}; empty where no node runs, or has run. */
  public static Optional<String> read(Path data) {
    try {
      return Optional.of(Files.readString(data.resolve(FILE), StandardCharsets.US_ASCII).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
