package io.logfold.api;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Moments in words, the same in every interface: digits alone are a revision; ISO-8601 with an offset, a date alone
 * (midnight, UTC) or {@code @MILLISECONDS} a time; {@code 0=12,1=7} the revision of each partition.
 */
public final class Moments {
  private static final Pattern DIGITS = Pattern.compile("\\d+");
  private static final Pattern POSITIONS = Pattern.compile("\\d+=\\d+(,\\d+=\\d+)*");
  private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");

  private Moments() {}

  /** @param field what the text was given as; a refusal names it */
  public static Moment parse(String field, String text) {
    try {
      if (DIGITS.matcher(text).matches()) {
        return new Moment.Revision(Long.parseLong(text));
      }
      if (POSITIONS.matcher(text).matches()) {
        return positions(field, text);
      }
      return new Moment.Time(isoOrMillis(text));
    } catch (DateTimeException | NumberFormatException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, field + " must be a revision (42), a time with its offset"
          + " (2026-11-23T03:00:00Z, 2026-11-23T04:00:00+01:00), a date (2026-11-23: midnight, UTC), @MILLISECONDS since the"
          + " epoch, or the revision of each partition (0=12,1=7); got '" + text + "'", e);
    }
  }

  /** A time, milliseconds since the epoch; digits alone are such milliseconds here. */
  public static long parseTimeMs(String field, String text) {
    try {
      return new Moment.Time(DIGITS.matcher(text).matches() ? Long.parseLong(text) : isoOrMillis(text)).timeMs();
    } catch (DateTimeException | NumberFormatException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, field + " must be a time with its offset (2026-11-23T03:00:00Z), a"
          + " date (2026-11-23: midnight, UTC), or milliseconds since the epoch; got '" + text + "'", e);
    }
  }

  private static long isoOrMillis(String text) {
    if (text.startsWith("@")) {
      return Long.parseLong(text.substring(1));
    }
    Instant instant = DATE.matcher(text).matches()
        ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
        : OffsetDateTime.parse(text).toInstant();
    try {
      return instant.toEpochMilli();
    } catch (ArithmeticException e) {
      throw new DateTimeException("beyond what milliseconds can count", e);
    }
  }

  private static Moment positions(String field, String text) {
    List<Long> revisions = new ArrayList<>();
    for (String each : text.split(",", -1)) {
      int equals = each.indexOf('=');
      if (Integer.parseInt(each.substring(0, equals)) != revisions.size()) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, field + " names the partitions from 0 on, each once and in order"
            + " (0=12,1=7); got '" + text + "'");
      }
      revisions.add(Long.parseLong(each.substring(equals + 1)));
    }
    return new Moment.Positions(revisions);
  }
}
