package io.logfold.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConsistencyTest {
  @Test
  void anAgeThatNoClockCanCountIsRefused() {
    StoreException refused = catchThrowableOfType(StoreException.class,
        () -> new Consistency.Stale(Duration.ofSeconds(Long.MAX_VALUE)));
    assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    assertThat(refused).hasMessageContaining("stale must be a duration of 0 to");
  }

  @Test
  void anAgeBelowZeroIsRefused() {
    StoreException refused =
        catchThrowableOfType(StoreException.class, () -> new Consistency.Stale(Duration.ofMillis(-1)));
    assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
  }
}
