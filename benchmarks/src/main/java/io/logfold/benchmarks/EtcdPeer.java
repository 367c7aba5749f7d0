package io.logfold.benchmarks;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.logfold.api.Bytes;
import io.logfold.benchmarks.etcd.Compare;
import io.logfold.benchmarks.etcd.DeleteRangeRequest;
import io.logfold.benchmarks.etcd.DeleteRangeResponse;
import io.logfold.benchmarks.etcd.KVGrpc;
import io.logfold.benchmarks.etcd.PutRequest;
import io.logfold.benchmarks.etcd.PutResponse;
import io.logfold.benchmarks.etcd.RangeRequest;
import io.logfold.benchmarks.etcd.RangeResponse;
import io.logfold.benchmarks.etcd.RequestOp;
import io.logfold.benchmarks.etcd.TxnRequest;
import io.logfold.benchmarks.etcd.TxnResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * etcd through its gRPC API, over the transport that this store's client uses too and without another layer upon it:
 * jetcd would bring a second Netty and an older protobuf to the class path. Reads are linearizable, which is etcd's
 * default.
 */
final class EtcdPeer implements Peer {
  private static final long STARTS_WITHIN_SECONDS = 30;
  private static final int MOST_MESSAGE_BYTES = 16 << 20;

  private final EtcdServer server;
  private final ManagedChannel channel;
  private final KVGrpc.KVStub etcd;
  private final String version;

  private EtcdPeer(EtcdServer server, String version) {
    this.server = server;
    this.version = version;
    this.channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().directExecutor()
        .maxInboundMessageSize(MOST_MESSAGE_BYTES).build();
    this.etcd = KVGrpc.newStub(channel);
  }

  static EtcdPeer start(Path program, Path data) throws Exception {
    String version = EtcdServer.version(program);
    EtcdPeer peer = new EtcdPeer(EtcdServer.start(program, data), version);
    try {
      var unused = KVGrpc.newBlockingStub(peer.channel).withWaitForReady()
          .withDeadline(Deadline.after(STARTS_WITHIN_SECONDS, TimeUnit.SECONDS))
          .range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("any")).build());
      return peer;
    } catch (RuntimeException e) {
      peer.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return "etcd " + version;
  }

  @Override
  public Durability durability() {
    return new Durability(true, "fsync",
        "one member: fsync of the raft log before the acknowledgement, shared by requests at the same time");
  }

  @Override
  public CompletableFuture<?> get(KeySpace keys, int key) {
    Answer<RangeResponse> answer = new Answer<>();
    etcd.range(RangeRequest.newBuilder().setKey(name(keys, key)).build(), answer);
    return answer.thenAccept(response -> {
      if (response.getKvsCount() != 1) {
        throw new IllegalStateException(keys.key(key) + " was written, and is not there");
      }
    });
  }

  @Override
  public CompletableFuture<Boolean> setIf(KeySpace keys, int lane, int key) {
    Answer<TxnResponse> answer = new Answer<>();
    etcd.txn(TxnRequest.newBuilder()
        .addCompare(Compare.newBuilder().setTarget(Compare.Target.MOD).setKey(name(keys, key))
            .setModRevision(keys.revision(key)))
        .addSuccess(RequestOp.newBuilder().setRequestPut(put(keys, lane, key))).build(), answer);
    return answer.thenApply(response -> {
      if (response.getSucceeded()) {
        keys.written(key, response.getHeader().getRevision());
      }
      return response.getSucceeded();
    });
  }

  @Override
  public CompletableFuture<?> set(KeySpace keys, int lane, int key) {
    Answer<PutResponse> answer = new Answer<>();
    etcd.put(put(keys, lane, key), answer);
    return answer.thenAccept(response -> keys.written(key, response.getHeader().getRevision()));
  }

  @Override
  public CompletableFuture<?> delete(KeySpace keys, int lane, int key) {
    Answer<DeleteRangeResponse> answer = new Answer<>();
    etcd.deleteRange(DeleteRangeRequest.newBuilder().setKey(name(keys, key)).build(), answer);
    return answer.thenAccept(response -> {
      if (response.getDeleted() != 1) {
        throw new IllegalStateException(keys.key(key) + " was there, and its delete changed nothing");
      }
      keys.written(key, 0);
    });
  }

  @Override
  public CompletableFuture<?> scan(KeySpace keys, Bytes partitionKey, int rows) {
    Answer<RangeResponse> answer = new Answer<>();
    etcd.range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(partitionKey.utf8() + "/"))
        .setRangeEnd(ByteString.copyFromUtf8(partitionKey.utf8() + "0")).setLimit(rows).build(), answer);
    return answer.thenAccept(response -> {
      if (response.getKvsCount() != rows || response.getMore()) {
        throw new IllegalStateException(partitionKey + " has " + rows + " keys, the scan gave " + response.getKvsCount()
            + ", more: " + response.getMore());
      }
    });
  }

  @Override
  public CompletableFuture<?> scanFrom(KeySpace keys, int firstKey, int rows) {
    Answer<RangeResponse> answer = new Answer<>();
    etcd.range(RangeRequest.newBuilder().setKey(name(keys, firstKey))
        .setRangeEnd(ByteString.copyFromUtf8(keys.partitionKey(firstKey).utf8() + "0")).setLimit(rows).build(), answer);
    return answer.thenAccept(response -> keys.checkScan(firstKey, rows, response.getKvsCount()));
  }

  @Override
  public CompletableFuture<?> commit(KeySpace keys, int lane, int firstKey, int count) {
    TxnRequest.Builder request = TxnRequest.newBuilder();
    for (int i = 0; i < count; i++) {
      request.addSuccess(RequestOp.newBuilder()
          .setRequestPut(put(keys, lane, firstKey + i * keys.partitionKeyCount())));
    }
    Answer<TxnResponse> answer = new Answer<>();
    etcd.txn(request.build(), answer);
    return answer;
  }

  private static PutRequest put(KeySpace keys, int lane, int key) {
    return PutRequest.newBuilder().setKey(name(keys, key))
        .setValue(UnsafeByteOperations.unsafeWrap(keys.anyValue(lane).unsafeArray())).build();
  }

  /** No key has a slash, which 0 follows. */
  private static ByteString name(KeySpace keys, int key) {
    return ByteString.copyFromUtf8(keys.partitionKey(key).utf8() + "/" + keys.key(key).utf8());
  }

  /** Of a call with one answer. */
  private static final class Answer<T> extends CompletableFuture<T> implements StreamObserver<T> {
    @Override
    public void onNext(T value) {
      complete(value);
    }

    @Override
    public void onError(Throwable failure) {
      completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      // The answer came before.
    }
  }

  @Override
  public Duration cpu() {
    return server.cpu();
  }

  @Override
  public void close() throws InterruptedException {
    channel.shutdownNow();
    server.close();
  }
}
