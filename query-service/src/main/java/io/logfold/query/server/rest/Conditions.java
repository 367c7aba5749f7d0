package io.logfold.query.server.rest;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Predicate;
import io.logfold.api.StoreException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * HTTP's words for optimistic locking, RFC 9110 section 13: an entity tag is a key's revision in quotes. Of the RFC's
 * forms those are taken that name one condition: {@code *}, or one strong tag; lists and weak tags are refused.
 */
final class Conditions {
  private Conditions() {}

  static String etag(long revision) {
    return "\"" + revision + "\"";
  }

  /** The predicate of a PUT or DELETE. */
  static List<Predicate> ofWrite(RequestHeaders headers, Bytes key) {
    String match = headers.get(HttpHeaderNames.IF_MATCH);
    String noneMatch = headers.get(HttpHeaderNames.IF_NONE_MATCH);
    if (match != null && noneMatch != null) {
      throw invalid("If-Match and If-None-Match exclude each other, got '" + match + "' and '" + noneMatch + "'");
    }
    if (match != null) {
      return List.of(match.strip().equals("*")
          ? new Predicate.Exists(key)
          : new Predicate.RevisionIs(key, revision("If-Match", match)));
    }
    if (noneMatch == null) {
      return List.of();
    }
    if (!noneMatch.strip().equals("*")) {
      throw invalid("If-None-Match of a write must be * (the key must be absent), got '" + noneMatch + "'");
    }
    return List.of(new Predicate.Absent(key));
  }

  /** Whether a read's If-Match forbids an answer; the revision is empty where the key is absent. */
  static boolean readFails(RequestHeaders headers, Optional<Long> revision) {
    String match = headers.get(HttpHeaderNames.IF_MATCH);
    return match != null && !names("If-Match", match, revision);
  }

  /** Whether the caller has this revision already (304). */
  static boolean notModified(RequestHeaders headers, long revision) {
    String noneMatch = headers.get(HttpHeaderNames.IF_NONE_MATCH);
    return noneMatch != null && names("If-None-Match", noneMatch, Optional.of(revision));
  }

  /** Refuses what is not of the form, before the store is asked. */
  static void checkRead(RequestHeaders headers) {
    check("If-Match", headers.get(HttpHeaderNames.IF_MATCH));
    check("If-None-Match", headers.get(HttpHeaderNames.IF_NONE_MATCH));
  }

  private static void check(String field, @Nullable String given) {
    if (given != null && !given.strip().equals("*")) {
      revision(field, given);
    }
  }

  private static boolean names(String field, String given, Optional<Long> revision) {
    return revision.isPresent() && (given.strip().equals("*") || revision(field, given) == revision.get());
  }

  private static long revision(String field, String given) {
    String tag = given.strip();
    if (tag.length() > 2 && tag.startsWith("\"") && tag.endsWith("\"")) {
      try {
        long revision = Long.parseLong(tag.substring(1, tag.length() - 1));
        if (revision > 0) {
          return revision;
        }
      } catch (NumberFormatException e) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, wrong(field, given), e);
      }
    }
    throw invalid(wrong(field, given));
  }

  private static String wrong(String field, String given) {
    return field + " must be * or one revision in quotes, as ETag gives it (\"42\"); got '" + given + "'";
  }

  private static StoreException invalid(String message) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
