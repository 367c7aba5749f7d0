package io.logfold.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Policy;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import java.util.List;
import org.junit.jupiter.api.Test;

class PolicySetTest {
  private static final Bytes PEOPLE = Bytes.utf8("people/1");

  private static PolicyChange.Put put(String name, String prefix, boolean principal, boolean reason, boolean redactable) {
    return new PolicyChange.Put(new Policy(name, Bytes.utf8(prefix), principal, reason, redactable));
  }

  @Test
  void whatMatchingPoliciesDemandAddsUp() {
    PolicySet set = PolicySet.NONE.with(put("who", "people/", true, false, false)).with(put("why", "", false, true, false))
        .with(put("elsewhere", "orders/", true, true, true));
    assertThat(set.refusal(PEOPLE, Provenance.NONE).orElseThrow()).contains("\"who\" requires a principal")
        .contains("\"why\" requires a reason").doesNotContain("elsewhere");
    assertThat(set.refusal(PEOPLE, Provenance.of("me", "")).orElseThrow()).contains("\"why\"").doesNotContain("\"who\"");
    assertThat(set.refusal(PEOPLE, Provenance.of(" ", "because")).orElseThrow()).contains("\"who\"").doesNotContain("\"why\"");
    assertThat(set.refusal(PEOPLE, Provenance.of("me", "because"))).isEmpty();
    assertThat(set.refusal(Bytes.utf8("peopl"), Provenance.of("", "because"))).isEmpty();
    assertThat(set.redactable(PEOPLE)).isFalse();
    assertThat(set.redactable(Bytes.utf8("orders/7"))).isTrue();
  }

  @Test
  void aChangeThatIsSoAlreadyIsNone() {
    PolicySet set = PolicySet.NONE.with(put("a", "x", true, false, false));
    assertThat(set.with(put("a", "x", true, false, false))).isSameAs(set);
    assertThat(set.with(new PolicyChange.Remove("b"))).isSameAs(set);
    assertThat(set.with(put("a", "y", true, false, false)).all()).extracting(Policy::partitionKeyPrefix)
        .containsExactly(Bytes.utf8("y"));
    assertThat(set.with(new PolicyChange.Remove("a"))).isEqualTo(PolicySet.NONE);
  }

  @Test
  void whatWouldNotFitIsRefusedAndAFoldThatMeetsItChangesNothing() {
    PolicySet set = PolicySet.NONE;
    for (int i = 0; i < PolicySet.MAX_POLICIES; i++) {
      assertThat(set.refusal(put("p" + i, "x", true, false, false))).isEmpty();
      set = set.with(put("p" + i, "x", true, false, false));
    }
    assertThat(set.all()).hasSize(PolicySet.MAX_POLICIES);
    assertThat(set.refusal(put("more", "", true, false, false)).orElseThrow()).contains("64 policies");
    assertThat(set.with(put("more", "", true, false, false))).isSameAs(set);
    assertThat(set.refusal(put("p1", "z", true, false, false))).isEmpty();

    PolicySet long1 = PolicySet.NONE.with(put("a", "x".repeat(1_536), true, false, false))
        .with(put("b", "x".repeat(1_536), true, false, false));
    assertThat(long1.refusal(put("c", "x".repeat(1_024), true, false, false)).orElseThrow()).contains("4096 bytes");
  }

  @Test
  void namesAreInOrderWhateverTheOrderOfTheChanges() {
    PolicySet one = PolicySet.NONE.with(put("b", "", true, false, false)).with(put("a", "", true, false, false));
    PolicySet other = PolicySet.NONE.with(put("a", "", true, false, false)).with(put("b", "", true, false, false));
    assertThat(one).isEqualTo(other);
    assertThat(PolicySet.of(List.copyOf(one.all()))).isEqualTo(one);
  }
}
