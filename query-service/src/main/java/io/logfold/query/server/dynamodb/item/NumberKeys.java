package io.logfold.query.server.dynamodb.item;

import io.logfold.api.Bytes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;

/**
 * Numbers as keys: bytes whose order is the order of the numbers, at most 23 of them, one form for one number.
 *
 * <pre>
 * zero       0x80
 * positive   0xC0  exponent + 130   pairs of digits, each + 1
 * negative   0x40  and the bytes of its magnitude behind the first, each inverted, then 0xFF
 * </pre>
 *
 * The exponent is the power of ten at the first digit. Pairs begin at the first digit; an odd last digit is paired with
 * a zero, and pairs of zeros at the end are not there. A longer positive number is the greater one where all pairs of
 * the shorter are the same, which is the order of byte strings; of negatives the longer is the smaller, for which the
 * 0xFF behind them stands: no inverted pair is that high. For example 12.3 is {@code C0 83 0D 1F}.
 */
public final class NumberKeys {
  private static final byte NEGATIVE = 0x40;
  private static final byte ZERO = (byte) 0x80;
  private static final byte POSITIVE = (byte) 0xC0;
  private static final int END = 0xFF;

  private NumberKeys() {}

  public static Bytes encode(DynamoNumber number) {
    int sign = number.value().signum();
    if (sign == 0) {
      return Bytes.wrap(new byte[] {ZERO});
    }
    String digits = number.value().unscaledValue().abs().toString();
    int pairs = (digits.length() + 1) / 2;
    byte[] key = new byte[2 + pairs + (sign < 0 ? 1 : 0)];
    key[0] = sign < 0 ? NEGATIVE : POSITIVE;
    key[1] = masked(number.exponent() - DynamoNumber.MIN_EXPONENT, sign);
    for (int i = 0; i < pairs; i++) {
      int high = digits.charAt(2 * i) - '0';
      int low = 2 * i + 1 < digits.length() ? digits.charAt(2 * i + 1) - '0' : 0;
      key[2 + i] = masked(high * 10 + low + 1, sign);
    }
    if (sign < 0) {
      key[key.length - 1] = (byte) END;
    }
    return Bytes.wrap(key);
  }

  /** The number of {@link #encode}; anything else is an {@link IllegalArgumentException}. */
  public static DynamoNumber decode(Bytes key) {
    byte[] bytes = key.unsafeArray();
    if (bytes.length == 1 && bytes[0] == ZERO) {
      return DynamoNumber.ZERO;
    }
    if (bytes.length < 3 || bytes[0] != NEGATIVE && bytes[0] != POSITIVE) {
      throw notANumber(key);
    }
    int sign = bytes[0] == NEGATIVE ? -1 : 1;
    int end = sign < 0 ? bytes.length - 1 : bytes.length;
    StringBuilder digits = new StringBuilder(40);
    for (int i = 2; i < end; i++) {
      int pair = masked(bytes[i], sign) - 1;
      if (pair < 0 || pair > 99) {
        throw notANumber(key);
      }
      digits.append((char) ('0' + pair / 10)).append((char) ('0' + pair % 10));
    }
    if (digits.isEmpty()) {
      throw notANumber(key);
    }
    BigInteger unscaled = new BigInteger(digits.toString());
    int exponent = (masked(bytes[1], sign) & 0xFF) + DynamoNumber.MIN_EXPONENT;
    BigDecimal magnitude = new BigDecimal(unscaled, digits.length() - 1 - exponent);
    DynamoNumber number;
    try {
      number = DynamoNumber.of(sign < 0 ? magnitude.negate() : magnitude);
    } catch (ValidationException e) {
      throw notANumber(key);
    }
    // One form for one number: a key with idle zeros, or without its end, is not one.
    if (!Arrays.equals(encode(number).unsafeArray(), bytes)) {
      throw notANumber(key);
    }
    return number;
  }

  private static byte masked(int value, int sign) {
    return (byte) (sign < 0 ? ~value : value);
  }

  private static IllegalArgumentException notANumber(Bytes key) {
    return new IllegalArgumentException(key.hex() + " is not the key of a number");
  }
}
