package io.logfold.query.simulation;

import io.logfold.api.CommitRequest;
import io.logfold.api.GetRequest;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanRequest;
import io.logfold.api.StoreException;
import io.logfold.query.testing.SimulatedNode;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One call to one node, and what it was answered. */
final class Call {
  final int number;
  final SimulatedNode node;
  final Asked asked;

  /** LSN of the log's last valid record when the call was made: all up to here may have been seen by somebody. */
  final long calledAtLsn;

  /** The node's wall clock when the call was made, and how often it had been set. */
  final long calledAtWallMs;

  final int clockJumps;

  private @Nullable Object answer;
  private @Nullable StoreException failure;

  /** What was asked for. */
  sealed interface Asked {}

  record Write(CommitRequest request) implements Asked {}

  record Get(GetRequest request) implements Asked {}

  record Resolve(ResolveRequest request) implements Asked {}

  record Move(String successor) implements Asked {}

  record Serve(String table) implements Asked {}

  record Scan(ScanRequest request) implements Asked {}

  Call(int number, SimulatedNode node, Asked asked, long calledAtLsn) {
    this.number = number;
    this.node = node;
    this.asked = asked;
    this.calledAtLsn = calledAtLsn;
    this.calledAtWallMs = node.clock().wallMs();
    this.clockJumps = node.clock().jumps();
  }

  /** Notes the answer when it comes, then says so. */
  void follow(CompletableFuture<?> future, Runnable answered) {
    future.whenComplete((result, thrown) -> {
      answer = result;
      failure = thrown == null ? null : StoreException.from(thrown);
      answered.run();
    });
  }

  boolean ended() {
    return answer != null || failure != null;
  }

  /** Null where it failed, or has not ended. */
  @Nullable Object answer() {
    return answer;
  }

  @Nullable StoreException failure() {
    return failure;
  }

  @Override
  public String toString() {
    String what = switch (asked) {
      case Write write -> "commit " + Words.of(write.request());
      case Get get -> "get " + get.request().keys() + " " + Words.of(get.request().consistency());
      case Resolve resolve -> "resolve " + Words.shortId(resolve.request().requestId());
      case Move move -> "move to " + move.successor();
      case Serve serve -> "let table " + serve.table() + " serve";
      case Scan scan -> (scan.request().snapshot() ? "snapshot scan " : "scan ") + Words.of(scan.request().consistency());
    };
    return "#" + number + " " + node.name() + ": " + what;
  }
}
