package io.logfold.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.logfold.api.Bytes;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AnchorTrackerTest {
  private static final GenesisConfig CONFIG = GenesisConfig.defaults(1);
  private static final long SPAN_MS = CONFIG.dedupeWindowMs() + GenesisConfig.MAX_CLOCK_LEAD_MS;

  @Test
  void theAnchorIsTheBeginningUntilTheLogIsOldEnough() {
    AnchorTracker anchors = new AnchorTracker(Checkpoint.empty("s", 0));
    anchors.moved(state(10, 2 * SPAN_MS));
    assertThat(anchors.moved(state(11, 3 * SPAN_MS)).anchor()).isEqualTo(FoldState.empty("s", 0));
    assertThat(anchors.moved(state(12, 3 * SPAN_MS + 1)).anchor()).isEqualTo(state(10, 2 * SPAN_MS));
  }

  @Test
  void theAnchorIsAlwaysOldEnoughAndAtMostATwentiethOlder() {
    AnchorTracker anchors = new AnchorTracker(Checkpoint.empty("s", 0));
    long stepMs = 700;
    for (int i = 1; i < 5_000; i++) {
      FoldState at = state(i, i * stepMs);
      Checkpoint checkpoint = anchors.moved(at);
      assertThat(checkpoint.at()).isEqualTo(at);
      long ageMs = at.logTimeMs() - checkpoint.anchor().logTimeMs();
      if (checkpoint.anchor().position() > 0) {
        assertThat(ageMs).isGreaterThan(SPAN_MS);
      }
      assertThat(ageMs).isLessThanOrEqualTo(SPAN_MS + SPAN_MS / 20 + 2 * stepMs);
    }
  }

  @Test
  void itGoesOnFromTheTablesCheckpoint() {
    Checkpoint last = new Checkpoint(state(500, 2 * SPAN_MS), state(100, SPAN_MS - 1));
    AnchorTracker anchors = new AnchorTracker(last);
    assertThat(anchors.moved(state(501, 2 * SPAN_MS + 5)).anchor()).isEqualTo(last.anchor());
    assertThat(anchors.moved(state(900, 3 * SPAN_MS + 1)).anchor()).isEqualTo(last.at());
  }

  @Test
  void aJumpOfTimeMovesTheAnchorToTheStateBeforeIt() {
    AnchorTracker anchors = new AnchorTracker(Checkpoint.empty("s", 0));
    anchors.moved(state(10, 1_000));
    anchors.moved(state(20, 1_000 + SPAN_MS / 2));
    assertThat(anchors.moved(state(21, 10 * SPAN_MS)).anchor()).isEqualTo(state(20, 1_000 + SPAN_MS / 2));
  }

  @Test
  void aFoldThatMovesBackIsRefused() {
    AnchorTracker anchors = new AnchorTracker(Checkpoint.empty("s", 0));
    anchors.moved(state(10, SPAN_MS));
    assertThatIllegalArgumentException().isThrownBy(() -> anchors.moved(state(9, SPAN_MS)));
  }

  @Test
  void aCheckpointComesBackFromItsBytes() {
    Checkpoint checkpoint = new Checkpoint(state(500, 2 * SPAN_MS), FoldState.empty("s", 0));
    assertThat(CheckpointCodec.decode(CheckpointCodec.encode(checkpoint))).isEqualTo(checkpoint);
    Checkpoint empty = Checkpoint.empty("störe", 7);
    assertThat(CheckpointCodec.decode(CheckpointCodec.encode(empty))).isEqualTo(empty);
  }

  @Test
  void bytesThatAreNoCheckpointAreRefusedWithAdvice() {
    for (Bytes bytes : new Bytes[] {Bytes.EMPTY, Bytes.utf8("rubbish"), Bytes.hex("0a00"), Bytes.hex("0a001200")}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> CheckpointCodec.decode(bytes))
          .withMessageContaining("are not a checkpoint")
          .withMessageContaining("restore it");
    }
  }

  private static FoldState state(long position, long logTimeMs) {
    return new FoldState("s", 0, position, 1, position, position - 1, RecordHasher.ofValue(Bytes.utf8("h" + position)),
        logTimeMs, Optional.of(CONFIG), "a", "a:1", "");
  }
}
