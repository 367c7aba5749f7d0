package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.applied;
import static io.logfold.api.testing.Kit.atOnce;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.concat;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.found;
import static io.logfold.api.testing.Kit.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.Predicate;
import io.logfold.api.Versioned;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Conditional writes of one key. */
public interface SetIfContract extends ContractFixture {
  Bytes KEY = bytes("key");

  @Test
  default void absentHoldsOnAnAbsentKey() {
    Bytes partitionKey = fresh("set-if");
    CommitOutcome.Applied applied = applied(
        blocking().setIf(partitionKey, KEY, bytes("v"), new Predicate.Absent(KEY)));
    assertThat(applied.changed()).isTrue();
    assertThat(blocking().get(partitionKey, KEY)).contains(new Versioned(bytes("v"), applied.revision()));
  }

  @Test
  default void absentFailsOnAnExistingKeyAndTellsItsRevision() {
    Bytes partitionKey = fresh("set-if");
    Versioned before = new Versioned(bytes("v"), blocking().set(partitionKey, KEY, bytes("v")));
    CommitOutcome.PredicateFailed failed = refused(
        blocking().setIf(partitionKey, KEY, bytes("w"), new Predicate.Absent(KEY)));
    assertThat(failed)
        .isEqualTo(new CommitOutcome.PredicateFailed(0, KEY, OptionalLong.of(before.revision())));
    assertThat(blocking().get(partitionKey, KEY)).contains(before);
  }

  @Test
  default void absentHoldsAgainAfterADelete() {
    Bytes partitionKey = fresh("set-if");
    blocking().set(partitionKey, KEY, bytes("v"));
    blocking().delete(partitionKey, KEY);
    applied(blocking().setIf(partitionKey, KEY, bytes("w"), new Predicate.Absent(KEY)));
    assertThat(found(blocking(), partitionKey, KEY).value()).isEqualTo(bytes("w"));
  }

  @Test
  default void absentFailsOnAKeyWithAnEmptyValue() {
    Bytes partitionKey = fresh("set-if");
    blocking().set(partitionKey, KEY, Bytes.EMPTY);
    refused(blocking().setIf(partitionKey, KEY, bytes("w"), new Predicate.Absent(KEY)));
    assertThat(found(blocking(), partitionKey, KEY).value()).isEqualTo(Bytes.EMPTY);
  }

  @Test
  default void existsHoldsOnAnExistingKey() {
    Bytes partitionKey = fresh("set-if");
    blocking().set(partitionKey, KEY, bytes("v"));
    applied(blocking().setIf(partitionKey, KEY, bytes("w"), new Predicate.Exists(KEY)));
    assertThat(found(blocking(), partitionKey, KEY).value()).isEqualTo(bytes("w"));
  }

  @Test
  default void existsHoldsOnAKeyWithAnEmptyValue() {
    Bytes partitionKey = fresh("set-if");
    blocking().set(partitionKey, KEY, Bytes.EMPTY);
    applied(blocking().setIf(partitionKey, KEY, bytes("w"), new Predicate.Exists(KEY)));
    assertThat(found(blocking(), partitionKey, KEY).value()).isEqualTo(bytes("w"));
  }

  @Test
  default void existsOnAnAbsentKeyLeavesItAbsent() {
    Bytes partitionKey = fresh("set-if");
    CommitOutcome.PredicateFailed failed = refused(
        blocking().setIf(partitionKey, KEY, bytes("w"), new Predicate.Exists(KEY)));
    assertThat(failed).isEqualTo(new CommitOutcome.PredicateFailed(0, KEY, OptionalLong.empty()));
    assertThat(blocking().get(partitionKey, KEY)).isEmpty();
  }

  @Test
  default void theValueThatGetReturnedIsAPredicateThatHolds() {
    Bytes partitionKey = fresh("set-if");
    blocking().set(partitionKey, KEY, bytes("v1"));
    Bytes seen = found(blocking(), partitionKey, KEY).value();
    applied(blocking().setIf(partitionKey, KEY, bytes("v2"), new Predicate.ValueEquals(KEY, seen)));
    assertThat(found(blocking(), partitionKey, KEY).value()).isEqualTo(bytes("v2"));
    refused(blocking().setIf(partitionKey, KEY, bytes("v3"), new Predicate.ValueEquals(KEY, seen)));
    assertThat(found(blocking(), partitionKey, KEY).value()).isEqualTo(bytes("v2"));
  }

  @Test
  default void wrongBytesChangeNothingAndTellTheRevision() {
    Bytes partitionKey = fresh("set-if");
    long revision = blocking().set(partitionKey, KEY, bytes("value"));
    for (String wrong : List.of("", "valu", "value2", "Value", "walue")) {
      CommitOutcome.PredicateFailed failed = refused(
          blocking().setIf(partitionKey, KEY, bytes("new"), new Predicate.ValueEquals(KEY, bytes(wrong))));
      assertThat(failed.currentRevision()).hasValue(revision);
    }
    assertThat(blocking().get(partitionKey, KEY)).contains(new Versioned(bytes("value"), revision));
  }

