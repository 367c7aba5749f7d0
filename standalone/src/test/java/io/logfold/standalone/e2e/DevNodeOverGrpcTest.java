package io.logfold.standalone.e2e;

import io.logfold.api.Store;
import io.logfold.api.client.LogfoldClient;
import io.logfold.api.testing.StoreContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** The whole contract of the real thing: client, wire, server, leaders, Kafka, projector, RocksDB. */
@ExtendWith(SharedNode.class)
class DevNodeOverGrpcTest extends StoreContract {
  @Override
  public Store openStore() {
    return LogfoldClient.connect(SharedNode.url());
  }
}
