package io.logfold.standalone.faults;

import static io.logfold.standalone.faults.Operation.NEVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.standalone.faults.Linearizability.Linearizable;
import io.logfold.standalone.faults.Operation.Answer;
import io.logfold.standalone.faults.Operation.Applied;
import io.logfold.standalone.faults.Operation.Call;
import io.logfold.standalone.faults.Operation.Condition;
import io.logfold.standalone.faults.Operation.Found;
import io.logfold.standalone.faults.Operation.Get;
import io.logfold.standalone.faults.Operation.Missing;
import io.logfold.standalone.faults.Operation.NotDone;
import io.logfold.standalone.faults.Operation.Refused;
import io.logfold.standalone.faults.Operation.Register;
import io.logfold.standalone.faults.Operation.Unknown;
import io.logfold.standalone.faults.Operation.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jspecify.annotations.Nullable;

class LinearizabilityTest {
  private static final Register KEY = new Register("pk", "k");

  private static Operation op(long from, long to, Call call, Answer answer) {
    return new Operation(0, KEY, call, "", 1, from, to, 0, 0, answer);
  }

  private static Operation put(long from, long to, String value, long revision) {
    return op(from, to, new Write(Condition.ALWAYS, value), new Applied(revision, true));
  }

  private static Operation lost(long from, Condition condition, @Nullable String value) {
    return op(from, NEVER, new Write(condition, value), new Unknown("UNKNOWN"));
  }

  private static Operation found(long from, long to, String value, long revision) {
    return op(from, to, new Get("lease"), new Found(value, revision, revision, "lease"));
  }

  private static Operation missing(long from, long to) {
    return op(from, to, new Get("lease"), new Missing(0, "lease"));
  }

  private static boolean right(Operation... operations) {
    return Linearizability.faults(List.of(operations)).isEmpty();
  }

  @Test
  void aReadDuringAWriteMayGiveTheOldOrTheNewValueAndOneBehindItOnlyTheNew() {
    assertThat(right(put(1, 2, "a", 1), put(3, 8, "b", 2), found(4, 5, "a", 1))).isTrue();
    assertThat(right(put(1, 2, "a", 1), put(3, 8, "b", 2), found(4, 5, "b", 2))).isTrue();
    assertThat(right(put(1, 2, "a", 1), put(3, 4, "b", 2), found(5, 6, "a", 1))).isFalse();
  }

  @Test
  void oneReadOlderThanAnEarlierOneIsNoticed() {
    assertThat(right(put(1, 2, "a", 1), put(3, 10, "b", 2), found(4, 5, "b", 2), found(6, 7, "a", 1))).isFalse();
    assertThat(right(put(1, 2, "a", 1), put(3, 10, "b", 2), found(4, 7, "b", 2), found(5, 8, "a", 1))).isTrue();
  }

  @Test
  void aWriteOfUnknownFateMayTakeEffectLateOrNeverButNotBeforeItBeganAndNotTwice() {
    assertThat(right(lost(1, Condition.ALWAYS, "x"), missing(2, 3), missing(4, 5))).isTrue();
    assertThat(right(lost(1, Condition.ALWAYS, "x"), missing(2, 3), found(4, 5, "x", 9))).isTrue();
    assertThat(right(lost(6, Condition.ALWAYS, "x"), found(4, 5, "x", 9))).isFalse();
    assertThat(right(lost(1, Condition.ALWAYS, "x"), found(2, 3, "x", 9), missing(4, 5))).isFalse();
    assertThat(right(lost(1, Condition.ALWAYS, "x"), found(2, 3, "x", 9), put(4, 5, "y", 10), found(6, 7, "x", 9)))
        .isFalse();
    assertThat(right(lost(1, Condition.ALWAYS, "x"), found(2, 3, "x", 9), put(4, 5, "y", 10), found(6, 7, "x", 11)))
        .as("applied twice").isFalse();
  }

  @Test
  void aWriteThatSurelyDidNotHappenMustNotBeSeen() {
    Operation refused = op(1, 2, new Write(Condition.ALWAYS, "x"), new NotDone("NOT_APPLIED"));
    assertThat(right(refused, missing(3, 4))).isTrue();
    assertThat(right(refused, found(3, 4, "x", 1))).isFalse();
  }

  @Test
  void ofTwoConditionalWritesOnOneStateOneIsRefused() {
    Write create = new Write(Condition.ABSENT, "a");
    assertThat(right(op(1, 4, create, new Applied(1, true)), op(2, 3, new Write(Condition.ABSENT, "b"), new Refused(1))))
        .isTrue();
    assertThat(right(op(1, 4, create, new Applied(1, true)), op(2, 3, new Write(Condition.ABSENT, "b"), new Applied(2, true))))
        .isFalse();
    assertThat(right(op(1, 2, create, new Refused(0)))).as("refused although the condition held").isFalse();
    assertThat(right(put(1, 2, "a", 1), op(3, 4, new Write(new Condition.RevisionIs(1), "b"), new Applied(2, true)),
        op(5, 6, new Write(new Condition.RevisionIs(1), "c"), new Refused(2)),
        op(7, 8, new Write(new Condition.ValueIs("b"), null), new Applied(3, true)), missing(9, 10))).isTrue();
  }

  @Test
  void aDirtyNegativeAnswerIsNoticed() {
    // The refusal tells of a write that then was lost.
    assertThat(right(put(1, 2, "a", 1), op(3, 4, new Write(Condition.ALWAYS, "b"), new NotDone("NOT_APPLIED")),
        op(5, 6, new Write(new Condition.RevisionIs(1), "c"), new Refused(2)), found(7, 8, "a", 1))).isFalse();
  }

