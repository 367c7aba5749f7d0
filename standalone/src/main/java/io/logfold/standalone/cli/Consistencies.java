package io.logfold.standalone.cli;

import io.logfold.api.Consistency;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code linearizable}, {@code barrier}, {@code read-index}, {@code at-least=REV}, {@code stale=DURATION}. */
final class Consistencies implements ITypeConverter<Consistency> {
  @Override
  public Consistency convert(String text) {
    if (text.equals("linearizable")) {
      return Consistency.LINEARIZABLE;
    }
    if (text.equals("barrier")) {
      return Consistency.BARRIER;
    }
    if (text.equals("read-index")) {
      return Consistency.READ_INDEX;
    }
    if (text.matches("at-least=\\d{1,18}")) {
      return new Consistency.AtLeast(Long.parseLong(text.substring("at-least=".length())));
    }
    if (text.startsWith("stale=")) {
      return new Consistency.Stale(Durations.parse(text.substring("stale=".length())));
    }
    throw new TypeConversionException("'" + text
        + "' is not a consistency, expected linearizable, barrier, read-index, at-least=REVISION or stale=DURATION");
  }
}
