package io.logfold.projector.table.memory;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableDriver;
import java.net.URI;
import java.util.Optional;

/** Opens {@code memory:}, each time a new and empty table. */
public final class MemoryTableDriver implements TableDriver {
  @Override
  public String scheme() {
    return "memory";
  }

  @Override
  public boolean local() {
    return true;
  }

  /** Each table that is opened is another one. */
  @Override
  public Optional<String> historyUrl(String url) {
    return Optional.of(url);
  }

  @Override
  public Table open(URI url, String store, int partitions) {
    if (!url.toString().equalsIgnoreCase("memory:") && !url.toString().equalsIgnoreCase("memory:/")) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "a table in memory is opened by memory: and nothing else,"
          + " got \"" + url + "\"");
    }
    return new MemoryTable(store, partitions);
  }
}
