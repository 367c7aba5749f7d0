package io.logfold.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScanOptionsTest {
  private static final Bytes A = Bytes.utf8("a");
  private static final Bytes B = Bytes.utf8("b");

  @Test
  void eachOptionChangesItselfAlone() {
    ScanOptions options = ScanOptions.all().withAfter(A).withEnd(B).withPrefix(A).withLimit(7).withBatchSize(3)
        .reversed().withKeysOnly().withSnapshot().withConsistency(Consistency.BARRIER);
    assertThat(options).isEqualTo(new ScanOptions(Optional.empty(), Optional.of(A), Optional.of(B), Optional.of(A), 7,
        3, true, true, true, Consistency.BARRIER));
    assertThat(ScanOptions.all().withStart(A).start()).contains(A);
    assertThatCode(options::check).doesNotThrowAnyException();
  }

  @Test
  void contradictionsAreRefusedAndTheMessageNamesTheOptions() {
    refused(ScanOptions.all().withStart(A).withAfter(A), "start and after");
    refused(ScanOptions.all().withStart(B).withEnd(A), "start must not be above end");
    refused(ScanOptions.all().withAfter(A).withEnd(A), "after must be below end");
    refused(ScanOptions.all().withLimit(-1), "limit");
    refused(ScanOptions.all().withBatchSize(-1), "batch size");
    refused(ScanOptions.all().withBatchSize(Limits.MAX_PAGE_ENTRIES + 1), "10000");
    refused(ScanOptions.all().withSnapshot().withConsistency(new Consistency.Stale(Duration.ofSeconds(1))), "snapshot");
  }

  @Test
  void theRangeIsWhereAllBoundsAgree() {
    assertThat(ScanOptions.all().range()).isEqualTo(KeyRange.ALL);
    assertThat(ScanOptions.all().withAfter(A).range()).isEqualTo(new KeyRange(A.successor(), Optional.empty()));
    assertThat(ScanOptions.all().withStart(Bytes.utf8("aa")).withPrefix(A).range())
        .isEqualTo(new KeyRange(Bytes.utf8("aa"), Optional.of(B)));
    assertThat(ScanOptions.all().withStart(B).withPrefix(A).range().isEmpty()).isTrue();
  }

  @Test
  void theFirstPageIsNoLargerThanBatchSizeAndLimit() {
    assertThat(ScanRequest.of(A, ScanOptions.all()).pageSize()).isEqualTo(ScanRequest.DEFAULT_PAGE_SIZE);
    assertThat(ScanRequest.of(A, ScanOptions.all().withBatchSize(7).withLimit(20)).pageSize()).isEqualTo(7);
    assertThat(ScanRequest.of(A, ScanOptions.all().withBatchSize(7).withLimit(2)).pageSize()).isEqualTo(2);
    assertThat(ScanRequest.of(A, ScanOptions.all().withLimit(Long.MAX_VALUE)).pageSize())
        .isEqualTo(ScanRequest.DEFAULT_PAGE_SIZE);
  }

  @Test
  void theNextPageGoesOnBehindTheLastKeyWithTheSameSnapshot() {
    ScanRequest up = ScanRequest.of(A, ScanOptions.all().withSnapshot()).next(B, Optional.of("s"));
    assertThat(up.range()).isEqualTo(new KeyRange(B.successor(), Optional.empty()));
    assertThat(up.snapshotId()).contains("s");
    ScanRequest down = ScanRequest.of(A, ScanOptions.all().reversed()).next(B, Optional.empty());
    assertThat(down.range()).isEqualTo(new KeyRange(Bytes.EMPTY, Optional.of(B)));
  }

  private static void refused(ScanOptions options, String named) {
    assertThatThrownBy(options::check).isInstanceOfSatisfying(StoreException.class,
        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT)).hasMessageContaining(named);
  }
}
