package io.logfold.query.server.rest;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import io.logfold.api.CallOptions;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the header fields of a request say; each refusal names the field, what it expects and what was given. */
final class RequestFields {
  static final AsciiString IDEMPOTENCY_KEY = HttpHeaderNames.of("idempotency-key");
  static final AsciiString ATTEMPT = HttpHeaderNames.of("logfold-attempt");
  static final AsciiString REQUEST_TIME = HttpHeaderNames.of("logfold-request-time");
  static final AsciiString REASON = HttpHeaderNames.of("logfold-reason");
  static final AsciiString PRINCIPAL = HttpHeaderNames.of("logfold-principal");
  static final AsciiString CONSISTENCY = HttpHeaderNames.of("logfold-consistency");
  static final AsciiString TIMEOUT = HttpHeaderNames.of("logfold-timeout");

  private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h)");

  private RequestFields() {}

  /**
   * The request's identity. Without an Idempotency-Key the server makes one and this is the first attempt; with one and
   * no Logfold-Attempt the attempt is not known, which the store treats as a possible retry.
   */
  static RequestInfo requestInfo(RequestHeaders headers, InstantSource clock, RandomGenerator random) {
    String key = headers.get(IDEMPOTENCY_KEY);
    String attempt = headers.get(ATTEMPT);
    String time = headers.get(REQUEST_TIME);
    if (key == null) {
      if (attempt != null || time != null) {
        throw invalid((attempt != null ? "Logfold-Attempt" : "Logfold-Request-Time")
            + " belongs to a request that has a name: send Idempotency-Key with it, a UUID");
      }
      return new RequestInfo(RequestId.random(random), 1, clock.millis());
    }
    RequestId id = requestId("Idempotency-Key", unquoted(key));
    if (time == null && !"1".equals(attempt)) {
      // With a time of its own each retry would be a request of its own age, and never be refused as expired.
      throw invalid("Idempotency-Key needs Logfold-Request-Time, when the request was first made in milliseconds since the"
          + " epoch, the same on every attempt; or Logfold-Attempt: 1 where this is the first");
    }
    return new RequestInfo(id,
        (int) number("Logfold-Attempt", attempt, 0, 1, Integer.MAX_VALUE, "1 for the first try, counted up"),
        number("Logfold-Request-Time", time, clock.millis(), 0, Long.MAX_VALUE, "milliseconds since the epoch"));
  }

  /** @param field where it stands */
  static RequestId requestId(String field, String text) {
    try {
      return RequestId.parse(text);
    } catch (StoreException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, field + " must be a UUID, got '" + text + "'", e);
    }
  }

  /** The time of a request that is to be resolved. */
  static long resolvedTime(RequestHeaders headers) {
    String time = headers.get(REQUEST_TIME);
    if (time == null) {
      throw invalid("resolve needs Logfold-Request-Time, the time that the request itself was sent with, milliseconds since"
          + " the epoch: only from it can the leader tell a request that never came from one that it has forgotten");
    }
    return number("Logfold-Request-Time", time, 0, 0, Long.MAX_VALUE, "milliseconds since the epoch");
  }

  static Provenance provenance(RequestHeaders headers, boolean principalFromHeader, String source) {
    String principal = principalFromHeader ? headers.get(PRINCIPAL) : null;
    return new Provenance(
        principal == null ? "" : PercentCoding.decodeText("Logfold-Principal", principal), RequestReason.of(headers), source);
  }

  static CallOptions callOptions(RequestHeaders headers) {
    String given = headers.get(TIMEOUT);
    return given == null
        ? CallOptions.DEFAULT
        : CallOptions.timeoutMs(number("Logfold-Timeout", given, 0, 1, 3_600_000, "milliseconds, at most an hour"));
  }

  static Consistency consistency(RequestHeaders headers) {
    String given = headers.get(CONSISTENCY, "linearizable").strip();
    if (given.equals("linearizable")) {
      return Consistency.LINEARIZABLE;
    }
    if (given.equals("barrier")) {
      return Consistency.BARRIER;
    }
    if (given.equals("read-index")) {
      return Consistency.READ_INDEX;
    }
    if (given.startsWith("at-least=")) {
      return new Consistency.AtLeast(number("Logfold-Consistency: at-least", given.substring(9), 0, 0, Long.MAX_VALUE,
          "a revision"));
    }
    if (given.startsWith("stale=")) {
      return new Consistency.Stale(duration(given.substring(6)));
    }
    throw invalid("Logfold-Consistency must be linearizable, barrier, read-index, at-least=REVISION or stale=DURATION, got '"
        + given + "'");
  }

  /** ISO-8601 ({@code PT0.5S}), or a whole number with ms, s, m or h. */
  private static Duration duration(String text) {
    Matcher matcher = SHORT_DURATION.matcher(text);
    if (matcher.matches()) {
      long amount = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(amount);
        case "s" -> Duration.ofSeconds(amount);
        case "m" -> Duration.ofMinutes(amount);
        default -> Duration.ofHours(amount);
      };
    }
    try {
      return Duration.parse(text.toUpperCase(Locale.ROOT));
    } catch (DateTimeParseException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "Logfold-Consistency: stale must be a duration such as 500ms, 2s or PT0.5S, got '" + text + "'", e);
    }
  }

  private static long number(String field, @Nullable String given, long otherwise, long least, long most, String what) {
    if (given == null) {
      return otherwise;
    }
    try {
      long number = Long.parseLong(given.strip());
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, wrong(field, what, given), e);
    }
    throw invalid(wrong(field, what, given));
  }

  private static String wrong(String field, String what, String given) {
    return field + " must be a whole number (" + what + "), got '" + given + "'";
  }

  private static String unquoted(String text) {
    boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
    return quoted ? text.substring(1, text.length() - 1) : text;
  }

  private static StoreException invalid(String message) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
