package io.logfold.query.simulation;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.query.testing.SimulatedNode;

/** Every call to a process that lives is answered in its time, none by a fault of the store, and no honest partition halts. */
final class Answers implements Invariant {
  private final Watch watch;

  Answers(Watch watch) {
    this.watch = watch;
  }

  @Override
  public void stepped(SimulatedNode node) {
    watch.view(node).halted().ifPresent(why -> watch.broken(this, node.name() + " has halted: " + why));
  }

  @Override
  public void answered(Call call) {
    StoreException failure = call.failure();
    if (failure != null && (failure.code() == ErrorCode.INTERNAL || failure.code() == ErrorCode.CORRUPT)) {
      watch.broken(this, call + " failed: " + failure);
    }
  }

  @Override
  public void atEnd() {
    for (Call call : watch.cluster().clients().calls()) {
      if (!call.ended() && !call.node.killed()) {
        watch.broken(this, call + " was never answered");
      }
    }
    if (!watch.cluster().clients().lastWriteApplied()) {
      watch.broken(this, "when all was healed a write was not applied");
    }
  }
}
