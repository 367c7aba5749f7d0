package io.logfold.query.simulation;

import io.logfold.log.LogRecord;
import io.logfold.query.testing.SimulatedLink.Sent;

/**
 * 6: No data event of a token is appended before every earlier lease has surely ended. By true time, which the nodes do
 * not know: a lease lasts TTL(1-e) by the clock of its holder.
 */
final class QuietPeriod implements Invariant {
  private final Watch watch;
  private final long spanNanos;

  QuietPeriod(Watch watch) {
    this.watch = watch;
    this.spanNanos = watch.cluster().leaseNanos();
  }

  @Override
  public void landed(Truth.Landed landed) {
    Sent sent = landed.sent();
    if (sent == null || !(landed.record() instanceof LogRecord.Event event) || event.mutations().isEmpty()) {
      return;
    }
    for (Truth.Term term : watch.truth().terms()) {
      Sent last = term.last();
      // A process holds one lease, that of its last term; it gave it up when it resigned.
      if (term.token == event.token() || last == null || last.by() == sent.by() || term.resigned
          || watch.truth().termOf(last.by()) != term) {
        continue;
      }
      long ends = last.trueNanos() + spanNanos * 1_000 / (1_000 + last.by().clock().ratePermille());
      if (sent.trueNanos() < ends) {
        watch.broken(this, Words.of(event) + " was appended " + (ends - sent.trueNanos()) / 1_000
            + " us before the lease of token " + term.token + " (" + last.by().name() + ") had surely ended");
      }
    }
  }
}