  @Test
  default void anEmptyValueCanBeAPredicate() {
    Bytes partitionKey = fresh("set-if");
    refused(blocking().setIf(partitionKey, KEY, bytes("v"), new Predicate.ValueEquals(KEY, Bytes.EMPTY)));
    blocking().set(partitionKey, KEY, Bytes.EMPTY);
    applied(blocking().setIf(partitionKey, KEY, bytes("v"), new Predicate.ValueEquals(KEY, Bytes.EMPTY)));
    applied(blocking().setIf(partitionKey, KEY, Bytes.EMPTY, new Predicate.ValueEquals(KEY, bytes("v"))));
    assertThat(found(blocking(), partitionKey, KEY).value()).isEqualTo(Bytes.EMPTY);
  }

  @Test
  default void revisionIsHoldsOnThatRevisionAlone() {
    Bytes partitionKey = fresh("set-if");
    long first = blocking().set(partitionKey, KEY, bytes("v1"));
    CommitOutcome.Applied second = applied(
        blocking().setIf(partitionKey, KEY, bytes("v2"), new Predicate.RevisionIs(KEY, first)));
    CommitOutcome.PredicateFailed failed = refused(
        blocking().setIf(partitionKey, KEY, bytes("v3"), new Predicate.RevisionIs(KEY, first)));
    assertThat(failed.currentRevision()).hasValue(second.revision());
    refused(blocking().setIf(partitionKey, KEY, bytes("v3"), new Predicate.RevisionIs(KEY, second.revision() + 1)));
    assertThat(found(blocking(), partitionKey, KEY).value()).isEqualTo(bytes("v2"));
  }

  @Test
  default void revisionIsTellsARewrittenValueFromTheOldOne() {
    Bytes partitionKey = fresh("set-if");
    long first = blocking().set(partitionKey, KEY, bytes("same"));
    blocking().delete(partitionKey, KEY);
    blocking().set(partitionKey, KEY, bytes("same"));
    refused(blocking().setIf(partitionKey, KEY, bytes("w"), new Predicate.RevisionIs(KEY, first)));
    applied(blocking().setIf(partitionKey, KEY, bytes("w"), new Predicate.ValueEquals(KEY, bytes("same"))));
  }

  @Test
  default void noPredicateButAbsentHoldsOnAMissingKey() {
    Bytes partitionKey = fresh("set-if");
    List<Predicate> predicates = List.of(new Predicate.Exists(KEY), new Predicate.ValueEquals(KEY, bytes("v")),
        new Predicate.ValueEquals(KEY, Bytes.EMPTY), new Predicate.RevisionIs(KEY, 1));
    for (Predicate predicate : predicates) {
      CommitOutcome.PredicateFailed failed = refused(blocking().setIf(partitionKey, KEY, bytes("w"), predicate));
      assertThat(failed.currentRevision()).as("%s", predicate).isEmpty();
    }
    assertThat(blocking().get(partitionKey, KEY)).isEmpty();
  }

  @Test
  default void ofManyRacingSetIfsOnAnAbsentKeyExactlyOneWins() throws Exception {
    Bytes partitionKey = fresh("race");
    assertThat(race(partitionKey, new Predicate.Absent(KEY))).hasSize(1);
  }

  @Test
  default void ofManyRacingSetIfsOnOneValueExactlyOneWins() throws Exception {
    Bytes partitionKey = fresh("race");
    blocking().set(partitionKey, KEY, bytes("start"));
    assertThat(race(partitionKey, new Predicate.ValueEquals(KEY, bytes("start")))).hasSize(1);
  }

  @Test
  default void ofManyRacingSetIfsOnOneRevisionExactlyOneWins() throws Exception {
    Bytes partitionKey = fresh("race");
    long revision = blocking().set(partitionKey, KEY, bytes("start"));
    assertThat(race(partitionKey, new Predicate.RevisionIs(KEY, revision))).hasSize(1);
  }

  /** 32 threads, one predicate, a value each; gives the winners' values after checking that the store agrees. */
  private List<Bytes> race(Bytes partitionKey, Predicate predicate) throws Exception {
    int racers = 32;
    CyclicBarrier start = new CyclicBarrier(racers);
    List<Callable<CommitOutcome>> tasks = new ArrayList<>();
    for (int i = 0; i < racers; i++) {
      Bytes value = bytes("racer " + i);
      tasks.add(() -> {
        start.await(30, TimeUnit.SECONDS);
        return blocking().setIf(partitionKey, KEY, value, predicate);
      });
    }
    List<CommitOutcome> outcomes = atOnce(tasks);
    Versioned last = found(blocking(), partitionKey, KEY);
    List<Bytes> winners = new ArrayList<>();
    for (int i = 0; i < racers; i++) {
      switch (outcomes.get(i)) {
        case CommitOutcome.Applied applied -> {
          winners.add(bytes("racer " + i));
          assertThat(last).isEqualTo(new Versioned(bytes("racer " + i), applied.revision()));
        }
        // The state that made it fail is the winner's: nothing else ever was there.
        case CommitOutcome.PredicateFailed failed ->
            assertThat(failed.currentRevision()).hasValue(last.revision());
      }
    }
    return winners;
  }
}
