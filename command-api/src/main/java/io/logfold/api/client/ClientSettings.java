package io.logfold.api.client;

import io.logfold.api.CallOptions;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * All that a client is told.
 *
 * @param principal of commits that name none
 * @param options of calls that were given {@link CallOptions#DEFAULT}
 * @param maxInFlight most operations that are handed to servers and undecided
 * @param maxInFlightBytes most bytes of them; as many may wait
 * @param maxWaiting most operations that wait for room; beyond it SLOW_DOWN
 * @param keepAlive how long a silent connection is trusted before it is probed, ten seconds or more
 * @param probeTimeout how long a probed connection may stay silent before it is broken
 * @param peer whether it speaks for a node: then its operations are marked as forwarded, and nothing is routed
 * @param nanoClock monotonic, nanoseconds
 * @param random spreads the back-off of clients
 */
record ClientSettings(
    List<ServerAddress> servers,
    String principal,
    CallOptions options,
    int maxInFlight,
    long maxInFlightBytes,
    int maxWaiting,
    Duration keepAlive,
    Duration probeTimeout,
    boolean peer,
    LongSupplier nanoClock,
    RandomGenerator random) {

  /** gRPC takes anything shorter for this. */
  static final Duration SHORTEST_KEEP_ALIVE = Duration.ofSeconds(10);

  ClientSettings {
    servers = List.copyOf(servers);
    if (servers.isEmpty()) {
      throw refused("name at least one server URL, for example http://127.0.0.1:" + ServerAddress.DEFAULT_PORT);
    }
    if (maxInFlight < 1) {
      throw refused("maxInFlight must be 1 or more, got " + maxInFlight);
    }
    if (maxInFlightBytes < PendingCall.MAX_OPERATION_BYTES) {
      throw refused("maxInFlightBytes must be at least one operation's size, " + PendingCall.MAX_OPERATION_BYTES
          + " bytes; got " + maxInFlightBytes);
    }
    if (maxWaiting < 0) {
      throw refused("maxWaiting must be 0 or more, got " + maxWaiting);
    }
    if (keepAlive.compareTo(SHORTEST_KEEP_ALIVE) < 0) {
      throw refused("keepAlive must be ten seconds or more, got " + keepAlive);
    }
  }

  private static StoreException refused(String message) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "client: " + message);
  }
}
