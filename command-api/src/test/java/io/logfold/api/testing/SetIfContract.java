package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.applied;
import static io.logfold.api.testing.Kit.atOnce;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.found;
import static io.logfold.api.testing.Kit.keys;
import static io.logfold.api.testing.Kit.load;
import static io.logfold.api.testing.Kit.refused;
import static io.logfold.api.testing.Kit.valueOf;
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
    race(false, (key, revision) -> new Predicate.Absent(key));
  }

  @Test
  default void ofManyRacingSetIfsOnOneValueExactlyOneWins() throws Exception {
    race(true, (key, revision) -> new Predicate.ValueEquals(key, valueOf(key)));
  }

  @Test
  default void ofManyRacingSetIfsOnOneRevisionExactlyOneWins() throws Exception {
    race(true, (key, revision) -> new Predicate.RevisionIs(key, revision));
  }

  /** What all racers put before their write of a key. */
  interface Hurdle {
    Predicate of(Bytes key, long revision);
  }

  /** 32 threads run over the same keys, each with a value of its own; one and only one wins each key. */
  private void race(boolean loaded, Hurdle hurdle) throws Exception {
    int racers = 32;
    Bytes partitionKey = fresh("race");
    List<Bytes> keys = keys(0, 20);
    if (loaded) {
      load(blocking(), partitionKey, keys);
    }
    long revision = loaded ? found(blocking(), partitionKey, keys.getFirst()).revision() : 0;
    CyclicBarrier start = new CyclicBarrier(racers);
    List<Callable<List<CommitOutcome>>> tasks = new ArrayList<>();
    for (int i = 0; i < racers; i++) {
      Bytes value = bytes("racer " + i);
      tasks.add(() -> {
        List<CommitOutcome> outcomes = new ArrayList<>();
        start.await(30, TimeUnit.SECONDS);
        for (Bytes key : keys) {
          outcomes.add(blocking().setIf(partitionKey, key, value, hurdle.of(key, revision)));
        }
        return outcomes;
      });
    }
    List<List<CommitOutcome>> outcomes = atOnce(tasks);
    for (int k = 0; k < keys.size(); k++) {
      Versioned last = found(blocking(), partitionKey, keys.get(k));
      int winners = 0;
      for (int i = 0; i < racers; i++) {
        switch (outcomes.get(i).get(k)) {
          case CommitOutcome.Applied applied -> {
            winners++;
            assertThat(last).isEqualTo(new Versioned(bytes("racer " + i), applied.revision()));
          }
          // The state that made it fail is the winner's: nothing else ever was there.
          case CommitOutcome.PredicateFailed failed ->
              assertThat(failed.currentRevision()).hasValue(last.revision());
        }
      }
      assertThat(winners).as("winners of %s", keys.get(k)).isEqualTo(1);
    }
  }
}
