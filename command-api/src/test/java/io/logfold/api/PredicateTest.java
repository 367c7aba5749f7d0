package io.logfold.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class PredicateTest {
  private static final Bytes K = Bytes.utf8("k");
  private static final Bytes V = Bytes.utf8("v");

  @Test
  void aMissingKeySatisfiesAbsentAndNothingElse() {
    assertThat(new Predicate.Absent(K).holds(null, 0)).isTrue();
    for (Predicate other : List.of(new Predicate.Exists(K), new Predicate.ValueEquals(K, V),
        new Predicate.ValueEquals(K, Bytes.EMPTY), new Predicate.RevisionIs(K, 1))) {
      assertThat(other.holds(null, 1)).as("%s", other).isFalse();
    }
  }

  @Test
  void anEmptyValueIsAValue() {
    assertThat(new Predicate.Absent(K).holds(Bytes.EMPTY, 1)).isFalse();
    assertThat(new Predicate.Exists(K).holds(Bytes.EMPTY, 1)).isTrue();
    assertThat(new Predicate.ValueEquals(K, Bytes.EMPTY).holds(Bytes.EMPTY, 1)).isTrue();
    assertThat(new Predicate.ValueEquals(K, Bytes.EMPTY).holds(V, 1)).isFalse();
  }

  @Test
  void valuesAreComparedByTheirBytesAndRevisionsByNumber() {
    assertThat(new Predicate.ValueEquals(K, V).holds(Bytes.copyOf(V.toArray()), 9)).isTrue();
    assertThat(new Predicate.ValueEquals(K, V).holds(Bytes.utf8("V"), 9)).isFalse();
    assertThat(new Predicate.RevisionIs(K, 9).holds(V, 9)).isTrue();
    assertThat(new Predicate.RevisionIs(K, 9).holds(V, 8)).isFalse();
  }

  @Test
  void illegalPredicatesCannotBeMade() {
    refused(ErrorCode.MISSING_KEY, () -> new Predicate.Exists(Bytes.EMPTY));
    refused(ErrorCode.INVALID_ARGUMENT, () -> new Predicate.RevisionIs(K, 0));
    refused(ErrorCode.TOO_LARGE, () -> new Predicate.ValueEquals(K, Bytes.wrap(new byte[Limits.MAX_VALUE_BYTES + 1])));
  }

  private static void refused(ErrorCode code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOfSatisfying(StoreException.class,
        e -> assertThat(e.code()).isEqualTo(code));
  }
}
