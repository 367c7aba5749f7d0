package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.standalone.jsonl.JsonBytes;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/** How keys and values are written in arguments and in lines of output. */
enum Encoding {
  UTF8,
  BASE64,
  HEX;

  /** Either alphabet of base64 is read, with padding or without. */
  Bytes read(String text) {
    try {
      return switch (this) {
        case UTF8 -> Bytes.utf8(text);
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
      case UTF8 -> escaped(bytes);
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
      text.get().chars().forEach(c -> appendEscaped(line, c, c >= 0x7F && c < 0xA0));
    }
    return line.toString();
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
