package io.logfold.query.server.rest;

import io.logfold.api.Store;
import io.logfold.api.testing.ReferenceStore;
import io.logfold.api.testing.StoreContract;
import io.logfold.query.server.LogfoldServer;
import java.net.http.HttpClient;
import java.time.Duration;

/** The whole contract over REST and HTTP/1.1. */
class RestContractTest extends StoreContract {
  @Override
  public Store openStore() {
    return open(HttpClient.Version.HTTP_1_1);
  }

  static Store open(HttpClient.Version version) {
    ReferenceStore store = new ReferenceStore();
    LogfoldServer server = LogfoldServer.builder(store).port(0).drain(Duration.ZERO)
        .principalSource(PrincipalSource.HEADER).start();
    return new RestStore(server.port(), version, () -> {
      server.close();
      store.close();
    });
  }
}
