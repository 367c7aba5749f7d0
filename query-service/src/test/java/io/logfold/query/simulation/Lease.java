package io.logfold.query.simulation;

import io.logfold.api.GetResult;
import io.logfold.api.ReadPosition;
import io.logfold.api.ScanPage;
import io.logfold.query.testing.SimulatedLink.Sent;
import io.logfold.query.testing.SimulatedNode;
import org.jspecify.annotations.Nullable;

/**
 * 5: A leader's lease ends at or before the time it sent its last committed own record + TTL(1-e), by its own monotonic
 * clock; and what it answers by lease it answers before that.
 */
final class Lease implements Invariant {
  private final Watch watch;
  private final long spanNanos;

  Lease(Watch watch) {
    this.watch = watch;
    this.spanNanos = watch.cluster().leaseNanos();
  }

  @Override
  public void stepped(SimulatedNode node) {
    if (!watch.view(node).leading()) {
      return;
    }
    long left = watch.view(node).leaseLeftNanos();
    long allowed = left == 0 ? 0 : allowedNanos(node);
    if (left > allowed) {
      watch.broken(this, node.name() + " holds a lease for " + left / 1_000 + " us more, and may for " + Math.max(0, allowed) / 1_000);
    }
  }

  @Override
  public void answered(Call call) {
    ReadPosition position = position(call.answer());
    if (position != null && position.servedBy().equals("lease") && allowedNanos(call.node) <= 0) {
      watch.broken(this, call + " was answered by lease, and that had ended " + -allowedNanos(call.node) / 1_000 + " us before");
    }
  }

  private static @Nullable ReadPosition position(@Nullable Object answer) {
    return switch (answer) {
      case GetResult got -> got.position();
      case ScanPage page -> page.position();
      case null, default -> null;
    };
  }

  private long allowedNanos(SimulatedNode node) {
    Truth.Term term = watch.truth().termOf(node);
    Sent last = term == null ? null : term.last();
    return last == null ? 0 : last.ownNanos() + spanNanos - node.clock().monotonicNanos();
  }
}
