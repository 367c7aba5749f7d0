package io.logfold.query.server;

import com.linecorp.armeria.common.FlagsProvider;

/**
 * Two of Armeria's process-wide switches, which it finds by ServiceLoader: keys may hold semicolons, which are not
 * matrix parameters here, and query parameters may hold {@code ..}, since no file is ever served by its name.
 */
public final class HttpFlags implements FlagsProvider {
  @Override
  public int priority() {
    return 0;
  }

  @Override
  public String name() {
    return "logfold";
  }

  @Override
  public Boolean allowSemicolonInPathComponent() {
    return true;
  }

  @Override
  public Boolean allowDoubleDotsInQueryString() {
    return true;
  }
}
