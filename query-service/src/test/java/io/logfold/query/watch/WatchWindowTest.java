package io.logfold.query.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.Limits;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.WatchEvent;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WatchWindowTest {
  private static final long BYTES = 2 << 20;

  private static WatchEvent event(int valueBytes) {
    return new WatchEvent.Changed(new Change(Bytes.utf8("pk"), Bytes.utf8("k"), 1, 0, Change.Kind.PUT,
        Optional.of(Bytes.wrap(new byte[valueBytes])), 0, 1, Provenance.NONE, new RequestId(1, 1)), 1);
  }

  /** Whatever comes, and whenever it leaves: neither bound is passed, and somebody who takes all gets more. */
  @Test
  void neitherEventsNorBytesGoBeyondTheirBoundsAndNothingStandsStill() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      WatchWindow window = new WatchWindow(16, BYTES);
      ArrayDeque<WatchEvent> waiting = new ArrayDeque<>();
      int asked = 0;
      for (int step = 0; step < 300; step++) {
        asked += window.ask();
        if (asked > 0 && random.nextInt(3) > 0) {
          WatchEvent event = event(random.nextBoolean() ? Limits.MAX_VALUE_BYTES : random.nextInt(1_000));
          window.came(event);
          waiting.add(event);
          asked--;
        } else if (!waiting.isEmpty()) {
          window.left(waiting.remove());
        }
        assertThat(waiting.size() + asked).isLessThanOrEqualTo(16);
        assertThat(waiting.stream().mapToLong(WatchWindow::size).sum()).isLessThanOrEqualTo(BYTES);
        assertThat(asked + waiting.size()).isPositive();
      }
    }
  }

  @Test
  void aWindowThatIsTooSmallForTheLargestLetsThemInOneByOne() {
    WatchWindow window = new WatchWindow(16, 1_000);
    assertThat(window.ask()).isEqualTo(1);
    assertThat(window.ask()).isZero();
    WatchEvent event = event(Limits.MAX_VALUE_BYTES);
    window.came(event);
    assertThat(window.ask()).isZero();
    window.left(event);
    assertThat(window.ask()).isEqualTo(1);
  }
}
