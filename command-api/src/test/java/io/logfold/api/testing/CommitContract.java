package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.applied;
import static io.logfold.api.testing.Kit.assertFails;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.refused;
import static io.logfold.api.testing.Kit.scanned;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.ScanOptions;
import io.logfold.api.Versioned;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Commits of several mutations and predicates: all or nothing, one revision. */
public interface CommitContract extends ContractFixture {

  @Test
  default void allMutationsHappenWithOneRevision() {
    Bytes partitionKey = fresh("commit");
    blocking().set(partitionKey, bytes("old"), bytes("x"));
    CommitOutcome.Applied applied = applied(blocking().commit(partitionKey, List.of(), List.of(
        new Mutation.Put(bytes("b"), bytes("2")), new Mutation.Delete(bytes("old")),
        new Mutation.Put(bytes("a"), Bytes.EMPTY), new Mutation.Delete(bytes("missing")))));
    assertThat(applied.changed()).isTrue();
    assertThat(scanned(blocking(), partitionKey, ScanOptions.all())).containsExactly(
        new Entry(partitionKey, bytes("a"), Bytes.EMPTY, applied.revision()),
        new Entry(partitionKey, bytes("b"), bytes("2"), applied.revision()));
  }

  @Test
  default void predicatesOfEveryKindHoldTogether() {
    Bytes partitionKey = fresh("commit");
    blocking().set(partitionKey, bytes("exists"), bytes("1"));
    blocking().set(partitionKey, bytes("equals"), bytes("2"));
    long revision = blocking().set(partitionKey, bytes("revision"), bytes("3"));
    CommitOutcome.Applied applied = applied(blocking().commit(partitionKey, List.of(
        new Predicate.Exists(bytes("exists")), new Predicate.ValueEquals(bytes("equals"), bytes("2")),
        new Predicate.RevisionIs(bytes("revision"), revision), new Predicate.Absent(bytes("absent"))),
        List.of(new Mutation.Put(bytes("absent"), bytes("4")), new Mutation.Delete(bytes("equals")))));
    assertThat(blocking().getAll(partitionKey, List.of(bytes("absent"), bytes("equals"), bytes("revision"))))
        .containsExactly(Optional.of(new Versioned(bytes("4"), applied.revision())), Optional.empty(),
            Optional.of(new Versioned(bytes("3"), revision)));
  }

  @Test
  default void oneFailedPredicateAmongManyChangesNothing() {
    Bytes partitionKey = fresh("commit");
    long exists = blocking().set(partitionKey, bytes("exists"), bytes("1"));
    long other = blocking().set(partitionKey, bytes("other"), bytes("2"));
    CommitOutcome.PredicateFailed failed = refused(blocking().commit(partitionKey, List.of(
        new Predicate.Exists(bytes("exists")), new Predicate.Absent(bytes("absent")),
        new Predicate.ValueEquals(bytes("other"), bytes("wrong"))),
        List.of(new Mutation.Put(bytes("absent"), bytes("3")), new Mutation.Put(bytes("exists"), bytes("3")),
            new Mutation.Delete(bytes("other")))));
    assertThat(failed).isEqualTo(new CommitOutcome.PredicateFailed(2, bytes("other"), OptionalLong.of(other)));
    assertThat(scanned(blocking(), partitionKey, ScanOptions.all())).containsExactly(
        new Entry(partitionKey, bytes("exists"), bytes("1"), exists),
        new Entry(partitionKey, bytes("other"), bytes("2"), other));
  }

  @Test
  default void theFirstPredicateThatFailsIsNamed() {
    Bytes partitionKey = fresh("commit");
    blocking().set(partitionKey, bytes("a"), bytes("1"));
    CommitOutcome.PredicateFailed failed = refused(blocking().commit(partitionKey, List.of(
        new Predicate.Exists(bytes("a")), new Predicate.Exists(bytes("b")), new Predicate.Absent(bytes("a"))),
        List.of(new Mutation.Delete(bytes("a")))));
    assertThat(failed).isEqualTo(new CommitOutcome.PredicateFailed(1, bytes("b"), OptionalLong.empty()));
  }

