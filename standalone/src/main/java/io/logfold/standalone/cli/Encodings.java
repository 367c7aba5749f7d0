package io.logfold.standalone.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of an {@link Encoding}. */
final class Encodings implements ITypeConverter<Encoding> {
  @Override
  public Encoding convert(String text) {
    return switch (text) {
      case "utf8" -> Encoding.UTF8;
      case "escaped" -> Encoding.ESCAPED;
      case "base64" -> Encoding.BASE64;
      case "hex" -> Encoding.HEX;
      default -> throw new TypeConversionException("'" + text + "' is not an encoding, expected utf8, escaped, base64 or hex");
    };
  }
}
