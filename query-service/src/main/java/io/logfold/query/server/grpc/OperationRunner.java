package io.logfold.query.server.grpc;

import com.google.protobuf.MessageLite;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.DiffRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.HistoryRequest;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.RedactRequest;
import io.logfold.api.RequestId;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.wire.EndSnapshotResult;
import io.logfold.api.wire.Operation;
import io.logfold.api.wire.PartitionKeys;
import io.logfold.api.wire.Policies;
import io.logfold.api.wire.PoliciesResult;
import io.logfold.api.wire.Result;
import io.logfold.api.wire.WireErrors;
import io.logfold.api.wire.WirePast;
import io.logfold.api.wire.WirePolicies;
import io.logfold.api.wire.WireRequests;
import io.logfold.api.wire.WireResults;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns one operation into exactly one result, whatever happens: what is malformed, what the store refuses and what
 * breaks all become a result with an error. A write that ends in anything but the store's own word (its future failed
 * with something else, its answer cannot be sent) is UNKNOWN, because it may have happened.
 */
final class OperationRunner {
  /** A scan's page is cut here; what else is larger than the message limit allows is refused. */
  private static final int MAX_PAGE_BYTES = 8 * 1024 * 1024;
  private static final int MAX_RESULT_BYTES = 15 * 1024 * 1024;
  private static final Logger LOG = LoggerFactory.getLogger(OperationRunner.class);

  private final Store routed;
  private final ThisNode node;
  private final CallOptions defaultOptions;

  /** @param routed for operations of clients; those that another node sent on go to {@code node} alone */
  OperationRunner(Store routed, ThisNode node, CallOptions defaultOptions) {
    this.routed = routed;
    this.node = node;
    this.defaultOptions = defaultOptions;
  }

  /**
   * @param source where the request came from
   * @param sink called once, by this thread or a thread of the store
   */
  void run(Operation operation, String source, Consumer<Result> sink) {
    long id = operation.getId();
    Store store = operation.getForwarded() ? node.store() : routed;
    try {
      CallOptions options = WireRequests.options(operation, defaultOptions);
      switch (operation.getKindCase()) {
        case GET -> {
          GetRequest get = WireRequests.decode(operation.getGet());
          finish(id, store.get(get, options), sink,
              found -> ledBy(get.partitionKey(), get.consistency()).setGet(WireResults.encode(found)));
        }
        case COMMIT -> {
          CommitRequest commit = WireRequests.decode(operation.getCommit(), source);
          write(id, commit.request().id(), () -> store.commit(commit, options), sink,
              outcome -> ledBy(commit.partitionKey()).setCommit(WireResults.encode(outcome)));
        }
        case RESOLVE -> {
          ResolveRequest resolve = WireRequests.decode(operation.getResolve(), source);
          write(id, resolve.requestId(), () -> store.resolve(resolve, options), sink,
              resolution -> ledBy(resolve.partitionKey()).setResolution(WireResults.encode(resolution)));
        }
        case SCAN -> {
          ScanRequest scan = WireRequests.decode(operation.getScan());
          finish(id, store.scan(scan, options), sink, page -> ledBy(scan.partitionKey(), scan.consistency())
              .setScan(WireResults.encode(page, MAX_PAGE_BYTES)));
        }
        case PARTITION_KEYS -> finish(id,
            partitionKeys(store, operation.getPartitionKeys(), options), sink,
            page -> Result.newBuilder().setPartitionKeys(WireResults.encode(page)));
        case END_SNAPSHOT -> finish(id,
            store.endSnapshot(WireRequests.partitionKey(operation.getEndSnapshot()),
                operation.getEndSnapshot().getSnapshotId(), options), sink,
            done -> Result.newBuilder().setEndSnapshot(EndSnapshotResult.getDefaultInstance()));
        case READ_INDEX -> finish(id, node.readIndex(operation.getReadIndex().getPartition(),
            operation.getReadIndex().getInsist(), options), sink,
            index -> Result.newBuilder().setReadIndex(index));
        case HISTORY -> {
          HistoryRequest history = WirePast.decode(operation.getHistory());
          finish(id, fitting(history, history.pageSize(), HistoryRequest::withPageSize,
              each -> store.history(each, options).thenApply(WirePast::encode)), sink,
              page -> Result.newBuilder().setHistory(page));
        }
        case DIFF -> {
          DiffRequest diff = WirePast.decode(operation.getDiff());
          finish(id, fitting(diff, diff.pageSize(), DiffRequest::withPageSize,
              each -> store.diff(each, options).thenApply(WirePast::encode)), sink,
              page -> Result.newBuilder().setDiff(page));
        }
        case POLICIES -> {
          Policies question = operation.getPolicies();
          Function<PoliciesResult, Result.Builder> encoder = told -> Result.newBuilder().setPolicies(told);
          if (WirePolicies.change(question).isPresent()) {
            write(id, WirePolicies.request(question).id(), () -> node.policies(question, source, options), sink, encoder);
          } else {
            finish(id, node.policies(question, source, options), sink, encoder);
          }
        }
        case REDACT -> {
          RedactRequest redact = WirePolicies.decode(operation.getRedact(), source);
          write(id, redact.request().id(), () -> store.redact(redact, options), sink,
              outcome -> ledBy(redact.partitionKey()).setRedact(WirePolicies.encode(outcome)));
        }
        case KIND_NOT_SET -> throw new StoreException(ErrorCode.INVALID_ARGUMENT,
            "operation " + id + " says none of get, commit, resolve, scan, partition_keys, end_snapshot, read_index, history,"
                + " diff that this server knows");
      }
    } catch (RuntimeException e) {
      sink.accept(error(id, told(e)));
    }
  }

