package io.logfold.query;

import io.logfold.api.ErrorCode;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.log.GenesisConfig;
import java.util.Optional;

/** Whether a new request came at a time at which its id can still tell it from a retry of itself (L4). */
final class RequestTimes {
  private RequestTimes() {}

  /** Empty where it did. For requests of which neither the fold nor the pipeline knows; on the leader's thread. */
  static Optional<StoreException> refusal(Leadership leader, RequestInfo request) {
    if (leader.fold().requests().expired(request.timeMs())) {
      return Optional.of(new StoreException(ErrorCode.REQUEST_EXPIRED, "request " + request.id() + " was made at "
          + request.timeMs() + " ms since the epoch, which is further back than the store remembers requests: whether it was"
          + " applied before cannot be told; look what is so now, then decide with a new request"));
    }
    long aheadMs = request.timeMs() - leader.clock().wallMs();
    if (aheadMs > GenesisConfig.MAX_CLOCK_LEAD_MS) {
      return Optional.of(new StoreException(ErrorCode.CLOCK_AHEAD, "request time is " + aheadMs
          + " ms ahead of the leader's clock, at most " + GenesisConfig.MAX_CLOCK_LEAD_MS
          + " are allowed; set the clock of the caller"));
    }
    return Optional.empty();
  }
}
