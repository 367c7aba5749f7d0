package io.logfold.query.server.rest;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Percent-encoding as bytes: what is encoded is decoded exactly once, and everything else, {@code +} too, is itself. */
final class PercentCoding {
  private PercentCoding() {}

  /** Characters above 0x7F stand for the byte that came over the wire, as Netty hands them over. */
  static Bytes decode(String field, String raw) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        boolean whole = i + 2 < raw.length();
        int high = whole ? hexDigit(raw.charAt(i + 1)) : -1;
        int low = whole ? hexDigit(raw.charAt(i + 2)) : -1;
        if (high < 0 || low < 0) {
          throw new StoreException(ErrorCode.INVALID_ARGUMENT, field
              + " must be percent-encoded: two hexadecimal digits follow each %, and a % itself is %25; got '" + raw
              + "'");
        }
        bytes.write(high << 4 | low);
        i += 2;
      } else if (c > 0xFF) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT,
            field + " must be percent-encoded UTF-8, got the character U+" + Integer.toHexString(c));
      } else {
        bytes.write(c);
      }
    }
    return Bytes.wrap(bytes.toByteArray());
  }

  static String decodeText(String field, String raw) {
    return text(decode(field, raw)).orElseThrow(() -> new StoreException(ErrorCode.INVALID_ARGUMENT,
        field + " must be UTF-8, percent-encoded where it is not ASCII; got '" + raw + "'"));
  }

  /** The bytes as text where they are valid UTF-8. */
  static Optional<String> text(Bytes bytes) {
    try {
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.unsafeArray())).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static int hexDigit(char c) {
    return c <= 'f' ? Character.digit(c, 16) : -1;
  }
}
