package io.logfold.standalone.cli;

import io.logfold.api.ErrorCode;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What the process's exit code says. The codes of failures are those of {@link ErrorCode#exitCode}. */
final class ExitCodes {
  static final int OK = 0;
  static final int USAGE = 2;
  /** The key is absent, a predicate did not hold, or a resolved request was withdrawn. */
  static final int ABSENT_OR_REFUSED = 3;
  /** 128 + SIGPIPE, as every program that does not handle it. */
  static final int OUTPUT_CLOSED = 141;

  private ExitCodes() {}

  /** For people. */
  static List<String> table() {
    TreeMap<Integer, String> rows = new TreeMap<>(Arrays.stream(ErrorCode.values()).collect(Collectors.groupingBy(
        ErrorCode::exitCode, Collectors.mapping(ErrorCode::name, Collectors.joining(", ")))));
    rows.put(OK, "done");
    rows.merge(USAGE, "wrong usage", (codes, usage) -> usage + ", or " + codes);
    rows.put(ABSENT_OR_REFUSED, "the key is absent, a predicate did not hold, a request was withdrawn, or an import was refused");
    rows.merge(ErrorCode.CORRUPT.exitCode(), "a verification found differences, or an audit that the log was touched", (codes, found) -> codes + ", or " + found);
    rows.put(OUTPUT_CLOSED, "whoever read the output went away (as in 'logfold scan ... | head')");
    return rows.entrySet().stream().map(row -> "%4d  %s".formatted(row.getKey(), row.getValue())).toList();
  }
}
