package io.logfold.projector.table;

import java.net.URI;
import java.util.Optional;

/**
 * Opens tables of one kind. Registered in {@code META-INF/services/io.logfold.projector.table.TableDriver}, so that a
 * driver can live in somebody else's jar.
 */
public interface TableDriver {
  /** The scheme of the URLs it opens: {@code rocksdb} for {@code rocksdb:/var/lib/logfold}. */
  String scheme();

  /** Whether the table belongs to one node, so that every node folds every partition into its own. */
  boolean local();

  /**
   * The URL of the table that keeps the history beside the one of this URL: another one of the same backend, always the same.
   * Empty where this driver has no place for it; then there is no history.
   *
   * @param url as {@link #open} takes it
   */
  default Optional<String> historyUrl(String url) {
    return Optional.empty();
  }

  /**
   * Opens the table of a store, making it where it does not exist.
   *
   * @throws io.logfold.api.StoreException INVALID_ARGUMENT where the URL is not of its form, or the table is another
   *     store's, with what to do in the message
   * @throws TableException where the backend cannot be reached
   */
  Table open(URI url, String store, int partitions);
}
