package io.logfold.api;

import java.util.Optional;

/**
 * A call that failed, with its place in the one table of errors. The message is for people: what was wrong, what was
 * expected, what to do.
 */
public final class StoreException extends RuntimeException {
  private final ErrorCode code;
  private final transient Optional<RequestId> requestId;
  private final long token;
  private final transient Optional<String> leaderAddress;

  public StoreException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public StoreException(ErrorCode code, String message, @org.jspecify.annotations.Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.requestId = Optional.empty();
    this.token = -1;
    this.leaderAddress = Optional.empty();
  }

  private StoreException(ErrorCode code, String message, Optional<RequestId> requestId, long token,
      Optional<String> leaderAddress) {
    super(message);
    this.code = code;
    this.requestId = requestId;
    this.token = token;
    this.leaderAddress = leaderAddress;
  }

  /** A write that was handed to the log and is undecided; token is -1 where it is not known. */
  public static StoreException unknown(RequestId requestId, long token, String why) {
    return new StoreException(ErrorCode.UNKNOWN,
        "the fate of request " + requestId + " is not known: " + why
            + "; ask again with the same request id and the next attempt number, or resolve it",
        Optional.of(requestId), token, Optional.empty());
  }

  /**
   * Another node leads the partition, or nobody does as far as is known.
   *
   * @param node the leader's name; empty where it is not known
   * @param address where clients find it, {@code http://HOST:PORT}; empty where it is not known
   */
  public static StoreException notLeader(int partition, String node, String address) {
    String leader = node.isEmpty() ? "; it knows of no leader: ask again, here or at another node"
        : "; node " + node + " does" + (address.isEmpty() ? "" : ": ask at " + address);
    return new StoreException(ErrorCode.NOT_LEADER, "this node does not lead partition " + partition + leader,
        Optional.empty(), -1, address.isEmpty() ? Optional.empty() : Optional.of(address));
  }

  /** As another process told it: the message is taken as it is. */
  public static StoreException told(ErrorCode code, String message, Optional<RequestId> requestId, long token) {
    return told(code, message, requestId, token, Optional.empty());
  }

  /** As another process told it, with the leader that it named. */
  public static StoreException told(ErrorCode code, String message, Optional<RequestId> requestId, long token,
      Optional<String> leaderAddress) {
    return new StoreException(code, message, requestId, token, leaderAddress);
  }

  public ErrorCode code() {
    return code;
  }

  /**
   * What a refusal says of this attempt it cannot say of the ones before: where there may have been one, "surely not
   * applied" becomes UNKNOWN. NOT_LEADER stays, since it says where to ask, and so does what no attempt could succeed with.
   *
   * @param token under which an attempt was handed over; -1 where that is not known
   */
  public StoreException ofAttempt(RequestInfo request, long token) {
    boolean saysNothingHappened = switch (code) {
      case NOT_APPLIED, SLOW_DOWN, DISK_FULL, UNAVAILABLE, DEADLINE_EXCEEDED, CLOSED, CORRUPT, UNSUPPORTED, CLOCK_AHEAD,
          POLICY_REFUSED, NO_MASTER_KEY -> true;
      default -> false;
    };
    return request.attempt() == 1 || !saysNothingHappened ? this : unknown(request.id(), token,
        "this attempt was refused (" + code + ": " + getMessage() + "), and an earlier one may have been applied");
  }

  /** Which request is undecided; only with {@link ErrorCode#UNKNOWN}. */
  public Optional<RequestId> requestId() {
    return requestId;
  }

  /** Under which token it was handed over; -1 where not known. */
  public long token() {
    return token;
  }

  /** Where the leader is found, {@code http://HOST:PORT}; only with {@link ErrorCode#NOT_LEADER}, and not always. */
  public Optional<String> leaderAddress() {
    return leaderAddress;
  }

  /** Unwraps what futures wrap; anything that is not ours becomes INTERNAL. */
  public static StoreException from(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof java.util.concurrent.CompletionException
            || cause instanceof java.util.concurrent.ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof StoreException known) {
      return known;
    }
    return new StoreException(ErrorCode.INTERNAL, "internal fault: " + cause, cause);
  }
}
