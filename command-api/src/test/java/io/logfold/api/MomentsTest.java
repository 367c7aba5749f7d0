package io.logfold.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MomentsTest {
  @ParameterizedTest
  @CsvSource({"2026-11-23T03:00:00Z, 1795402800000", "2026-11-23T04:00:00+01:00, 1795402800000",
      "2026-11-23T03:00:00.25Z, 1795402800250", "2026-11-23, 1795392000000", "@1795402800001, 1795402800001"})
  void timesAreIso8601OrMilliseconds(String text, long ms) {
    assertThat(Moments.parse("as-of", text)).isEqualTo(new Moment.Time(ms));
    assertThat(Moments.parseTimeMs("from", text)).isEqualTo(ms);
  }

  @Test
  void digitsAloneAreARevisionAndMillisecondsWhereOnlyATimeIsMeant() {
    assertThat(Moments.parse("as-of", "2026")).isEqualTo(new Moment.Revision(2026));
    assertThat(Moments.parseTimeMs("from", "2026")).isEqualTo(2026);
  }

  @Test
  void positionsNameEachPartitionInOrder() {
    assertThat(Moments.parse("as-of", "0=12,1=7")).isEqualTo(new Moment.Positions(List.of(12L, 7L)));
    assertThatThrownBy(() -> Moments.parse("as-of", "1=7,0=12")).hasMessageContaining("from 0 on");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "yesterday", "2026-11-23T03:00:00", "2026-13-01", "@", "-1", "99999999999999999999", "0=1,",
      "+999999999-01-01T00:00:00Z", "1969-12-31"})
  void whatIsNoMomentIsRefusedAndNamesTheField(String text) {
    assertThatThrownBy(() -> Moments.parse("as-of", text)).isInstanceOfSatisfying(StoreException.class,
        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
  }
}
