package io.logfold.query;

import io.logfold.api.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * How a leadership is given up by plan: to another node, or because this one closes (L7). In this order: no read and no
 * write is answered any more, what is in flight is committed, L2 has elapsed, then a Resign is appended. Owned by the
 * leader's thread.
 */
final class Departure {
  /** How long a move waits for the writes in flight, before it is called off. */
  private static final long MOVE_NANOS = 1_000_000_000;

  private static final long CLOSE_NANOS = 3_000_000_000L;

  /** Who departs. */
  interface Leaver {
    Phase phase();

    void become(Phase phase);

    /** Whether nobody's token is in force. */
    boolean vacant();

    /** Whether an own record is appended and not yet committed. */
    boolean inFlight();

    /** The lease is dropped, and whoever waits for what only a leader does looks anew where to wait. */
    void stopAnswering();

    /** The move was called off. */
    void answerAgain();

    void resign(String successor);

    /** The phase becomes Closing, unless it is Halted; who waits for a leader is told. */
    void closing();

    void ended();
  }

  /** A call that moves the leadership; its answer is the node that leads then. */
  static final class Move extends Operation<String> {
    final String successor;

    Move(String successor, long deadlineNanos) {
      super(deadlineNanos);
      this.successor = successor;
      this.waitingFor = "another node to take over";
      this.timeoutCode = ErrorCode.UNAVAILABLE;
    }
  }

  private final Leaver leaver;
  private final Claims claims;
  private final LeaderClock clock;
  private @Nullable Move move;
  private long closeByNanos;

  Departure(Leaver leaver, Claims claims, LeaderClock clock) {
    this.leaver = leaver;
    this.claims = claims;
    this.clock = clock;
  }

  /** Begins a move. */
  void move(Move operation) {
    long now = clock.monotonicNanos();
    if (!(leaver.phase() instanceof Phase.Leading leading)) {
      operation.fail(ErrorCode.UNAVAILABLE, "this node does not lead the partition, or gives it away already");
    } else if (!claims.quietElapsed(now)) {
      // Whoever came next would be free of the wait that is owed to the leader before this one.
      operation.fail(ErrorCode.UNAVAILABLE, "this node leads the partition for too short a time to give it away; try again");
    } else {
      move = operation;
      leaver.become(new Phase.Resigning(leading, operation.successor, now + MOVE_NANOS, false));
      leaver.stopAnswering();
    }
  }

  /** Another node leads. */
  void moved(String leader) {
    Move done = move;
    move = null;
    if (done != null) {
      done.answer(leader);
    }
  }

  /** This node leads after all. */
  void stayed() {
    Move failed = move;
    move = null;
    if (failed != null) {
      failed.fail(ErrorCode.UNAVAILABLE, "the log did not take what is in flight, or the Resign, in time; this node leads on");
    }
  }

  /** Begins to close: takes nothing new. */
  void close() {
    if (leaver.phase() instanceof Phase.Closing || leaver.phase() instanceof Phase.Closed) {
      return;
    }
    boolean halted = leaver.phase() instanceof Phase.Halted;
    closeByNanos = clock.monotonicNanos() + CLOSE_NANOS;
    leaver.closing();
    if (halted) {
      leaver.ended();
    } else {
      leaver.stopAnswering();
    }
  }

  /** At the end of each turn. */
  void goOn(long now) {
    switch (leaver.phase()) {
      case Phase.Resigning resigning -> resignFurther(resigning, now);
      case Phase.Closing closing -> closeFurther(closing, now);
      default -> {}
    }
  }

  private void resignFurther(Phase.Resigning resigning, long now) {
    if (resigning.resignSent()) {
      return; // its acknowledgement, or its failure, is to come
    }
    if (!leaver.inFlight()) {
      leaver.become(new Phase.Resigning(resigning.leading(), resigning.successor(), resigning.giveUpNanos(), true));
      leaver.resign(resigning.successor());
    } else if (now - resigning.giveUpNanos() > 0) {
      leaver.become(resigning.leading());
      stayed();
      leaver.answerAgain();
    }
  }

  private void closeFurther(Phase.Closing closing, long now) {
    boolean late = now - closeByNanos > 0;
    if (!closing.leading() || late) {
      leaver.ended();
    } else if (!leaver.inFlight()) {
      if (leaver.vacant() || !claims.quietElapsed(now)) {
        leaver.ended(); // L7: before L2 has elapsed nobody may be told that the lease before is over
      } else {
        leaver.resign(claims.nextInRanking());
      }
    }
  }
}
