package io.logfold.query.server.grpc;

import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.grpc.stub.StreamObserver;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.api.StoreException;
import io.logfold.api.wire.KvGrpc;
import io.logfold.api.wire.Operation;
import io.logfold.api.wire.OperationBatch;
import io.logfold.api.wire.Result;
import io.logfold.api.wire.ResultBatch;
import io.logfold.api.wire.WireErrors;
import io.logfold.api.wire.WireResults;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Finds nothing while it is open; while it closes it refuses what comes, and ends the session with its last word. */
final class ClosingServer extends KvGrpc.KvImplBase implements AutoCloseable {
  final AtomicInteger refused = new AtomicInteger();
  volatile boolean closing;
  private final Server server;

  ClosingServer() {
    server = Server.builder()
        .http(new InetSocketAddress("127.0.0.1", 0))
        .service(GrpcService.builder().addService(this).build())
        .build();
    server.start().join();
  }

  String url() {
    return "http://127.0.0.1:" + server.activeLocalPort();
  }

  @Override
  public StreamObserver<OperationBatch> session(StreamObserver<ResultBatch> out) {
    return new StreamObserver<>() {
      @Override
      public void onNext(OperationBatch batch) {
        boolean last = closing;
        ResultBatch.Builder results = ResultBatch.newBuilder();
        for (Operation operation : batch.getOperationsList()) {
          results.addResults(last ? refusal(operation) : nothingFound(operation));
        }
        out.onNext(results.build());
        if (last) {
          refused.addAndGet(batch.getOperationsCount());
          out.onCompleted();
        }
      }

      @Override
      public void onError(Throwable gone) {
        // The client was closed.
      }

      @Override
      public void onCompleted() {
        out.onCompleted();
      }
    };
  }

  private static Result nothingFound(Operation operation) {
    GetResult result = new GetResult(List.of(Optional.empty()), ScriptedStore.POSITION);
    return Result.newBuilder().setId(operation.getId()).setGet(WireResults.encode(result)).build();
  }

  private static Result refusal(Operation operation) {
    return Result.newBuilder().setId(operation.getId())
        .setError(WireErrors.encode(new StoreException(ErrorCode.CLOSED, "the server is closing; ask another node")))
        .build();
  }

  @Override
  public void close() {
    server.stop();
  }
}
