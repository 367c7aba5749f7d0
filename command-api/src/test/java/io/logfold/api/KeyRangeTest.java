package io.logfold.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeyRangeTest {
  private static final List<Bytes> KEYS = List.of(Bytes.hex("00"), Bytes.utf8("a"), Bytes.hex("6100"), Bytes.utf8("ab"),
      Bytes.utf8("b"), Bytes.hex("ff"), Bytes.hex("ffff"));

  @Test
  void theStartBelongsToItAndTheEndDoesNot() {
    KeyRange range = range("a", "b");
    assertThat(range.contains(Bytes.utf8("a"))).isTrue();
    assertThat(range.contains(Bytes.hex("61ffff"))).isTrue();
    assertThat(range.contains(Bytes.utf8("b"))).isFalse();
    assertThat(KEYS).allMatch(KeyRange.ALL::contains);
  }

  @Test
  void aPrefixRangeHoldsExactlyWhatStartsWithThePrefix() {
    for (Bytes prefix : List.of(Bytes.EMPTY, Bytes.utf8("a"), Bytes.hex("61ff"), Bytes.hex("ff"), Bytes.hex("ffff"))) {
      assertThat(KEYS).allMatch(key -> KeyRange.prefix(prefix).contains(key) == key.startsWith(prefix));
    }
  }

  @Test
  void anIntersectionHoldsWhatBothHold() {
    List<KeyRange> ranges = new ArrayList<>(List.of(KeyRange.ALL));
    for (Bytes start : KEYS) {
      ranges.add(new KeyRange(start, Optional.empty()));
      KEYS.forEach(end -> ranges.add(new KeyRange(start, Optional.of(end))));
    }
    for (KeyRange one : ranges) {
      for (KeyRange two : ranges) {
        KeyRange both = one.intersect(two);
        assertThat(KEYS).as("%s and %s", one, two)
            .allMatch(key -> both.contains(key) == (one.contains(key) && two.contains(key)));
      }
    }
  }

  @Test
  void anEmptyRangeHoldsNothing() {
    assertThat(range("a", "a").isEmpty()).isTrue();
    assertThat(range("b", "a").isEmpty()).isTrue();
    assertThat(range("a", "b").isEmpty()).isFalse();
    assertThat(KeyRange.ALL.isEmpty()).isFalse();
    assertThat(KEYS).noneMatch(range("b", "a")::contains);
  }

  @Test
  void beyondAKeyIsWhatComesBehindItInTheDirectionOfTheScan() {
    Bytes a = Bytes.utf8("a");
    assertThat(KEYS).allMatch(key -> KeyRange.ALL.beyond(a, false).contains(key) == key.compareTo(a) > 0);
    assertThat(KEYS).allMatch(key -> KeyRange.ALL.beyond(a, true).contains(key) == key.compareTo(a) < 0);
    assertThat(range("a", "b").beyond(Bytes.hex("00"), false)).isEqualTo(range("a", "b"));
    assertThat(range("a", "b").beyond(Bytes.utf8("b"), false).isEmpty()).isTrue();
  }

  private static KeyRange range(String start, String end) {
    return new KeyRange(Bytes.utf8(start), Optional.of(Bytes.utf8(end)));
  }
}
