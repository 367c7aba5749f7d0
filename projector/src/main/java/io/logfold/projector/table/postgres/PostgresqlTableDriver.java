package io.logfold.projector.table.postgres;

/** The same for those who write {@code postgresql://}, as libpq also does. */
public final class PostgresqlTableDriver extends PostgresTableDriver {
  @Override
  public String scheme() {
    return "postgresql";
  }
}
