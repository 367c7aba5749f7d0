package io.logfold.query.server.grpc;

import io.grpc.stub.StreamObserver;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.api.wire.Operation;
import io.logfold.api.wire.OperationBatch;
import io.logfold.api.wire.Result;
import io.logfold.api.wire.ResultBatch;
import java.util.ArrayList;
import java.util.List;

/** One Execute: collects the results of a batch, from any thread, and answers when all are there. */
final class KvExecution {
  private static final int MAX_ANSWER_BYTES = 15 * 1024 * 1024;

  private final StreamObserver<ResultBatch> out;
  private final ResultBatch.Builder answer = ResultBatch.newBuilder();
  private int missing;
  private long bytes;

  private KvExecution(StreamObserver<ResultBatch> out, int operations) {
    this.out = out;
    this.missing = operations;
  }

  static void run(OperationBatch batch, OperationRunner runner, SessionLimits limits, String source,
      StreamObserver<ResultBatch> out) {
    KvExecution execution = new KvExecution(out, batch.getOperationsCount());
    List<Operation> over = new ArrayList<>();
    int started = 0;
    for (Operation operation : batch.getOperationsList()) {
      if (started++ < limits.maxOutstanding()) {
        runner.run(operation, source, execution::decided);
      } else {
        over.add(operation);
      }
    }
    for (Operation operation : over) {
      execution.decided(OperationRunner.error(operation.getId(), new StoreException(ErrorCode.SLOW_DOWN,
          "a call has at most " + limits.maxOutstanding() + " operations, got " + batch.getOperationsCount())));
    }
  }

  private void decided(Result result) {
    synchronized (this) {
      Result fitting = bytes + result.getSerializedSize() <= MAX_ANSWER_BYTES || isSmall(result)
          ? result
          : OperationRunner.error(result.getId(), new StoreException(ErrorCode.TOO_LARGE,
              "the answers of one call have at most " + MAX_ANSWER_BYTES + " bytes; ask for less at once"));
      bytes += fitting.getSerializedSize();
      answer.addResults(fitting);
      if (--missing > 0) {
        return;
      }
    }
    out.onNext(answer.build());
    out.onCompleted();
  }

  private static boolean isSmall(Result result) {
    return switch (result.getKindCase()) {
      case COMMIT, RESOLUTION, ERROR -> true;
      default -> false;
    };
  }
}
