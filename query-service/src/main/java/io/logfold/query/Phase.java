package io.logfold.query;

import io.logfold.api.ErrorCode;

/** What a partition leader is doing. Owned by the leader's thread. */
sealed interface Phase {
  /** In words, for people and metrics. */
  String label();

  /** Reads the log up to its end. */
  record Recovering() implements Phase {
    @Override
    public String label() {
      return "recovering";
    }
  }

  /** Tails the log; somebody else's token is in force, or none. */
  record Following() implements Phase {
    @Override
    public String label() {
      return "following";
    }
  }

  /** Has appended a claim and reads up to it. */
  record Claiming(long nonce, long giveUpNanos) implements Phase {
    @Override
    public String label() {
      return "claiming";
    }
  }

  /**
   * The claim is effective.
   *
   * @param dataFromNanos monotonic time before which no data may be appended (L2)
   */
  record Leading(long token, long dataFromNanos) implements Phase {
    @Override
    public String label() {
      return "leading";
    }
  }

  /**
   * Gives its leadership away: neither reads nor writes are answered any more, what is in flight is waited for, then a
   * Resign is appended (L7). Operations wait until another node leads, and are sent there.
   *
   * @param leading what it goes back to where the writes in flight are not committed in time
   * @param giveUpNanos until when they are waited for
   * @param resignSent from then on there is no way back
   */
  record Resigning(Leading leading, String successor, long giveUpNanos, boolean resignSent) implements Phase {
    @Override
    public String label() {
      return "resigning";
    }
  }

  /** Stopped for good: the log contradicts itself, is another store's, or is too new. */
  record Halted(ErrorCode code, String why) implements Phase {
    @Override
    public String label() {
      return "halted";
    }
  }

  /** Takes nothing new; what is in flight is waited for, then it resigns. */
  record Closing(boolean leading) implements Phase {
    @Override
    public String label() {
      return "closing";
    }
  }

  record Closed() implements Phase {
    @Override
    public String label() {
      return "closed";
    }
  }
}
