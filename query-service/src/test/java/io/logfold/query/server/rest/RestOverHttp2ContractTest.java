package io.logfold.query.server.rest;

import io.logfold.api.Store;
import io.logfold.api.testing.StoreContract;
import java.net.http.HttpClient;

/** The whole contract over REST and HTTP/2. */
class RestOverHttp2ContractTest extends StoreContract {
  @Override
  public Store openStore() {
    return RestContractTest.open(HttpClient.Version.HTTP_2);
  }
}