  private CompletableFuture<PartitionKeysPage> partitionKeys(Store store, PartitionKeys keys, CallOptions options) {
    return keys.hasPartition()
        ? node.partitionKeys(keys.getPartition(), WireRequests.decode(keys), options)
        : store.partitionKeys(WireRequests.decode(keys), options);
  }

  /** A page goes on where its cursor says, so one that is too large is not cut but asked for again, half as long. */
  private static <R, M extends MessageLite> CompletableFuture<M> fitting(
      R request, int pageSize, BiFunction<R, Integer, R> resized, Function<R, CompletableFuture<M>> call) {
    return call.apply(request).thenCompose(page -> page.getSerializedSize() <= MAX_PAGE_BYTES || pageSize == 1
        ? CompletableFuture.completedFuture(page)
        : fitting(resized.apply(request, pageSize / 2), pageSize / 2, resized, call));
  }

  static Result error(long id, StoreException failure) {
    return Result.newBuilder().setId(id).setError(WireErrors.encode(failure)).build();
  }

  /** What is answered by leaders only tells the client where the leader is, unless it is here. */
  private Result.Builder ledBy(Bytes partitionKey) {
    return Result.newBuilder().setLedBy(node.ledBy(partitionKey));
  }

  private Result.Builder ledBy(Bytes partitionKey, Consistency consistency) {
    return switch (consistency) {
      case Consistency.Linearizable linearizable -> ledBy(partitionKey);
      case Consistency.Barrier barrier -> ledBy(partitionKey);
      case Consistency.ReadIndex readIndex -> Result.newBuilder();
      case Consistency.AtLeast atLeast -> Result.newBuilder();
      case Consistency.Stale stale -> Result.newBuilder();
      case Consistency.AsOf asOf -> Result.newBuilder();
    };
  }

  private static <T> void write(long id, RequestId request, Supplier<CompletableFuture<T>> call,
      Consumer<Result> sink, Function<T, Result.Builder> encoder) {
    CompletableFuture<T> answer;
    try {
      answer = call.get();
    } catch (RuntimeException e) {
      sink.accept(error(id, undecided(request, e)));
      return;
    }
    answer.whenComplete((decided, failure) -> sink.accept(failure != null
        ? error(id, undecided(request, failure))
        : written(id, request, decided, encoder)));
  }

  private static <T> Result written(long id, RequestId request, T decided, Function<T, Result.Builder> encoder) {
    try {
      return encoder.apply(decided).setId(id).build();
    } catch (RuntimeException e) {
      return error(id, undecided(request, e));
    }
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

  private static StoreException undecided(RequestId request, Throwable failure) {
    StoreException told = told(failure);
    return told.code() == ErrorCode.INTERNAL
        ? StoreException.unknown(request, -1, String.valueOf(told.getMessage()))
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
