package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.applied;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.refused;
import static io.logfold.api.testing.Kit.scanned;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.Predicate;
import io.logfold.api.ScanOptions;
import io.logfold.api.Versioned;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Delete and DeleteIf. */
public interface DeleteContract extends ContractFixture {

  @Test
  default void aDeletedKeyIsGone() {
    Bytes partitionKey = fresh("delete");
    long set = blocking().set(partitionKey, bytes("key"), bytes("v"));
    CommitOutcome.Applied deleted = blocking().delete(partitionKey, bytes("key"));
    assertThat(deleted.changed()).isTrue();
    assertThat(deleted.revision()).isGreaterThan(set);
    assertThat(blocking().get(partitionKey, bytes("key"))).isEmpty();
    assertThat(scanned(blocking(), partitionKey, ScanOptions.all())).isEmpty();
  }

  @Test
  default void aDeletedKeyCanBeSetAgain() {
    Bytes partitionKey = fresh("delete");
    blocking().set(partitionKey, bytes("key"), bytes("v"));
    long deleted = blocking().delete(partitionKey, bytes("key")).revision();
    long again = blocking().set(partitionKey, bytes("key"), bytes("w"));
    assertThat(again).isGreaterThan(deleted);
    assertThat(blocking().get(partitionKey, bytes("key"))).contains(new Versioned(bytes("w"), again));
  }

  @Test
  default void deletingAMissingKeySucceedsAndChangesNothing() {
    Bytes partitionKey = fresh("delete");
    long kept = blocking().set(partitionKey, bytes("kept"), bytes("v"));
    CommitOutcome.Applied deleted = blocking().delete(partitionKey, bytes("missing"));
    assertThat(deleted.changed()).isFalse();
    assertThat(deleted.revision()).isGreaterThanOrEqualTo(kept);
    assertThat(blocking().delete(partitionKey, bytes("missing")).changed()).isFalse();
    assertThat(blocking().get(partitionKey, bytes("kept"))).contains(new Versioned(bytes("v"), kept));
  }

  @Test
  default void deletingUnderAMissingPartitionKeySucceeds() {
    assertThat(blocking().delete(fresh("nobody"), bytes("key")).changed()).isFalse();
  }

  @Test
  default void aKeyDeletedTwiceWasChangedOnce() {
    Bytes partitionKey = fresh("delete");
    blocking().set(partitionKey, bytes("key"), Bytes.EMPTY);
    assertThat(blocking().delete(partitionKey, bytes("key")).changed()).isTrue();
    assertThat(blocking().delete(partitionKey, bytes("key")).changed()).isFalse();
  }

  @Test
  default void deleteIfDeletesWhereThePredicateHolds() {
    Bytes key = bytes("key");
    Bytes partitionKey = fresh("delete-if");
    long revision = blocking().set(partitionKey, key, bytes("v"));
    for (Predicate predicate : List.of(new Predicate.Exists(key), new Predicate.ValueEquals(key, bytes("v")))) {
      CommitOutcome.Applied deleted = applied(blocking().deleteIf(partitionKey, key, predicate));
      assertThat(deleted.changed()).isTrue();
      assertThat(deleted.revision()).isGreaterThan(revision);
      assertThat(blocking().get(partitionKey, key)).isEmpty();
      revision = blocking().set(partitionKey, key, bytes("v"));
    }
    applied(blocking().deleteIf(partitionKey, key, new Predicate.RevisionIs(key, revision)));
    assertThat(blocking().get(partitionKey, key)).isEmpty();
  }

  @Test
  default void deleteIfChangesNothingWhereThePredicateFails() {
    Bytes key = bytes("key");
    Bytes partitionKey = fresh("delete-if");
    long revision = blocking().set(partitionKey, key, bytes("v"));
    for (Predicate predicate : List.of(new Predicate.Absent(key), new Predicate.ValueEquals(key, bytes("w")),
        new Predicate.RevisionIs(key, revision + 1))) {
      assertThat(refused(blocking().deleteIf(partitionKey, key, predicate)))
          .isEqualTo(new CommitOutcome.PredicateFailed(0, key, OptionalLong.of(revision)));
    }
    assertThat(blocking().get(partitionKey, key)).contains(new Versioned(bytes("v"), revision));
  }

  @Test
  default void deleteIfOfAMissingKeyFailsUnlessAbsentWasAskedFor() {
    Bytes key = bytes("key");
    Bytes partitionKey = fresh("delete-if");
    for (Predicate predicate : List.of(new Predicate.Exists(key), new Predicate.ValueEquals(key, bytes("v")),
        new Predicate.RevisionIs(key, 1))) {
      assertThat(refused(blocking().deleteIf(partitionKey, key, predicate)).currentRevision()).isEmpty();
    }
    assertThat(applied(blocking().deleteIf(partitionKey, key, new Predicate.Absent(key))).changed()).isFalse();
  }
}
