package io.logfold.projector.table.postgres;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableDriver;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Opens {@code postgres://USER:PASSWORD@HOST:PORT/DATABASE?prefix=NAME_&pool=N}; {@link PostgresUrl} says what each
 * part is. The table is shared: the projectors of all nodes write it, each some partitions.
 */
public class PostgresTableDriver implements TableDriver {
  private static final Pattern PREFIX = Pattern.compile("([?&]prefix=)([^&]*)");

  @Override
  public String scheme() {
    return "postgres";
  }

  @Override
  public boolean local() {
    return false;
  }

  /** The same database, with {@code history_} behind the prefix of its names. */
  @Override
  public final Optional<String> historyUrl(String url) {
    Matcher prefix = PREFIX.matcher(url);
    return Optional.of(prefix.find() ? prefix.replaceFirst("$1$2history_")
        : url + (url.indexOf('?') < 0 ? "?" : "&") + "prefix=" + PostgresUrl.DEFAULT_PREFIX + "history_");
  }

  @Override
  public final Table open(URI url, String store, int partitions) {
    return PostgresTable.open(PostgresUrl.parse(url, System::getenv), store, partitions);
  }
}
