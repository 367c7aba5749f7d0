package io.logfold.query.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.replay.Until;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How far a replay goes, as people write it. */
class UntilTextTest {
  private static Until parse(String text) {
    return UntilText.parse(Optional.of(text), 3);
  }

  @Test
  void nothingIsTheEndOfTheLog() {
    assertThat(UntilText.parse(Optional.empty(), 3)).isEqualTo(new Until.EndOfLog());
  }

  @Test
  void aRevisionIsTheMostOfEveryPartition() {
    assertThat(parse("1000")).isEqualTo(new Until.AtMost(1_000));
    assertThat(parse(" 0 ")).isEqualTo(new Until.AtMost(0));
  }

  @Test
  void revisionsOfPartitionsAreExact() {
    assertThat(parse("0:5,2:7")).isEqualTo(new Until.Position(Map.of(0, 5L, 2, 7L)));
    assertThat(parse("1:0")).isEqualTo(new Until.Position(Map.of(1, 0L)));
  }

  @Test
  void aTimeIsATime() {
    assertThat(parse("2026-11-22T10:00:00Z"))
        .isEqualTo(new Until.Time(Instant.parse("2026-11-22T10:00:00Z").toEpochMilli()));
    assertThat(parse("2026-11-22T10:00:00.5Z"))
        .isEqualTo(new Until.Time(Instant.parse("2026-11-22T10:00:00.500Z").toEpochMilli()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "-1", "soon", "99999999999999999999", "0:99999999999999999999", "3:1", "0:1,0:2", "0:1,",
    ",0:1", "0:", ":1", "0:-1", "1.5", "2026-11-22", "2026-11-22T10:00:00", "2026-13-22T10:00:00Z", "99999999999:1"})
  void anythingElseIsRefusedWithWhatIsExpected(String text) {
    assertThatThrownBy(() -> parse(text)).isInstanceOfSatisfying(StoreException.class, refused -> {
      assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
      assertThat(refused).hasMessageContaining("a time such as").hasMessageContaining("partitions 0 to 2")
          .hasMessageContaining("\"" + text.strip() + "\"");
    });
  }
}