  @Test
  void aRevisionNeverGoesBackAndBelongsToOneWrite() {
    assertThat(right(put(1, 2, "a", 5), put(3, 4, "b", 4))).isFalse();
    assertThat(right(put(1, 2, "a", 5), found(3, 4, "a", 6))).isFalse();
    assertThat(right(put(1, 2, "a", 5), op(3, 4, new Write(Condition.ALWAYS, null), new Applied(5, false)))).isFalse();
  }

  @Test
  void eachKeyIsCheckedByItself() {
    Operation other = new Operation(0, new Register("pk", "other"), new Get("lease"), "", 1, 3, 4, 0, 0,
        new Found("a", 1, 1, "lease"));
    assertThat(Linearizability.faults(List.of(put(1, 2, "a", 1), other))).singleElement().asString()
        .contains("other").contains("absent").contains("Found[value=a");
  }

  /** Small histories of every kind, and the definition itself: some order of them all. */
  @Test
  void randomHistoriesAreJudgedAsByTryingEveryOrder() {
    int right = 0;
    int wrong = 0;
    for (int seed = 0; seed < 20_000; seed++) {
      List<Operation> history = randomHistory(new Random(seed), 6);
      boolean expected = anyOrder(history, RegisterState.START);
      assertThat(Linearizability.faults(history).isEmpty()).as("seed " + seed + ": " + history).isEqualTo(expected);
      right += expected ? 1 : 0;
      wrong += expected ? 0 : 1;
    }
    assertThat(right).isGreaterThan(2_000);
    assertThat(wrong).isGreaterThan(2_000);
  }

  private static boolean anyOrder(List<Operation> left, RegisterState state) {
    if (left.stream().allMatch(each -> each.answered() == NEVER)) {
      return true;
    }
    long firstEnd = left.stream().mapToLong(Operation::answered).min().orElseThrow();
    for (Operation next : left) {
      if (next.invoked() <= firstEnd) {
        RegisterState after = state.after(next.call(), next.answer());
        List<Operation> rest = new ArrayList<>(left);
        rest.remove(next);
        if (after != null && anyOrder(rest, after)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Done by the specification in the order of their middles, and then one answer or another is made up. */
  private static List<Operation> randomHistory(Random random, int size) {
    List<Operation> history = new ArrayList<>();
    RegisterState state = RegisterState.START;
    long revision = 0;
    for (int i = 0; i < size; i++) {
      long middle = 100L * i + 50;
      Call call = randomCall(random, state);
      RegisterState truly = new RegisterState(state.value(), state.revision());
      Answer answer;
      if (call instanceof Get) {
        String value = truly.value();
        answer = value == null ? new Missing(0, "lease") : new Found(value, truly.revision(), 0, "lease");
      } else {
        Write write = (Write) call;
        boolean changed = write.value() != null || truly.value() != null;
        Answer applied = new Applied(changed ? revision + 1 : revision, changed);
        RegisterState after = truly.after(call, applied);
        if (after == null) {
          answer = new Refused(truly.value() == null ? 0 : truly.revision());
        } else {
          revision += changed ? 1 : 0;
          answer = applied;
          state = changed ? after : truly;
        }
      }
      long from = middle - 1 - random.nextInt(250);
      long to = middle + 1 + random.nextInt(250);
      if (call instanceof Write && random.nextInt(5) == 0) {
        answer = new Unknown("UNKNOWN");
        to = NEVER;
      } else if (random.nextInt(8) == 0) {
        answer = madeUp(random, call, answer);
      }
      // No two at one moment.
      history.add(op(from * 16 + i, to == NEVER ? to : to * 16 + 8 + i, call, answer));
    }
    return history;
  }

  private static Call randomCall(Random random, RegisterState state) {
    String value = random.nextInt(4) == 0 ? null : "v" + random.nextInt(3);
    return switch (random.nextInt(7)) {
      case 0, 1, 2 -> new Get("lease");
      case 3 -> new Write(Condition.ALWAYS, value);
      case 4 -> new Write(random.nextBoolean() ? Condition.ABSENT : Condition.EXISTS, value);
      case 5 -> new Write(new Condition.ValueIs("v" + random.nextInt(3)), value);
      default -> new Write(new Condition.RevisionIs(Math.max(1, state.revision() - random.nextInt(2))), value);
    };
  }

  private static Answer madeUp(Random random, Call call, Answer answer) {
    if (call instanceof Get) {
      return random.nextBoolean() ? new Missing(0, "lease") : new Found("v" + random.nextInt(3), 1 + random.nextInt(4), 0, "lease");
    }
    return random.nextBoolean() ? new Refused(random.nextInt(4))
        : new Applied(1 + random.nextInt(5), answer instanceof Refused || random.nextBoolean());
  }

  /** Thirty clients, and thirty writes of unknown fate that overlap nearly everything. */
  @Test
  void aLongHistoryWithManyUnknownWritesIsDecided() {
    Random random = new Random(4);
    List<Operation> history = new ArrayList<>();
    long revision = 0;
    for (int i = 0; i < 20_000; i++) {
      long middle = 1_000L + 100L * i;
      long from = middle - random.nextInt(1_500);
      long to = middle + random.nextInt(1_500);
      if (i % 700 == 0) {
        history.add(lost(from * 2, Condition.ALWAYS, "lost" + i));
        if (i % 1_400 == 0) {
          revision++;
          history.add(found(middle * 2, middle * 2 + 1, "lost" + i, revision));
        }
      } else if (i % 3 == 0 || revision == 0) {
        revision++;
        history.add(put(from * 2, to * 2 + 1, "v" + revision, revision));
      } else if (i % 700 > 3) {
        history.add(found(from * 2, to * 2 + 1, "v" + revision, revision));
      }
    }
    assertThat(Linearizability.check(history)).singleElement().isInstanceOf(Linearizable.class);
  }
}
