package io.logfold.query.server.dynamodb.item;

import java.math.BigDecimal;

/**
 * A number of DynamoDB: a decimal of at most 38 significant digits, zero or of a magnitude from 1E-130 to
 * 9.9999999999999999999999999999999999999E+125. Equal numbers are equal here however they were written: trailing zeros
 * and the sign of zero are not kept. Arithmetic is exact, or refused.
 */
public final class DynamoNumber implements Comparable<DynamoNumber> {
  static final int MAX_DIGITS = 38;
  /** Of the power of ten at the first digit. */
  static final int MIN_EXPONENT = -130;

  static final int MAX_EXPONENT = 125;
  /** Longer texts are not read: the longest that says a number in the range without idle zeros has under 200. */
  private static final int MAX_TEXT = 1024;

  private static final String PRECISION = "DynamoDB only supports precision up to 38 digits";
  private static final String OVERFLOW =
      "Number overflow. Attempting to store a number with magnitude larger than supported range";
  private static final String UNDERFLOW =
      "Number underflow. Attempting to store a number with magnitude smaller than supported range";
  private static final String NOT_A_NUMBER = "A value provided cannot be converted into a number";

  public static final DynamoNumber ZERO = new DynamoNumber(BigDecimal.ZERO);

  private final BigDecimal value;

  private DynamoNumber(BigDecimal value) {
    this.value = value;
  }

  /** Reads a number as clients write it: {@code -1.50}, {@code +.5}, {@code 1e-7}. */
  public static DynamoNumber parse(String text) {
    if (text.length() > MAX_TEXT) {
      throw new ValidationException(PRECISION);
    }
    try {
      return of(new BigDecimal(text));
    } catch (NumberFormatException e) {
      throw new ValidationException(NOT_A_NUMBER);
    }
  }

  public static DynamoNumber of(long value) {
    return of(BigDecimal.valueOf(value));
  }

  public static DynamoNumber of(BigDecimal value) {
    if (value.signum() == 0) {
      return ZERO;
    }
    // First: of a number with an exponent near an int's end no zeros can be stripped.
    long exponent = exponent(value);
    if (exponent > (long) MAX_EXPONENT + MAX_TEXT || exponent < (long) MIN_EXPONENT - MAX_TEXT) {
      throw new ValidationException(exponent > 0 ? OVERFLOW : UNDERFLOW);
    }
    BigDecimal stripped = value.stripTrailingZeros();
    if (stripped.precision() > MAX_DIGITS) {
      throw new ValidationException(PRECISION);
    }
    if (exponent > MAX_EXPONENT) {
      throw new ValidationException(OVERFLOW);
    }
    if (exponent < MIN_EXPONENT) {
      throw new ValidationException(UNDERFLOW);
    }
    return new DynamoNumber(stripped);
  }

  private static long exponent(BigDecimal value) {
    return (long) value.precision() - value.scale() - 1;
  }

  /** Refused where the exact sum needs more digits or another magnitude than numbers have. */
  public DynamoNumber plus(DynamoNumber other) {
    return of(value.add(other.value));
  }

  public DynamoNumber minus(DynamoNumber other) {
    return of(value.subtract(other.value));
  }

  public BigDecimal value() {
    return value;
  }

  /** The power of ten at the first digit; of zero nothing. */
  int exponent() {
    return Math.toIntExact(exponent(value));
  }

  /** As DynamoDB prints it: no exponent, no zeros that say nothing. */
  public String text() {
    return value.toPlainString();
  }

  /** A byte for two significant digits, which pair from the point to both sides, one more, and one for a minus. */
  int sizeBytes() {
    if (value.signum() == 0) {
      return 1;
    }
    int first = Math.floorDiv(exponent(), 2);
    int last = Math.floorDiv(-value.scale(), 2);
    return first - last + 1 + (value.signum() < 0 ? 2 : 1);
  }

  @Override
  public int compareTo(DynamoNumber other) {
    return value.compareTo(other.value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DynamoNumber n && value.equals(n.value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return text();
  }
}
