package io.logfold.standalone;

import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.logfold.api.Store;
import io.logfold.api.wire.WireResults;
import io.logfold.query.server.grpc.KvGrpcService;
import java.net.InetSocketAddress;

/** A store behind gRPC on a loopback port of its own. */
public final class WireServer implements AutoCloseable {
  private final Server server;

  public WireServer(Store store) {
    server = Server.builder()
        .http(new InetSocketAddress("127.0.0.1", 0))
        .service(GrpcService.builder().addService(new KvGrpcService(store))
            .maxRequestMessageLength(WireResults.MAX_MESSAGE_BYTES).build())
        .build();
    server.start().join();
  }

  public String url() {
    return "http://127.0.0.1:" + server.activeLocalPort();
  }

  /** Closes the port; does not wait for the server's threads, which takes seconds. */
  @Override
  public void close() {
    server.stop();
  }
}
