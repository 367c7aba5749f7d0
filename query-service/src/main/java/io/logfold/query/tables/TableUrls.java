package io.logfold.query.tables;

import java.util.regex.Pattern;

/** URLs of tables as people may see them. */
public final class TableUrls {
  private static final Pattern USER_AND_PASSWORD = Pattern.compile("(//[^/@:]*):[^/@]*@");
  private static final Pattern PARAMETER = Pattern.compile("([?&](?:password|secret|token)[^=&]*)=[^&]*", Pattern.CASE_INSENSITIVE);

  private TableUrls() {}

  /** Without passwords. */
  public static String shown(String url) {
    String hidden = USER_AND_PASSWORD.matcher(url).replaceAll("$1:***@");
    return PARAMETER.matcher(hidden).replaceAll("$1=***");
  }
}
