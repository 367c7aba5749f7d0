package io.logfold.api.client;

import io.logfold.api.CallOptions;
import io.logfold.api.Provenance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** Makes a {@link LogfoldClient}. Not safe for use by several threads; what is wrong is refused as soon as it is told. */
public final class LogfoldClientBuilder {
  private final List<ServerAddress> servers = new ArrayList<>();
  private String principal = "";
  private CallOptions options = CallOptions.DEFAULT;
  private int maxInFlight = 4_096;
  private long maxInFlightBytes = 64L * 1024 * 1024;
  private int maxWaiting = 16_384;
  private Duration keepAlive = Duration.ofSeconds(30);
  private Duration probeTimeout = Duration.ofSeconds(10);
  private boolean peer;

  LogfoldClientBuilder() {}

  /** Adds a server, {@code http://HOST[:PORT]}; the first that can be reached is used. */
  public LogfoldClientBuilder server(String url) {
    servers.add(ServerAddress.parse(url));
    return this;
  }

  /** Whom commits are by that name nobody; at most 256 bytes of UTF-8. */
  public LogfoldClientBuilder principal(String name) {
    principal = Provenance.of(name, "").principal();
    return this;
  }

  /** The options of calls that are made with {@link CallOptions#DEFAULT}. */
  public LogfoldClientBuilder defaultOptions(CallOptions defaults) {
    options = defaults;
    return this;
  }

  /** Most operations handed to the server and undecided; 4,096 by default. */
  public LogfoldClientBuilder maxInFlight(int operations) {
    maxInFlight = operations;
    return this;
  }

  /** Most bytes of such operations, and as many again of waiting ones; 64 MiB by default, 15 MiB at least. */
  public LogfoldClientBuilder maxInFlightBytes(long bytes) {
    maxInFlightBytes = bytes;
    return this;
  }

  /** Most operations that wait for room, in order; 16,384 by default. Beyond it calls fail at once with SLOW_DOWN. */
  public LogfoldClientBuilder maxWaiting(int operations) {
    maxWaiting = operations;
    return this;
  }

  /**
   * How long a silent connection with a call under way is trusted before it is probed; 30 s by default, 10 s at least. One
   * that does not answer the probe within 10 s is broken.
   */
  public LogfoldClientBuilder keepAlive(Duration silence) {
    keepAlive = silence;
    return this;
  }

  /** For {@link PeerClient}. */
  LogfoldClientBuilder peer(Duration timeoutOfProbes) {
    peer = true;
    probeTimeout = timeoutOfProbes;
    return this;
  }

  /** Does not connect yet: the first call does. */
  public LogfoldClient build() {
    RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
    return new LogfoldClient(new ClientSettings(servers, principal, options, maxInFlight, maxInFlightBytes, maxWaiting,
        keepAlive, probeTimeout, peer, System::nanoTime, random));
  }
}
