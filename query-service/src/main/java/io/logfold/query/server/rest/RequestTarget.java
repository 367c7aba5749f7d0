package io.logfold.query.server.rest;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.StoreException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The request line's target, taken apart as it came: no normalisation, no second decoding, so that {@code a%2Fb} is one
 * key, {@code +} is a plus and {@code a//b} is not {@code a/b}.
 *
 * <p>Invariant: path segments and query values are still encoded; they are decoded where they are read, once.
 */
final class RequestTarget {
  private final List<String> segments;
  private final Map<String, String> query;

  private RequestTarget(List<String> segments, Map<String, String> query) {
    this.segments = segments;
    this.query = query;
  }

  /** From the raw target, {@code /v1/kv/a%2Fb?limit=3}. */
  static RequestTarget parse(String raw) {
    int mark = raw.indexOf('?');
    String path = mark < 0 ? raw : raw.substring(0, mark);
    List<String> segments = new ArrayList<>(4);
    int from = 1;
    for (int slash = path.indexOf('/', 1); slash >= 0; slash = path.indexOf('/', from)) {
      segments.add(path.substring(from, slash));
      from = slash + 1;
    }
    segments.add(from <= path.length() ? path.substring(from) : "");
    return new RequestTarget(segments, mark < 0 ? Map.of() : parseQuery(raw.substring(mark + 1)));
  }

  private static Map<String, String> parseQuery(String raw) {
    Map<String, String> query = new LinkedHashMap<>();
    for (String pair : raw.split("&", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = PercentCoding.decodeText("a query parameter's name", equals < 0 ? pair : pair.substring(0, equals));
      if (query.put(name, equals < 0 ? "" : pair.substring(equals + 1)) != null) {
        throw invalid("query parameter " + name + " must be given once, got it twice");
      }
    }
    return query;
  }

  int size() {
    return segments.size();
  }

  /** As it came, or empty behind the last one. */
  String segment(int index) {
    return index < segments.size() ? segments.get(index) : "";
  }

  /** Refuses parameters that the endpoint does not know: a misspelled one must not be ignored. */
  void checkParameters(Set<String> known) {
    for (String name : query.keySet()) {
      if (!known.contains(name)) {
        throw invalid("query parameter '" + name + "' is not known here; expected "
            + (known.isEmpty() ? "none" : "one of " + String.join(", ", known.stream().sorted().toList())));
      }
    }
  }

  /** A path segment as the key it stands for. */
  Bytes keySegment(int index, String field) {
    return key(field, segment(index));
  }

  Optional<Bytes> key(String parameter) {
    return Optional.ofNullable(query.get(parameter)).map(raw -> key(parameter, raw));
  }

  Optional<String> text(String parameter) {
    return Optional.ofNullable(query.get(parameter)).map(raw -> PercentCoding.decodeText(parameter, raw));
  }

  /** True for {@code x=true} and a bare {@code x}. */
  boolean flag(String parameter) {
    return switch (text(parameter).orElse("false")) {
      case "", "true" -> true;
      case "false" -> false;
      default -> throw invalid(parameter + " must be true or false, got '" + text(parameter).orElse("") + "'");
    };
  }

  int number(String parameter, int otherwise) {
    Optional<String> given = text(parameter);
    if (given.isEmpty()) {
      return otherwise;
    }
    try {
      return Integer.parseInt(given.get());
    } catch (NumberFormatException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          parameter + " must be a whole number, got '" + given.get() + "'", e);
    }
  }

  /** How many a page has at most. */
  int limit(int otherwise) {
    int limit = number("limit", otherwise);
    if (limit < 1 || limit > Limits.MAX_PAGE_ENTRIES) {
      throw invalid("limit must be 1 to " + Limits.MAX_PAGE_ENTRIES + ", got " + limit);
    }
    return limit;
  }

  private Bytes key(String field, String raw) {
    return switch (text("encoding").orElse("percent")) {
      case "percent" -> PercentCoding.decode(field, raw);
      case "base64url" -> base64url(field, PercentCoding.decodeText(field, raw));
      default -> throw invalid(
          "encoding must be percent (the default) or base64url, got '" + text("encoding").orElse("") + "'");
    };
  }

  static Bytes base64url(String field, String text) {
    try {
      return Bytes.wrap(Base64.getUrlDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, field
          + " must be base64url (A-Z a-z 0-9 - _, with or without padding), got '" + shortened(text) + "'", e);
    }
  }

  static String shortened(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "... (" + text.length() + " characters)";
  }

  private static StoreException invalid(String message) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
