package io.logfold.projector.table.postgres;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableDriver;
import java.net.URI;

/**
 * Opens {@code postgres://USER:PASSWORD@HOST:PORT/DATABASE?prefix=NAME_&pool=N}; {@link PostgresUrl} says what each
 * part is. The table is shared: the projectors of all nodes write it, each some partitions.
 */
public class PostgresTableDriver implements TableDriver {
  @Override
  public String scheme() {
    return "postgres";
  }

  @Override
  public boolean local() {
    return false;
  }

  @Override
  public final Table open(URI url, String store, int partitions) {
    return PostgresTable.open(PostgresUrl.parse(url, System::getenv), store, partitions);
  }
}
