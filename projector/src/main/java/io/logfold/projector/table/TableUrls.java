package io.logfold.projector.table;

import java.util.regex.Pattern;

/**
 * URLs of tables as people may see them. Where it cannot be told what is a password, too much is hidden rather than too
 * little: everything between the user's colon and the last @, and every parameter whose name sounds of a secret.
 */
public final class TableUrls {
  private static final Pattern USER_AND_PASSWORD = Pattern.compile("^([a-z][a-z0-9+.-]*:(?://[^:]*|[^/:]*)):.*@",
      Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  /** What stands where a port belongs and is none. */
  private static final Pattern NO_PORT = Pattern.compile(
      "^([a-z][a-z0-9+.-]*://[^:/@?#]*):(?!\\d{1,5}(?:[/?#,]|$)|\\*\\*\\*@)[^?#]*", Pattern.CASE_INSENSITIVE);
  private static final Pattern PARAMETER = Pattern.compile(
      "([?&;#][^=&;?]*(?:pass|pwd|secret|token|credential|key)[^=&;?]*)=[^&;]*", Pattern.CASE_INSENSITIVE);

  private TableUrls() {}

  /** Without passwords. */
  public static String shown(String url) {
    String hidden = USER_AND_PASSWORD.matcher(url).replaceAll("$1:***@");
    hidden = NO_PORT.matcher(hidden).replaceFirst("$1:***");
    return PARAMETER.matcher(hidden).replaceAll("$1=***");
  }
}
