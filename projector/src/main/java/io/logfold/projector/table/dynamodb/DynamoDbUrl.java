package io.logfold.projector.table.dynamodb;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code dynamodb://REGION/TABLE?endpoint=http://127.0.0.1:8000&create=true}, taken apart. Messages name what was
 * wrong and never repeat values that could be secrets.
 *
 * @param table of the rows; the checkpoints lie in {@link #checkpoints}
 * @param endpoint where it is not AWS's own of that region
 * @param create whether missing tables are made
 */
record DynamoDbUrl(String region, String table, Optional<URI> endpoint, boolean create) {
  private static final Pattern REGION = Pattern.compile("[a-z0-9-]{2,64}");
  /** DynamoDB's rule for names, which end at 255 characters, less the suffix. */
  private static final Pattern TABLE = Pattern.compile("[a-zA-Z0-9_.-]{3,243}");
  private static final String SUFFIX = "_checkpoints";

  String checkpoints() {
    return table + SUFFIX;
  }

  /** For messages. */
  String name() {
    return "dynamodb://" + region + "/" + table;
  }

  static DynamoDbUrl parse(URI url) {
    if (url.getRawUserInfo() != null || String.valueOf(url.getRawAuthority()).contains("@")) {
      throw invalid("credentials do not belong into it; the AWS SDK finds them in its usual places (environment,"
          + " profile, role)");
    }
    String region = url.getHost();
    if (region == null || url.getPort() >= 0 || !REGION.matcher(region).matches()) {
      throw invalid("the region is missing, or is none");
    }
    if (url.getRawFragment() != null) {
      throw invalid("it has a # part");
    }
    String table = String.valueOf(url.getPath()).replaceFirst("^/", "");
    if (!TABLE.matcher(table).matches()) {
      throw invalid("a table's name has 3 to 243 characters of a-z, A-Z, 0-9, _, - and . (its checkpoints lie in"
          + " another one, whose name ends in " + SUFFIX + ")");
    }
    return withParameters(region, table, url.getRawQuery());
  }

  private static DynamoDbUrl withParameters(String region, String table, @Nullable String query) {
    Optional<URI> endpoint = Optional.empty();
    boolean create = false;
    for (String parameter : query == null ? new String[0] : query.split("&", -1)) {
      String[] pair = parameter.split("=", 2);
      String value = pair.length == 1 ? "" : URLDecoder.decode(pair[1].replace("+", "%2B"), StandardCharsets.UTF_8);
      switch (pair[0]) {
        case "endpoint" -> endpoint = Optional.of(endpoint(value));
        case "create" -> {
          if (!value.equals("true") && !value.equals("false")) {
            throw invalid("create is true or false");
          }
          create = value.equals("true");
        }
        default -> throw invalid("the parameter \"" + pair[0] + "\" is not known; there are endpoint=URL and"
            + " create=true");
      }
    }
    return new DynamoDbUrl(region, table, endpoint, create);
  }

  private static URI endpoint(String value) {
    try {
      URI endpoint = new URI(value);
      boolean http = "http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme());
      if (http && endpoint.getHost() != null && endpoint.getRawUserInfo() == null && endpoint.getRawQuery() == null) {
        return endpoint;
      }
    } catch (URISyntaxException e) {
      // Said below, without the value.
    }
    throw invalid("endpoint is http://HOST:PORT or https://HOST:PORT, without credentials");
  }

  private static StoreException invalid(String why) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "not the URL of a DynamoDB table: " + why
        + "; expected dynamodb://REGION/TABLE, for example"
        + " dynamodb://eu-central-1/logfold?endpoint=http://127.0.0.1:8000&create=true");
  }
}
