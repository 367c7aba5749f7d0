package io.logfold.projector;

import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.Verdict;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the last record of a partition was found to be, for the projection that is given it next: where both stood at the same
 * state before, the fold, which is pure, would say the same again. So several tables cost one decoding and hashing of each
 * record. Owned by the thread that projects the partition.
 */
final class SharedFold {
  private long offset = -1;
  private @Nullable FoldState before;
  private @Nullable Judged judged;

  record Judged(Verdict verdict, FoldState after) {}

  Optional<Judged> judged(FoldState state, long recordOffset) {
    return recordOffset == offset && state.equals(before) ? Optional.ofNullable(judged) : Optional.empty();
  }

  /** What stops a fold is not kept: each finds that by itself. */
  void keep(FoldState state, long recordOffset, Verdict verdict, LogFold fold) {
    if (fold.stopped().isEmpty()) {
      offset = recordOffset;
      before = state;
      judged = new Judged(verdict, fold.state());
    }
  }
}
