package io.logfold.projector.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Limits;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HistoryKeysTest {
  private static Bytes key(int as, int... then) {
    byte[] key = new byte[as + then.length];
    Arrays.fill(key, 0, as, (byte) 'a');
    for (int i = 0; i < then.length; i++) {
      key[as + i] = (byte) then[i];
    }
    return Bytes.wrap(key);
  }

  /** Also where the escaped 00 is what makes the keys long: then others with the same 899 bytes are no part of it. */
  @Test
  void theEndsOfAGroupHoldAllItsKeysAndNoOther() {
    byte[] longest = key(Limits.MAX_KEY_BYTES).unsafeArray().clone();
    Arrays.fill(longest, 900, longest.length, (byte) 0xff);
    Bytes place = HistoryKeys.place(key(902));
    for (Bytes member : new Bytes[] {key(900, 0), key(900, 0xff), key(1_000), Bytes.wrap(longest)}) {
      assertThat(HistoryKeys.groupOf(HistoryKeys.place(member))).isEqualTo(HistoryKeys.groupOf(place));
      assertThat(member).isBetween(HistoryKeys.firstOfGroup(place), HistoryKeys.lastOfGroup(place));
    }
    assertThat(key(900)).isLessThan(HistoryKeys.firstOfGroup(place));
    assertThat(key(899, 'b')).isGreaterThan(HistoryKeys.lastOfGroup(place));

    Bytes escaped = HistoryKeys.place(key(899, 0, 7));
    for (Bytes member : new Bytes[] {key(899, 0), key(899, 0, 0xff, 0xff)}) {
      assertThat(HistoryKeys.groupOf(HistoryKeys.place(member))).isEqualTo(HistoryKeys.groupOf(escaped));
      assertThat(member).isBetween(HistoryKeys.firstOfGroup(escaped), HistoryKeys.lastOfGroup(escaped));
    }
    assertThat(key(899)).isLessThan(HistoryKeys.firstOfGroup(escaped));
    assertThat(key(899, 1)).isGreaterThan(HistoryKeys.lastOfGroup(escaped));
  }
}
