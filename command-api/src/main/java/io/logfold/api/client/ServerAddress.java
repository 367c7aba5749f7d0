package io.logfold.api.client;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.net.URI;
import java.net.URISyntaxException;

/** Where a server is found: {@code http://HOST[:PORT]}, port 7171 where none is given. */
record ServerAddress(String host, int port) {
  static final int DEFAULT_PORT = 7171;

  static ServerAddress parse(String url) {
    URI uri;
    try {
      uri = new URI(url.strip());
    } catch (URISyntaxException e) {
      throw refused(url, e.getReason());
    }
    if ("https".equalsIgnoreCase(uri.getScheme())) {
      throw new StoreException(ErrorCode.UNSUPPORTED,
          "server URL '" + url + "': TLS is not offered yet; use http://HOST:PORT inside a trusted network");
    }
    if (!"http".equalsIgnoreCase(uri.getScheme())) {
      throw refused(url, "the scheme is not http");
    }
    if (uri.getHost() == null) {
      throw refused(url, "it names no host, or a host or port that is none");
    }
    if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null
        || !(uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))) {
      throw refused(url, "nothing may follow the port, and no user may stand before the host");
    }
    if (uri.getPort() == 0 || uri.getPort() > 65_535) {
      throw refused(url, "the port is not 1 to 65535");
    }
    return new ServerAddress(uri.getHost(), uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort());
  }

  private static StoreException refused(String url, String why) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT,
        "server URL must look like http://HOST:PORT, got '" + url + "': " + why);
  }

  @Override
  public String toString() {
    return "http://" + host + ":" + port;
  }
}
