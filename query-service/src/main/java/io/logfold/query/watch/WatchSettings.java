package io.logfold.query.watch;

import io.logfold.api.CallOptions;
import io.logfold.api.Limits;
import java.time.Duration;

/**
 * How watches behave.
 *
 * @param heartbeat longest silence between two events, where the reader wants one
 * @param slowLimit how long a reader may ask for nothing before it is dropped
 * @param patience how long the history may fail to answer before a watch ends with that failure
 * @param pageSize most changes read at a time; what a reader that does not go on holds in memory is at most one page, of
 *     whole events of 1 MiB together or a single larger one, and the one event that the page may end in
 * @param most watches at a time; further ones are refused with SLOW_DOWN
 * @param call of each question to the store
 */
public record WatchSettings(Duration heartbeat, Duration slowLimit, Duration patience, int pageSize, int most,
    CallOptions call) {
  public static final WatchSettings DEFAULT = new WatchSettings(Duration.ofSeconds(10), Duration.ofSeconds(60),
      Duration.ofSeconds(30), 32, 1_000, CallOptions.DEFAULT);

  public WatchSettings {
    if (heartbeat.toMillis() < 1 || slowLimit.toMillis() < 1 || patience.isNegative() || most < 1
        || pageSize < 1 || pageSize > Limits.MAX_PAGE_ENTRIES) {
      throw new IllegalArgumentException("heartbeat and slowLimit are 1 ms or more, most 1 or more, pageSize 1 to "
          + Limits.MAX_PAGE_ENTRIES + "; got " + heartbeat + ", " + slowLimit + ", " + most + " and " + pageSize);
    }
  }
}