  @Test
  default void predicatesSeeTheStateBeforeTheCommitsOwnMutations() {
    Bytes partitionKey = fresh("commit");
    applied(blocking().commit(partitionKey,
        List.of(new Predicate.Absent(bytes("a")), new Predicate.Absent(bytes("b"))),
        List.of(new Mutation.Put(bytes("a"), bytes("1")), new Mutation.Put(bytes("b"), bytes("1")))));
    refused(blocking().commit(partitionKey, List.of(new Predicate.Absent(bytes("a"))),
        List.of(new Mutation.Delete(bytes("a")))));
    assertThat(blocking().get(partitionKey, bytes("a"))).isPresent();
  }

  @Test
  default void severalPredicatesOfOneKeyMustAllHold() {
    Bytes partitionKey = fresh("commit");
    long revision = blocking().set(partitionKey, bytes("a"), bytes("1"));
    List<Mutation> change = List.of(new Mutation.Put(bytes("a"), bytes("2")));
    refused(blocking().commit(partitionKey, List.of(new Predicate.RevisionIs(bytes("a"), revision),
        new Predicate.ValueEquals(bytes("a"), bytes("9"))), change));
    applied(blocking().commit(partitionKey, List.of(new Predicate.RevisionIs(bytes("a"), revision),
        new Predicate.ValueEquals(bytes("a"), bytes("1"))), change));
  }

  @Test
  default void aPredicateMayGuardAnotherKeyThanTheOneThatChanges() {
    Bytes partitionKey = fresh("commit");
    blocking().set(partitionKey, bytes("lock"), bytes("mine"));
    applied(blocking().setIf(partitionKey, bytes("data"), bytes("1"),
        new Predicate.ValueEquals(bytes("lock"), bytes("mine"))));
    blocking().set(partitionKey, bytes("lock"), bytes("theirs"));
    refused(blocking().setIf(partitionKey, bytes("data"), bytes("2"),
        new Predicate.ValueEquals(bytes("lock"), bytes("mine"))));
    assertThat(blocking().get(partitionKey, bytes("data")).map(Versioned::value)).contains(bytes("1"));
  }

  @Test
  default void predicatesOfOnePartitionKeyDoNotSeeAnother() {
    Bytes partitionKey = fresh("commit");
    Bytes neighbour = Kit.concat(partitionKey, bytes("a"));
    blocking().set(neighbour, bytes("key"), bytes("1"));
    applied(blocking().setIf(partitionKey, bytes("key"), bytes("2"), new Predicate.Absent(bytes("key"))));
    assertThat(blocking().get(neighbour, bytes("key")).map(Versioned::value)).contains(bytes("1"));
  }

  @Test
  default void aCommitOfDeletesOfMissingKeysChangesNothing() {
    Bytes partitionKey = fresh("commit");
    CommitOutcome.Applied applied = applied(blocking().commit(partitionKey, List.of(),
        List.of(new Mutation.Delete(bytes("a")), new Mutation.Delete(bytes("b")))));
    assertThat(applied.changed()).isFalse();
  }

  @Test
  default void aCommitMustChangeSomethingAndEachKeyAtMostOnce() {
    Bytes partitionKey = fresh("commit");
    assertFails(ErrorCode.INVALID_ARGUMENT, () -> blocking().commit(partitionKey,
        List.of(new Predicate.Absent(bytes("a"))), List.of()));
    assertFails(ErrorCode.INVALID_ARGUMENT, () -> blocking().commit(partitionKey, List.of(),
        List.of(new Mutation.Put(bytes("a"), bytes("1")), new Mutation.Delete(bytes("a")))));
    assertThat(blocking().get(partitionKey, bytes("a"))).isEmpty();
  }

  @Test
  default void whoAndWhyMayBeAnyText() {
    Bytes partitionKey = fresh("provenance");
    Provenance provenance = new Provenance("zoë@example.com", "why? \"because\"; 100 % — 日本\tend", "kit");
    blocking().withProvenance(provenance).set(partitionKey, bytes("key"), bytes("v"));
    assertThat(blocking().get(partitionKey, bytes("key"))).isPresent();
  }
}
