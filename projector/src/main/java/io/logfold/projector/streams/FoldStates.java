package io.logfold.projector.streams;

import io.logfold.log.FoldState;
import java.util.Optional;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Some states of one partition's fold, newer ones closer together: between any offset and the newest state that does not
 * lie behind it are at most four times as many offsets as between it and the newest state of all, and {@link #SPACING}.
 *
 * <p>Level l keeps the last two states that were taken where the position passed a multiple of {@code SPACING * 2^l}. So
 * there are at most {@code 2 * LEVELS} of them, whatever the log's length. A state is a fact about a prefix of the log,
 * which never changes: nothing here can be wrong for having been written too early or too late.
 *
 * <p>Owned by the task's thread.
 */
final class FoldStates {
  static final int SPACING = 1_000;
  private static final int LEVELS = 40;

  private final KeyValueStore<Integer, FoldState> slots;
  private long mark;

  FoldStates(KeyValueStore<Integer, FoldState> slots) {
    this.slots = slots;
  }

  /** The fold goes on from this position. */
  void begin(long position) {
    mark = position / SPACING;
  }

  /** Whether the state at this position is to be kept. */
  boolean wants(long position) {
    return position / SPACING != mark;
  }

  void keep(FoldState state) {
    long next = state.position() / SPACING;
    for (int level = 0; level < LEVELS && next >> level != mark >> level; level++) {
      slots.put(2 * level + (int) (next >> level & 1), state);
    }
    mark = next;
  }

  /** The newest that is kept of those from which a fold can go on to this offset. */
  Optional<FoldState> before(long offset) {
    FoldState found = null;
    for (int slot = 0; slot < 2 * LEVELS; slot++) {
      @Nullable FoldState state = slots.get(slot);
      if (state != null && state.position() <= offset && (found == null || state.position() > found.position())) {
        found = state;
      }
    }
    return Optional.ofNullable(found);
  }
}
