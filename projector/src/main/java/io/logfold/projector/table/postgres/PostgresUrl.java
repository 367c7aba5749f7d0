package io.logfold.projector.table.postgres;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a table is, and who asks for it. The password appears nowhere but in {@link #password}.
 *
 * @param host name or address; an IPv6 address in brackets
 * @param user from the URL, else from PGUSER
 * @param password from the URL, else from PGPASSWORD; null where there is none
 * @param prefix what the names of the store's tables begin with, so that several stores can share a database
 * @param pool most connections for reads and batches
 * @param snapshots most snapshots open at once, each with a connection of its own beside the pool
 * @param sslMode of the JDBC driver: disable, allow, prefer, require, verify-ca, verify-full
 * @param sslRootCert file of the authority's certificate, where not the driver's default
 */
record PostgresUrl(String host, int port, String database, String user, @Nullable String password, String prefix,
    int pool, int snapshots, Optional<String> sslMode, Optional<String> sslRootCert) {
  static final String DEFAULT_PREFIX = "logfold_";
  private static final String FORM = "postgres://USER:PASSWORD@HOST:PORT/DATABASE?prefix=NAME_&pool=8";
  private static final List<String> PARAMETERS = List.of("pool", "prefix", "snapshots", "sslmode", "sslrootcert");
  private static final List<String> SSL_MODES =
      List.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");
  /** Names that need no quotes and leave room for what comes behind: Postgres's names end at 63 bytes. */
  private static final Pattern PREFIX = Pattern.compile("[a-z_][a-z0-9_]{0,39}");
  private static final Pattern PORT = Pattern.compile("\\d{1,5}");
  private static final Pattern COUNT = Pattern.compile("[1-9]\\d{0,2}");

  /** @param environment PGUSER and PGPASSWORD are asked of it */
  static PostgresUrl parse(URI url, Function<String, @Nullable String> environment) {
    String authority = url.getRawAuthority();
    if (authority == null || url.getRawFragment() != null) {
      throw invalid("the host is missing, or a character that must be quoted is not (%23 for #, %2F for /, %3F for ?)");
    }
    int at = authority.lastIndexOf('@');
    String[] who = (at < 0 ? "" : authority.substring(0, at)).split(":", 2);
    String where = authority.substring(at + 1);
    int colon = where.lastIndexOf(':');
    boolean hasPort = colon > where.lastIndexOf(']');
    String host = hasPort ? where.substring(0, colon) : where;
    if (host.isEmpty() || host.contains(",")) {
      throw invalid("exactly one host is expected, got \"" + host + "\"");
    }
    String user = who[0].isEmpty() ? environment.apply("PGUSER") : decode(who[0]);
    if (user == null || user.isEmpty()) {
      throw invalid("the user is missing; PGUSER does not say it either");
    }
    String password = who.length == 2 ? decode(who[1]) : environment.apply("PGPASSWORD");
    String path = url.getRawPath();
    String database = path == null || path.isEmpty() ? "" : decode(path.substring(1));
    if (database.isEmpty() || database.contains("/")) {
      throw invalid("one database is expected behind the host, got \"" + database + "\"");
    }
    TreeMap<String, String> given = parameters(url.getRawQuery());
    return new PostgresUrl(host, hasPort ? port(where.substring(colon + 1)) : 5432, database, user, password,
        prefix(given.getOrDefault("prefix", DEFAULT_PREFIX)), count("pool", given.getOrDefault("pool", "8")),
        count("snapshots", given.getOrDefault("snapshots", "16")), sslMode(given.get("sslmode")),
        Optional.ofNullable(given.get("sslrootcert")));
  }

  /** For messages. */
  String place() {
    return host + ":" + port + "/" + database + " (tables " + prefix + "*)";
  }

  @Override
  public String toString() {
    return "postgres://" + user + "@" + host + ":" + port + "/" + database + "?prefix=" + prefix;
  }

  private static TreeMap<String, String> parameters(@Nullable String query) {
    TreeMap<String, String> given = new TreeMap<>();
    for (String parameter : query == null || query.isEmpty() ? new String[0] : query.split("&", -1)) {
      String[] pair = parameter.split("=", 2);
      if (!PARAMETERS.contains(pair[0]) || pair.length == 1) {
        // Without its value: somebody may have put the password there.
        throw invalid("parameters are " + String.join("=, ", PARAMETERS) + "=; got \"" + pair[0] + "\"");
      }
      if (given.put(pair[0], decode(pair[1])) != null) {
        throw invalid("the parameter " + pair[0] + " is there twice");
      }
    }
    return given;
  }

  private static int port(String text) {
    int port = PORT.matcher(text).matches() ? Integer.parseInt(text) : 0;
    if (port < 1 || port > 65_535) {
      // Not shown: behind a forgotten @ stands the password.
      throw invalid("a port is a number from 1 to 65535; and @ stands between password and host");
    }
    return port;
  }

  private static String prefix(String text) {
    if (!PREFIX.matcher(text).matches()) {
      throw invalid("a prefix is 1 to 40 of a-z, 0-9 and _, with no digit in front; got \"" + text + "\"");
    }
    return text;
  }

  private static int count(String name, String text) {
    if (!COUNT.matcher(text).matches()) {
      throw invalid(name + " is a number from 1 to 999, got \"" + text + "\"");
    }
    return Integer.parseInt(text);
  }

  private static Optional<String> sslMode(@Nullable String mode) {
    if (mode != null && !SSL_MODES.contains(mode)) {
      throw invalid("sslmode is one of " + String.join(", ", SSL_MODES) + "; got \"" + mode + "\"");
    }
    return Optional.ofNullable(mode);
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // Its message would show the text, which may be the password.
      throw invalid("a % must have two hexadecimal digits behind it (%25 for % itself)");
    }
  }

  private static StoreException invalid(String why) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT,
        "not the URL of a Postgres table: " + why + "; expected for example " + FORM);
  }
}
