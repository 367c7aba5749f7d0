package io.logfold.query.server.grpc;

import io.logfold.api.CallOptions;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.wire.EndSnapshotResult;
import io.logfold.api.wire.Operation;
import io.logfold.api.wire.Result;
import io.logfold.api.wire.WireErrors;
import io.logfold.api.wire.WireRequests;
import io.logfold.api.wire.WireResults;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns one operation into exactly one result, whatever happens: what is malformed, what the store refuses and what
 * breaks all become a result with an error. A commit that ends in anything but the store's own word (its future failed
 * with something else, its answer cannot be sent) is UNKNOWN, because it may have happened.
 */
final class OperationRunner {
  /** A scan's page is cut here; what else is larger than the message limit allows is refused. */
  private static final int MAX_PAGE_BYTES = 8 * 1024 * 1024;
  private static final int MAX_RESULT_BYTES = 15 * 1024 * 1024;
  private static final Logger LOG = LoggerFactory.getLogger(OperationRunner.class);

  private final Store store;
  private final CallOptions defaultOptions;

  OperationRunner(Store store, CallOptions defaultOptions) {
    this.store = store;
    this.defaultOptions = defaultOptions;
  }

  /**
   * @param source where the request came from
   * @param sink called once, by this thread or a thread of the store
   */
  void run(Operation operation, String source, Consumer<Result> sink) {
    long id = operation.getId();
    try {
      CallOptions options = WireRequests.options(operation, defaultOptions);
      switch (operation.getKindCase()) {
        case GET -> finish(id, store.get(WireRequests.decode(operation.getGet()), options), sink,
            found -> Result.newBuilder().setGet(WireResults.encode(found)));
        case COMMIT -> commit(id, WireRequests.decode(operation.getCommit(), source), options, sink);
        case SCAN -> finish(id, store.scan(WireRequests.decode(operation.getScan()), options), sink,
            page -> Result.newBuilder().setScan(WireResults.encode(page, MAX_PAGE_BYTES)));
        case PARTITION_KEYS -> finish(id,
            store.partitionKeys(WireRequests.decode(operation.getPartitionKeys()), options), sink,
            page -> Result.newBuilder().setPartitionKeys(WireResults.encode(page)));
        case END_SNAPSHOT -> finish(id,
            store.endSnapshot(WireRequests.partitionKey(operation.getEndSnapshot()),
                operation.getEndSnapshot().getSnapshotId(), options), sink,
            done -> Result.newBuilder().setEndSnapshot(EndSnapshotResult.getDefaultInstance()));
        case KIND_NOT_SET -> throw new StoreException(ErrorCode.INVALID_ARGUMENT,
            "operation " + id + " says none of get, commit, scan, partition_keys, end_snapshot that this server knows");
      }
    } catch (RuntimeException e) {
      sink.accept(error(id, told(e)));
    }
  }

  static Result error(long id, StoreException failure) {
    return Result.newBuilder().setId(id).setError(WireErrors.encode(failure)).build();
  }

  private void commit(long id, CommitRequest request, CallOptions options, Consumer<Result> sink) {
    CompletableFuture<io.logfold.api.CommitOutcome> outcome;
    try {
      outcome = store.commit(request, options);
    } catch (RuntimeException e) {
      sink.accept(error(id, undecided(request, e)));
      return;
    }
    outcome.whenComplete((decided, failure) -> sink.accept(failure != null
        ? error(id, undecided(request, failure))
        : Result.newBuilder().setId(id).setCommit(WireResults.encode(decided)).build()));
  }

  private static <T> void finish(
      long id, CompletableFuture<T> answer, Consumer<Result> sink, Function<T, Result.Builder> encoder) {
    answer.whenComplete((value, failure) -> sink.accept(encoded(id, value, failure, encoder)));
  }

  private static <T> Result encoded(
      long id, T value, @Nullable Throwable failure, Function<T, Result.Builder> encoder) {
    if (failure != null) {
      return error(id, told(failure));
    }
    try {
      Result result = encoder.apply(value).setId(id).build();
      return result.getSerializedSize() <= MAX_RESULT_BYTES
          ? result
          : error(id, new StoreException(ErrorCode.TOO_LARGE, "an answer has at most " + MAX_RESULT_BYTES
              + " bytes, this one would have " + result.getSerializedSize() + "; ask for fewer keys at once"));
    } catch (RuntimeException e) {
      return error(id, told(e));
    }
  }

  private static StoreException undecided(CommitRequest request, Throwable failure) {
    StoreException told = told(failure);
    return told.code() == ErrorCode.INTERNAL
        ? StoreException.unknown(request.request().id(), -1, String.valueOf(told.getMessage()))
        : told;
  }

  private static StoreException told(Throwable failure) {
    StoreException told = StoreException.from(failure);
    if (told.code() == ErrorCode.INTERNAL) {
      LOG.error("An operation failed with a fault of the store's own", told);
    }
    return told;
  }
}
