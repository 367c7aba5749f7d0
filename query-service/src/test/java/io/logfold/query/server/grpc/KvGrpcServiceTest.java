package io.logfold.query.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.logfold.api.Bytes;
import io.logfold.api.Entry;
import io.logfold.api.ScanPage;
import io.logfold.api.Versioned;
import io.logfold.api.wire.Commit;
import io.logfold.api.wire.EndSnapshot;
import io.logfold.api.wire.Get;
import io.logfold.api.wire.KvGrpc;
import io.logfold.api.wire.Mutation;
import io.logfold.api.wire.Operation;
import io.logfold.api.wire.OperationBatch;
import io.logfold.api.wire.PartitionKeys;
import io.logfold.api.wire.Predicate;
import io.logfold.api.wire.Result;
import io.logfold.api.wire.ResultBatch;
import io.logfold.api.wire.Scan;
import io.logfold.api.wire.WireRequests;
import io.logfold.api.wire.WireResults;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The service as a client that is not ours meets it. */
@Timeout(60)
class KvGrpcServiceTest {
  private static final ByteString PK = ByteString.copyFromUtf8("pk");
  private static final ByteString KEY = ByteString.copyFromUtf8("k");

  private final ScriptedStore store = new ScriptedStore();
  private final TestServer server = new TestServer(store);
  private final ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port())
      .usePlaintext().maxInboundMessageSize(WireResults.MAX_MESSAGE_BYTES).build();

  @AfterEach
  void close() {
    channel.shutdownNow();
    server.close();
  }

  @Test
  void malformedOperationsAreAnsweredEachWithItsOwnErrorAndTheSessionGoesOn() {
    Commit commit = Commit.newBuilder().setPartitionKey(PK)
        .setRequestId(ByteString.copyFrom(new byte[16])).setAttempt(1).build();
    Mutation put = Mutation.newBuilder().setKey(KEY).setPut(ByteString.EMPTY).build();
    Map<String, Operation.Builder> malformed = Map.ofEntries(
        Map.entry("1 INVALID_ARGUMENT", operation()),
        Map.entry("2 MISSING_PARTITION_KEY", operation().setGet(Get.newBuilder().addKeys(KEY))),
        Map.entry("3 MISSING_KEY", operation().setGet(Get.newBuilder().setPartitionKey(PK))),
        Map.entry("4 MISSING_KEY", operation().setGet(Get.newBuilder().setPartitionKey(PK).addKeys(ByteString.EMPTY))),
        Map.entry("5 MISSING_PARTITION_KEY", operation().setCommit(
            commit.toBuilder().clearPartitionKey().addMutations(Mutation.getDefaultInstance()))),
        Map.entry("6 MISSING_VALUE", operation().setCommit(
            commit.toBuilder().addMutations(Mutation.newBuilder().setKey(KEY)))),
        Map.entry("7 INVALID_ARGUMENT", operation().setCommit(
            commit.toBuilder().addMutations(put).setRequestId(ByteString.copyFrom(new byte[15])))),
        Map.entry("8 INVALID_ARGUMENT", operation().setCommit(
            commit.toBuilder().addMutations(put).addPredicates(Predicate.newBuilder().setKey(KEY)))),
        Map.entry("9 INVALID_ARGUMENT", operation().setCommit(commit.toBuilder().addMutations(put).setAttempt(-1))),
        Map.entry("10 INVALID_ARGUMENT", operation().setCommit(
            commit.toBuilder().addMutations(Mutation.newBuilder().setKey(KEY).setDelete(false)))),
        Map.entry("11 INVALID_ARGUMENT", operation().setCommit(
            commit.toBuilder().addMutations(put).addPredicates(Predicate.newBuilder().setKey(KEY).setRevisionIs(-1)))),
        Map.entry("12 INVALID_ARGUMENT", operation().setScan(Scan.newBuilder().setPartitionKey(PK)
            .setStart(KEY).setAfter(KEY))),
        Map.entry("13 INVALID_ARGUMENT", operation().setScan(Scan.newBuilder().setPartitionKey(PK).setPageSize(-1))),
        Map.entry("14 INVALID_ARGUMENT", operation().setPartitionKeys(PartitionKeys.newBuilder().setPageSize(10_001))),
        Map.entry("15 MISSING_PARTITION_KEY", operation().setEndSnapshot(EndSnapshot.getDefaultInstance())),
        Map.entry("16 INVALID_ARGUMENT", operation().setGet(Get.newBuilder().setPartitionKey(PK).addKeys(KEY))
            .setTimeoutMs(-1)),
        Map.entry("17 TOO_LARGE", operation().setGet(Get.newBuilder().setPartitionKey(PK)
            .addKeys(ByteString.copyFrom(new byte[1_025])))));
    OperationBatch.Builder frame = OperationBatch.newBuilder();
    malformed.forEach((name, operation) ->
        frame.addOperations(operation.setId(Long.parseLong(name.substring(0, name.indexOf(' '))))));

    Collector answers = new Collector();
    StreamObserver<OperationBatch> session = KvGrpc.newStub(channel).session(answers);
    session.onNext(frame.build());
    await().until(() -> answers.results.size() == malformed.size());
    assertThat(answers.results.stream().map(result -> result.getId() + " " + result.getError().getCode())
        .collect(Collectors.toSet())).isEqualTo(malformed.keySet());
    assertThat(store.gets).hasValue(0);
    assertThat(store.commits).hasValue(0);

    session.onNext(OperationBatch.newBuilder().addOperations(get(99)).build());
    session.onCompleted();
    answers.ended.join();
    assertThat(answers.results.getLast().getGet().getEntries(0).getValue()).isEqualTo(KEY);
  }

  @Test
  void anEmptyValueIsAValue() {
    store.onCommit = request -> {
      assertThat(request.mutations()).containsExactly(
          new io.logfold.api.Mutation.Put(Bytes.utf8("k"), Bytes.EMPTY));
      return CompletableFuture.completedFuture(new io.logfold.api.CommitOutcome.Applied(4, true));
    };
    store.onGet = request -> CompletableFuture.completedFuture(new io.logfold.api.GetResult(
        List.of(Optional.of(new Versioned(Bytes.EMPTY, 4)), Optional.empty()), ScriptedStore.POSITION));
    Commit commit = Commit.newBuilder().setPartitionKey(PK).setRequestId(ByteString.copyFrom(new byte[16]))
        .addMutations(Mutation.newBuilder().setKey(KEY).setPut(ByteString.EMPTY)).build();
    ResultBatch answer = KvGrpc.newBlockingStub(channel).execute(OperationBatch.newBuilder()
        .addOperations(operation().setId(1).setCommit(commit)).addOperations(get(2)).build());
    List<Result> byId = answer.getResultsList().stream().sorted(Comparator.comparing(Result::getId)).toList();
    assertThat(byId.get(0).getCommit().getApplied().getRevision()).isEqualTo(4);
    assertThat(byId.get(1).getGet().getEntries(0).getPresent()).isTrue();
    assertThat(byId.get(1).getGet().getEntries(1).getPresent()).isFalse();
  }

  @Test
  void executeRefusesACallInWhichNothingCanBeUnderstood() {
    for (OperationBatch nothing : List.of(OperationBatch.getDefaultInstance(),
        OperationBatch.newBuilder().addOperations(operation().setId(1)).build())) {
      assertThatThrownBy(() -> KvGrpc.newBlockingStub(channel).execute(nothing))
          .isInstanceOfSatisfying(StatusRuntimeException.class, refused ->
              assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
    }
  }

  @Test
  void bytesThatAreNoMessageEndTheirOwnSessionOnly() {
    Collector healthy = new Collector();
    StreamObserver<OperationBatch> session = KvGrpc.newStub(channel).session(healthy);
    session.onNext(OperationBatch.newBuilder().addOperations(get(1)).build());

    MethodDescriptor<byte[], byte[]> raw = MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setFullMethodName(KvGrpc.getSessionMethod().getFullMethodName())
        .setRequestMarshaller(new Raw()).setResponseMarshaller(new Raw()).build();
    CompletableFuture<Status> ended = new CompletableFuture<>();
    StreamObserver<byte[]> garbage = ClientCalls.asyncBidiStreamingCall(
        channel.newCall(raw, io.grpc.CallOptions.DEFAULT), new StreamObserver<>() {
          @Override
          public void onNext(byte[] value) {}

          @Override
          public void onError(Throwable failure) {
            ended.complete(Status.fromThrowable(failure));
          }

          @Override
          public void onCompleted() {
            ended.complete(Status.OK);
          }
        });
    garbage.onNext(new byte[] {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 3});
    assertThat(ended.join().isOk()).isFalse();

    session.onNext(OperationBatch.newBuilder().addOperations(get(2)).build());
    session.onCompleted();
    healthy.ended.join();
    assertThat(healthy.results).hasSize(2);
  }

  @Test
  void aPageThatIsTooLargeForAMessageIsCutAndSaysThatThereIsMore() {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      entries.add(new Entry(Bytes.utf8("pk"), Bytes.utf8("k" + (100 + i)), Bytes.wrap(new byte[390 * 1024]), 1));
    }
    store.onScan = request -> CompletableFuture.completedFuture(
        new ScanPage(entries, false, ScriptedStore.POSITION, Optional.empty()));
    Result answer = KvGrpc.newBlockingStub(channel).execute(OperationBatch.newBuilder()
        .addOperations(operation().setId(1).setScan(Scan.newBuilder().setPartitionKey(PK))).build()).getResults(0);
    ScanPage page = WireResults.decode(answer.getScan(), Bytes.utf8("pk"));
    assertThat(page.more()).isTrue();
    assertThat(page.entries()).hasSizeBetween(1, 59).isEqualTo(entries.subList(0, page.entries().size()));
    assertThat(answer.getSerializedSize()).isBetween(7 * 1024 * 1024, 8 * 1024 * 1024);
  }

  @Test
  void anAnswerThatIsTooLargeForAMessageIsAnError() {
    store.onGet = request -> CompletableFuture.completedFuture(new io.logfold.api.GetResult(
        Collections.nCopies(60, Optional.of(new Versioned(Bytes.wrap(new byte[390 * 1024]), 1))),
        ScriptedStore.POSITION));
    Result answer = KvGrpc.newBlockingStub(channel).execute(
        OperationBatch.newBuilder().addOperations(get(1)).build()).getResults(0);
    assertThat(answer.getError().getCode()).isEqualTo("TOO_LARGE");
  }

  private static Operation.Builder operation() {
    return Operation.newBuilder();
  }

  private static Operation get(long id) {
    return Operation.newBuilder().setId(id).setGet(WireRequests.encode(ScriptedStore.get("k"))).build();
  }

  private static final class Collector implements StreamObserver<ResultBatch> {
    final List<Result> results = Collections.synchronizedList(new ArrayList<>());
    final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

    @Override
    public void onNext(ResultBatch batch) {
      results.addAll(batch.getResultsList());
    }

    @Override
    public void onError(Throwable failure) {
      ended.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      ended.complete(null);
    }
  }

  private static final class Raw implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
