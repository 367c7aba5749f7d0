package io.logfold.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private static final Bytes K = Bytes.utf8("k");

  @Test
  void theLargestSizesAreTaken() {
    assertThat(Limits.checkPartitionKey(sized(1_536)).size()).isEqualTo(1_536);
    assertThat(Limits.checkKey(sized(1_024)).size()).isEqualTo(1_024);
    assertThat(Limits.checkValue(sized(390 * 1024)).size()).isEqualTo(399_360);
    assertThat(Limits.checkValue(Bytes.EMPTY).isEmpty()).isTrue();
    assertThat(new Provenance("p".repeat(256), "r".repeat(1_024), "s".repeat(256)).principal()).hasSize(256);
  }

  @Test
  void oneMoreIsTooLargeAndTheMessageNamesFieldLimitAndSize() {
    refused(ErrorCode.TOO_LARGE, () -> Limits.checkPartitionKey(sized(1_537)), "partitionKey", "1536", "1537");
    refused(ErrorCode.TOO_LARGE, () -> Limits.checkKey(sized(1_025)), "key", "1024", "1025");
    refused(ErrorCode.TOO_LARGE, () -> Limits.checkValue(sized(399_361)), "value", "399360", "399361");
    refused(ErrorCode.TOO_LARGE, () -> Provenance.of("é".repeat(129), ""), "principal", "256", "258");
    refused(ErrorCode.TOO_LARGE, () -> Provenance.of("", "r".repeat(1_025)), "reason", "1024", "1025");
    refused(ErrorCode.TOO_LARGE, () -> Provenance.NONE.withSource("s".repeat(257)), "source", "256", "257");
  }

  @Test
  void whatIsMissingIsSaidToBeMissing() {
    refused(ErrorCode.MISSING_PARTITION_KEY, () -> Limits.checkPartitionKey(null), "partitionKey", "null");
    refused(ErrorCode.MISSING_PARTITION_KEY, () -> Limits.checkPartitionKey(Bytes.EMPTY), "partitionKey", "none");
    refused(ErrorCode.MISSING_KEY, () -> Limits.checkKey(null), "key", "null");
    refused(ErrorCode.MISSING_KEY, () -> Limits.checkKey(Bytes.EMPTY), "key", "none");
    refused(ErrorCode.MISSING_VALUE, () -> Limits.checkValue(null), "value", "null");
  }

  @Test
  void aCommitIsRefusedByCountAndByBytes() {
    refused(ErrorCode.TOO_LARGE, () -> commit(List.of(), puts(91, 0)), "mutations", "90", "91");
    refused(ErrorCode.TOO_LARGE, () -> commit(Collections.nCopies(91, new Predicate.Absent(K)), puts(1, 0)),
        "predicates", "90", "91");
    assertThat(commit(Collections.nCopies(90, new Predicate.Absent(K)), puts(90, 0)).mutations()).hasSize(90);
    int value = 3 * 1024 * 1024 / 16 - 2;
    assertThat(commit(List.of(), puts(16, value)).mutations()).hasSize(16);
    List<Mutation> more = new ArrayList<>(puts(15, value));
    more.add(new Mutation.Put(Bytes.utf8("zz"), sized(value + 1)));
    refused(ErrorCode.TOO_LARGE, () -> commit(List.of(), more), "3145728", "3145729");
  }

  @Test
  void aCommitChangesSomethingAndEachKeyOnce() {
    refused(ErrorCode.INVALID_ARGUMENT, () -> commit(List.of(), List.of()), "at least one mutation");
    refused(ErrorCode.INVALID_ARGUMENT,
        () -> commit(List.of(), List.of(new Mutation.Put(K, K), new Mutation.Delete(K))), "twice");
  }

  @Test
  void requestsAreLegalByConstruction() {
    refused(ErrorCode.MISSING_KEY, () -> new GetRequest(K, List.of(), Consistency.LINEARIZABLE), "at least one key");
    refused(ErrorCode.TOO_LARGE,
        () -> new GetRequest(K, Collections.nCopies(1_001, K), Consistency.LINEARIZABLE), "1000", "1001");
    refused(ErrorCode.INVALID_ARGUMENT, () -> new PartitionKeysRequest(Optional.empty(), 0), "page size");
    refused(ErrorCode.INVALID_ARGUMENT, () -> new PartitionKeysRequest(Optional.empty(), 10_001), "page size");
    refused(ErrorCode.INVALID_ARGUMENT, () -> new CallOptions(Duration.ZERO), "timeout");
    refused(ErrorCode.INVALID_ARGUMENT, () -> new CallOptions(Duration.ofHours(2)), "timeout");
    refused(ErrorCode.INVALID_ARGUMENT, () -> new RequestInfo(new RequestId(1, 2), -1, 0), "attempt");
    refused(ErrorCode.INVALID_ARGUMENT, () -> new Consistency.AtLeast(-1), "at-least");
  }

  private static CommitRequest commit(List<Predicate> predicates, List<Mutation> mutations) {
    return new CommitRequest(K, predicates, mutations, new RequestInfo(new RequestId(1, 2), 1, 0), Provenance.NONE);
  }

  /** Puts with keys of two bytes. */
  private static List<Mutation> puts(int count, int valueSize) {
    List<Mutation> puts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      puts.add(new Mutation.Put(Bytes.utf8("" + (char) ('0' + i / 10) + (char) ('0' + i % 10)), sized(valueSize)));
    }
    return puts;
  }

  private static Bytes sized(int size) {
    return Bytes.wrap(new byte[size]);
  }

  private static void refused(ErrorCode code, ThrowingCallable call, String... named) {
    assertThatThrownBy(call).isInstanceOfSatisfying(StoreException.class,
        e -> assertThat(e.code()).isEqualTo(code)).hasMessageContainingAll(named);
  }
}
