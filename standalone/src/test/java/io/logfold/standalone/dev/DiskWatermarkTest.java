package io.logfold.standalone.dev;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.ErrorCode;
import io.logfold.query.LeaderClock;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DiskWatermarkTest {
  private final AtomicLong nanos = new AtomicLong(7);
  private final AtomicLong usable = new AtomicLong(1_000);
  private final AtomicInteger looks = new AtomicInteger();
  private final DiskWatermark watermark = new DiskWatermark(() -> {
    looks.incrementAndGet();
    return usable.get();
  }, 1_000, new LeaderClock() {
    @Override
    public long monotonicNanos() {
      return nanos.get();
    }

    @Override
    public long wallMs() {
      return 0;
    }
  });

  @Test
  void refusesBelowTheMarkAndTakesWritesAgainAboveIt() {
    assertThat(watermark.refusal()).isEmpty();
    usable.set(999);
    later(DiskWatermark.LOOK_MS);
    assertThat(watermark.refusal()).hasValueSatisfying(refusal -> {
      assertThat(refusal.code()).isEqualTo(ErrorCode.DISK_FULL);
      assertThat(refusal).hasMessageContaining("999 bytes left, writes need 1000");
    });
    usable.set(1_000);
    later(DiskWatermark.LOOK_MS);
    assertThat(watermark.refusal()).isEmpty();
  }

  @Test
  void looksOnceInAWhileOnly() {
    for (int i = 0; i < 100; i++) {
      assertThat(watermark.refusal()).isEmpty();
    }
    assertThat(looks).hasValue(1);
    usable.set(0);
    later(DiskWatermark.LOOK_MS - 1);
    assertThat(watermark.refusal()).isEmpty();
    later(1);
    assertThat(watermark.refusal()).isPresent();
    assertThat(looks).hasValue(2);
  }

  private void later(long ms) {
    nanos.addAndGet(ms * 1_000_000);
  }
}
