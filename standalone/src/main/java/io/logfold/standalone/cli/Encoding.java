package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.standalone.jsonl.JsonBytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/** How keys and values are written in arguments and in lines of output. */
enum Encoding {
  UTF8,

  /** As lines of output in utf8 are: what such a line shows can be given back. */
  ESCAPED,
  BASE64,
  HEX;

  /** Either alphabet of base64 is read, with padding or without. */
  Bytes read(String text) {
    try {
      return switch (this) {
        case UTF8 -> Bytes.utf8(text);
        case ESCAPED -> unescaped(text);
        case BASE64 -> Bytes.wrap(Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/')));
        case HEX -> Bytes.hex(text);
      };
    } catch (IllegalArgumentException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "'" + text + "' is not " + name().toLowerCase(Locale.ROOT) + ", which --encoding says it is", e);
    }
  }

  /** One line at most: in utf8 control characters, backslashes and bytes that are no text come as escapes. */
  String line(Bytes bytes) {
    return switch (this) {
      case UTF8, ESCAPED -> escaped(bytes);
      case BASE64 -> Base64.getEncoder().encodeToString(bytes.unsafeArray());
      case HEX -> bytes.hex();
    };
  }

  /** The text these bytes are, where they are UTF-8. */
  static Optional<String> text(Bytes bytes) {
    return JsonBytes.text(bytes);
  }

  private static String escaped(Bytes bytes) {
    Optional<String> text = text(bytes);
    StringBuilder line = new StringBuilder();
    if (text.isEmpty()) {
      for (byte b : bytes.unsafeArray()) {
        appendEscaped(line, b & 0xFF, b < 0);
      }
    } else {
      text.get().codePoints().forEach(c -> {
        if (c >= 0x80 && c < 0xA0) { // control characters too, of two bytes each
          appendEscaped(line, 0xC2, true);
          appendEscaped(line, c, true);
        } else if (c >= 0xA0) {
          line.appendCodePoint(c);
        } else {
          appendEscaped(line, c, false);
        }
      });
    }
    return line.toString();
  }

  private static Bytes unescaped(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length();) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (c != '\\') {
        bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
        continue;
      }
      char escape = i < text.length() ? text.charAt(i++) : ' ';
      switch (escape) {
        case '\\' -> bytes.write('\\');
        case 'n' -> bytes.write('\n');
        case 't' -> bytes.write('\t');
        case 'r' -> bytes.write('\r');
        case 'x' -> {
          if (i + 2 > text.length()) {
            throw new IllegalArgumentException("an \\x without two digits");
          }
          bytes.write(HexFormat.fromHexDigits(text, i, i + 2));
          i += 2;
        }
        default -> throw new IllegalArgumentException("no such escape");
      }
    }
    return Bytes.wrap(bytes.toByteArray());
  }

  private static void appendEscaped(StringBuilder line, int c, boolean always) {
    switch (c) {
      case '\\' -> line.append("\\\\");
      case '\n' -> line.append("\\n");
      case '\t' -> line.append("\\t");
      case '\r' -> line.append("\\r");
      default -> {
        if (always || c < 0x20 || c == 0x7F) {
          line.append("\\x").append(HexFormat.of().toHexDigits((byte) c));
        } else {
          line.append((char) c);
        }
      }
    }
  }
}
