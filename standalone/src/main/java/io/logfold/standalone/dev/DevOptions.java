package io.logfold.standalone.dev;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How development mode is started.
 *
 * @param data folder of everything that is kept: the broker's log, the node's identity, the table unless told otherwise
 * @param host to listen on
 * @param port to listen on; 0: any free one
 * @param table URL of the table
 * @param partitions of the store when it is made; 0: what the data has, or the default for a new store
 * @param principalSource where the principal of a write comes from: {@code header} or {@code none}
 * @param memtableBytes of all partitions together: what the leaders remember; above it reads go to the table
 * @param leastFreeDiskBytes with less than that left on the data folder's disk, writes are refused
 * @param history whether a history is kept beside the table
 * @param masterKey file of the key for values that can be redacted; empty: they are refused
 */
public record DevOptions(Path data, String host, int port, String table, int partitions, String principalSource,
    long memtableBytes, long leastFreeDiskBytes, boolean history, Optional<Path> masterKey) {
  public static final long DEFAULT_MEMTABLE_BYTES = 256L << 20;
  public static final long DEFAULT_LEAST_FREE_DISK_BYTES = 512L << 20;

  /** With a history, without a master key. */
  public DevOptions(Path data, String host, int port, String table, int partitions, String principalSource,
      long memtableBytes, long leastFreeDiskBytes) {
    this(data, host, port, table, partitions, principalSource, memtableBytes, leastFreeDiskBytes, true, Optional.empty());
  }
}
