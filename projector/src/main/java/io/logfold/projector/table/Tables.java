package io.logfold.projector.table;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Opens tables by URL, with the drivers that {@link ServiceLoader} finds on the class path. */
public final class Tables {
  private Tables() {}

  /**
   * Opens the table of a store, making it where it does not exist. The caller closes it.
   *
   * @param url {@code memory:}, {@code rocksdb:DIR}, {@code postgres://USER:PASSWORD@HOST/DATABASE} or the URL of
   *     another driver on the class path
   * @throws StoreException INVALID_ARGUMENT where the URL is not of its form or no driver knows its scheme, and what
   *     {@link TableDriver#open} throws
   */
  public static Table open(String url, String store, int partitions) {
    if (store.isEmpty()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "a table needs the name of its store, got none");
    }
    if (partitions < 1) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "a table has at least 1 partition, got " + partitions);
    }
    return driver(url).open(parse(url), store, partitions);
  }

  /** The driver that opens this URL; it tells whether the table is local to a node. */
  public static TableDriver driver(String url) {
    String scheme = parse(url).getScheme();
    TreeMap<String, TableDriver> known = new TreeMap<>();
    for (TableDriver driver : ServiceLoader.load(TableDriver.class)) {
      known.putIfAbsent(driver.scheme(), driver);
    }
    TableDriver driver = scheme == null ? null : known.get(scheme.toLowerCase(Locale.ROOT));
    if (driver == null) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "a table's URL begins with one of "
          + String.join(", ", known.keySet().stream().map(name -> name + ":").toList()) + "; got \""
          + TableUrls.shown(url) + "\"");
    }
    return driver;
  }

  /**
   * The URL of the table that keeps the history beside the table of this URL; empty where its driver has no place for one.
   *
   * @throws StoreException INVALID_ARGUMENT where no driver knows the scheme
   */
  public static Optional<String> historyUrl(String url) {
    return driver(url).historyUrl(url);
  }

  /** A URL as people type it: what a URI does not allow is quoted; one needs something behind the colon, so "/". */
  private static URI parse(String typed) {
    String url = typed.endsWith(":") ? typed + "/" : typed;
    URI strict = tryParse(url);
    if (strict != null) {
      return strict;
    }
    int colon = url.indexOf(':');
    try {
      return colon < 0 ? new URI(null, url, null) : new URI(url.substring(0, colon), url.substring(colon + 1), null);
    } catch (URISyntaxException e) {
      // Not as the cause: its message shows the whole text.
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "not a table's URL: \"" + TableUrls.shown(url) + "\" ("
          + e.getReason() + "); expected for example memory: or rocksdb:/var/lib/logfold");
    }
  }

  private static @Nullable URI tryParse(String url) {
    try {
      return new URI(url);
    } catch (URISyntaxException e) {
      return null;
    }
  }
}
