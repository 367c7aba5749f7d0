package io.logfold.query.server.grpc;

import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.logfold.api.Store;
import io.logfold.api.wire.OperationBatch;
import io.logfold.api.wire.WireResults;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** The service on a port of its own, on loopback; counts the frames that clients send. */
final class TestServer implements AutoCloseable {
  final AtomicInteger frames = new AtomicInteger();
  private final Server server;
  private final int port;

  TestServer(Store store) {
    this(store, SessionLimits.DEFAULT, 0);
  }

  TestServer(Store store, SessionLimits limits, int port) {
    this(store, ThisNode.alone(store), limits, port);
  }

  TestServer(Store store, ThisNode node, SessionLimits limits, int port) {
    GrpcService service = GrpcService.builder()
        .addService(ServerInterceptors.intercept(new KvGrpcService(store, node, limits), new FrameCounter()))
        .maxRequestMessageLength(WireResults.MAX_MESSAGE_BYTES)
        .build();
    // Tight for a call, and so for a session that did not lift them.
    server = Server.builder()
        .http(new InetSocketAddress("127.0.0.1", port))
        .requestTimeoutMillis(2_000)
        .maxRequestLength(1024 * 1024)
        .service(service)
        .build();
    server.start().join();
    this.port = server.activeLocalPort();
  }

  int port() {
    return port;
  }

  String url() {
    return "http://127.0.0.1:" + port();
  }

  /** Closes the port and all connections; does not wait for the server's threads, which takes seconds. */
  @Override
  public void close() {
    server.stop();
  }

  private final class FrameCounter implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
        @Override
        public void onMessage(Q message) {
          if (message instanceof OperationBatch) {
            frames.incrementAndGet();
          }
          super.onMessage(message);
        }
      };
    }
  }
}
