package io.logfold.projector.table.rocksdb;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableDriver;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Opens {@code rocksdb:DIR}, relative or absolute, with {@code ?cache=64MiB} for the size of the block cache. */
public final class RocksDbTableDriver implements TableDriver {
  private static final long DEFAULT_CACHE_BYTES = 64L << 20;
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(|KiB|MiB|GiB)");

  @Override
  public String scheme() {
    return "rocksdb";
  }

  @Override
  public boolean local() {
    return true;
  }

  /** {@code rocksdb:DIR/history}: a folder in the folder. */
  @Override
  public Optional<String> historyUrl(String url) {
    int query = url.indexOf('?');
    String folder = query < 0 ? url : url.substring(0, query);
    return Optional.of(folder.replaceFirst("/+$", "") + "/history" + (query < 0 ? "" : url.substring(query)));
  }

  @Override
  public Table open(URI url, String store, int partitions) {
    if (url.getRawFragment() != null || url.getRawAuthority() != null) {
      throw invalid(url, "a folder of this machine is expected, without // HOST and #");
    }
    // A relative folder makes the URL opaque, and then java.net.URI does not find the query.
    String[] parts = url.getRawSchemeSpecificPart().split("\\?", 2);
    String folder = decode(parts[0]);
    while (folder.startsWith("//")) {
      folder = folder.substring(1);
    }
    if (folder.isEmpty() || folder.equals("/")) {
      throw invalid(url, "the folder is missing");
    }
    long cacheBytes = parts.length == 1 ? DEFAULT_CACHE_BYTES : cacheBytes(url, parts[1]);
    return RocksDbTable.open(Path.of(folder), store, partitions, cacheBytes);
  }

  private static long cacheBytes(URI url, String query) {
    long bytes = DEFAULT_CACHE_BYTES;
    for (String option : query.split("&", -1)) {
      String[] pair = option.split("=", 2);
      if (!pair[0].equals("cache") || pair.length == 1) {
        throw invalid(url, "the only option is cache=SIZE, got \"" + option + "\"");
      }
      bytes = size(url, pair[1]);
    }
    return bytes;
  }

  private static long size(URI url, String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw invalid(url, "a size is a number with KiB, MiB or GiB behind it, got \"" + text + "\"");
    }
    @Nullable String unit = matcher.group(2);
    int shift = switch (unit == null ? "" : unit.toLowerCase(Locale.ROOT)) {
      case "kib" -> 10;
      case "mib" -> 20;
      case "gib" -> 30;
      default -> 0;
    };
    return Long.parseLong(text.substring(0, matcher.end(1))) << shift;
  }

  private static String decode(String path) {
    return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static StoreException invalid(URI url, String why) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "not the URL of a RocksDB table: \"" + url + "\": " + why
        + "; expected for example rocksdb:/var/lib/logfold?cache=64MiB");
  }
}
