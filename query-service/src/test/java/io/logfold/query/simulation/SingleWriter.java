package io.logfold.query.simulation;

import io.logfold.log.FoldState;
import io.logfold.log.LogRecord;
import io.logfold.query.testing.SimulatedNode;

/**
 * 2: At each offset at most one token is in force: a claim that takes effect names the token before it, a record that
 * counts is of the token that was claimed last, and no two processes lead under one token.
 */
final class SingleWriter implements Invariant {
  private final Watch watch;
  private long token = FoldState.NO_TOKEN;

  SingleWriter(Watch watch) {
    this.watch = watch;
  }

  @Override
  public void landed(Truth.Landed landed) {
    if (landed.record() instanceof LogRecord.Claim claim) {
      if (claim.prevToken() != token) {
        watch.broken(this, "the claim at offset " + landed.offset() + " took effect on token " + claim.prevToken() + ", in force was "
            + token);
      }
      token = landed.offset();
    } else if (landed.record() instanceof LogRecord.TokenRecord record) {
      if (record.token() != token) {
        watch.broken(this, "the record at offset " + landed.offset() + " counts under token " + record.token() + ", in force was "
            + token);
      }
      token = record instanceof LogRecord.Resign ? FoldState.NO_TOKEN : token;
    }
  }

  @Override
  public void stepped(SimulatedNode node) {
    if (!watch.view(node).leading()) {
      return;
    }
    long mine = watch.view(node).state().token();
    for (SimulatedNode other : watch.cluster().lives()) {
      if (other != node && watch.view(other).leading() && watch.view(other).state().token() == mine) {
        watch.broken(this, node.name() + " and " + other.name() + " both lead under token " + mine);
      }
    }
  }
}
