package io.logfold.standalone.e2e;

import io.logfold.api.Store;
import io.logfold.api.testing.StoreContract;
import io.logfold.query.server.rest.RestStore;
import java.net.URI;
import java.net.http.HttpClient;
import org.junit.jupiter.api.extension.ExtendWith;

/** The whole contract of the real thing, asked in HTTP's words. */
@ExtendWith(SharedNode.class)
class DevNodeOverRestTest extends StoreContract {
  @Override
  public Store openStore() {
    return new RestStore(URI.create(SharedNode.url()).getPort(), HttpClient.Version.HTTP_2, () -> {});
  }
}
