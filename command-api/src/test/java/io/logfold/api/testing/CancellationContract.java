package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.applied;
import static io.logfold.api.testing.Kit.assertFails;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.found;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.key;
import static io.logfold.api.testing.Kit.keys;
import static io.logfold.api.testing.Kit.keysOf;
import static io.logfold.api.testing.Kit.load;
import static io.logfold.api.testing.Kit.scanned;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.EntryIterator;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.Mutation;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanRequest;
import io.logfold.api.StoreException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Calls that are given up: the store stays usable, and a write is applied once or never. */
public interface CancellationContract extends ContractFixture {
  /** What a call that ran out of time may say. A read has changed nothing; a write says so only where it is sure. */
  Set<ErrorCode> LATE_READ = EnumSet.of(ErrorCode.DEADLINE_EXCEEDED);
  Set<ErrorCode> LATE_WRITE = EnumSet.of(ErrorCode.DEADLINE_EXCEEDED, ErrorCode.NOT_APPLIED, ErrorCode.UNKNOWN);

  @Test
  default void aCallOnAnInterruptedThreadIsNotMadeAndTheFlagIsKept() {
    Bytes partitionKey = fresh("interrupted");
    blocking().set(partitionKey, bytes("key"), bytes("v"));
    Bytes key = bytes("key");
    List<Runnable> calls = List.of(
        () -> blocking().get(partitionKey, key),
        () -> blocking().set(partitionKey, key, bytes("w")),
        () -> blocking().setIf(partitionKey, key, bytes("w"), new Predicate.Exists(key)),
        () -> blocking().delete(partitionKey, key),
        () -> blocking().partitionKeys().forEach(ignored -> {}),
        () -> blocking().cluster());
    for (Runnable call : calls) {
      try {
        Thread.currentThread().interrupt();
        assertFails(ErrorCode.CANCELLED, call::run);
      } finally {
        assertThat(Thread.interrupted()).as("the interrupt flag is kept").isTrue();
      }
    }
    try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all())) {
      Thread.currentThread().interrupt();
      assertThat(entries.next()).isFalse();
      assertThat(Thread.interrupted()).isTrue();
      assertThat(entries.error()).hasValueSatisfying(e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
      assertThat(entries.next()).as("errors are sticky").isFalse();
    }
    assertThat(found(blocking(), partitionKey, key).value()).isEqualTo(bytes("v"));
  }

  @Test
  default void cancelledReadsLeaveTheStoreUsable() {
    Bytes partitionKey = fresh("cancelled");
    load(blocking(), partitionKey, keys(0, 50));
    CallOptions options = CallOptions.DEFAULT;
    GetRequest get = new GetRequest(partitionKey, keys(0, 50), Consistency.LINEARIZABLE);
    ScanRequest scan = ScanRequest.of(partitionKey, ScanOptions.all());
    List<Supplier<CompletableFuture<?>>> calls = List.of(
        () -> store().get(get, options), () -> store().scan(scan, options),
        () -> store().partitionKeys(new PartitionKeysRequest(Optional.empty(), 10), options),
        () -> store().cluster(options));
    for (int i = 0; i < 20; i++) {
      for (Supplier<CompletableFuture<?>> call : calls) {
        call.get().cancel(true);
      }
      assertThat(blocking().get(partitionKey, key(i))).isPresent();
    }
    assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all()))).isEqualTo(keys(0, 50));
  }

  @Test
  default void aCancelledWriteIsAppliedOnceOrNeverAndCanBeAskedAgain() {
    Bytes partitionKey = fresh("cancelled");
    List<CommitRequest> requests = new ArrayList<>();
    for (Bytes key : keys(0, 20)) {
      CommitRequest request = put(partitionKey, key, "cancelled");
      requests.add(request);
      store().commit(request, CallOptions.DEFAULT).cancel(true);
      blocking().set(partitionKey, bytes("usable"), key);
    }
    settleAndCheck(partitionKey, requests);
  }

  @Test
  default void aWriteThatRanOutOfTimeIsAppliedOnceOrNeverAndCanBeAskedAgain() {
    Bytes partitionKey = fresh("late");
    BlockingStore hasty = blocking().withOptions(CallOptions.timeoutMs(1));
    List<CommitRequest> requests = new ArrayList<>();
    for (Bytes key : keys(0, 20)) {
      CommitRequest request = put(partitionKey, key, "late");
      requests.add(request);
      try {
        applied(hasty.commit(request));
      } catch (StoreException e) {
        assertThat(e.code()).as(e.getMessage()).isIn(LATE_WRITE);
        if (e.code() == ErrorCode.UNKNOWN) {
          assertThat(e.requestId()).contains(request.request().id());
        }
      }
    }
    settleAndCheck(partitionKey, requests);
  }

  @Test
  default void aReadThatRanOutOfTimeLeavesTheStoreUsable() {
    Bytes partitionKey = fresh("late");
    load(blocking(), partitionKey, keys(0, 50));
    BlockingStore hasty = blocking().withOptions(CallOptions.timeoutMs(1));
    for (Bytes key : keys(0, 20)) {
      try {
        assertThat(hasty.get(partitionKey, key)).isPresent();
      } catch (StoreException e) {
        assertThat(e.code()).as(e.getMessage()).isIn(LATE_READ);
      }
      try (EntryIterator entries = hasty.scan(partitionKey, ScanOptions.all())) {
        while (entries.next()) {
          assertThat(entries.entry().partitionKey()).isEqualTo(partitionKey);
        }
        entries.error().ifPresent(e -> assertThat(e.code()).as(e.getMessage()).isIn(LATE_READ));
      }
    }
    assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all()))).isEqualTo(keys(0, 50));
  }

  /** The second attempt settles the fate of each; what others write afterwards is never overwritten by the first. */
  private void settleAndCheck(Bytes partitionKey, List<CommitRequest> requests) {
    for (CommitRequest request : requests) {
      Bytes key = request.mutations().getFirst().key();
      CommitRequest again = new CommitRequest(partitionKey, request.predicates(), request.mutations(),
          request.request().nextAttempt(), request.provenance());
      long revision = applied(blocking().commit(again)).revision();
      assertThat(found(blocking(), partitionKey, key).revision()).isEqualTo(revision);
      blocking().set(partitionKey, key, bytes("afterwards"));
    }
    assertThat(blocking().getAll(partitionKey, requests.stream().map(r -> r.mutations().getFirst().key()).toList()))
        .allMatch(found -> found.isPresent() && found.get().value().equals(bytes("afterwards")));
  }

  private CommitRequest put(Bytes partitionKey, Bytes key, String value) {
    return new CommitRequest(partitionKey, List.of(new Predicate.Absent(key)),
        List.of(new Mutation.Put(key, bytes(value))), blocking().newRequest(), Provenance.NONE);
  }
}
