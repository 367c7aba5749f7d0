package io.logfold.api.client;

import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One server, and the connection to it if there is one. A lost connection is opened again by the next call that wants
 * it: at once where it had answered before, else after a back-off that doubles from 50 ms to 2 s (each spread over its
 * upper half). During back-off there is none, and the caller is told so at once. Any thread.
 */
final class ServerLink {
  private static final long FIRST_BACKOFF_NANOS = 50_000_000;
  private static final long LAST_BACKOFF_NANOS = 2_000_000_000;

  private final ServerAddress address;
  private final boolean given;
  private final Function<ServerLink, SessionConnection> connector;
  private final LongSupplier nanoClock;
  private final RandomGenerator random;

  private volatile @Nullable SessionConnection current;
  // The rest is guarded by this.
  private int failures;
  private long notBeforeNanos;
  private String lastFailure = "";
  private boolean closed;

  /** @param given whether the client was told of it by its owner, or learnt of it from the cluster */
  ServerLink(ServerAddress address, boolean given, Function<ServerLink, SessionConnection> connector, LongSupplier nanoClock,
      RandomGenerator random) {
    this.address = address;
    this.given = given;
    this.connector = connector;
    this.nanoClock = nanoClock;
    this.random = random;
  }

  ServerAddress address() {
    return address;
  }

  boolean given() {
    return given;
  }

  /**
   * Closes it for good where it has no connection, so that whoever still holds it opens none that nobody would close.
   *
   * @return false where it has one
   */
  synchronized boolean forget() {
    closed |= current == null;
    return current == null;
  }

  /** The connection, opened where there was none; null during back-off and after close. */
  @Nullable SessionConnection connection() {
    SessionConnection open = current;
    return open != null ? open : reopen();
  }

  private @Nullable SessionConnection reopen() {
    SessionConnection opened;
    synchronized (this) {
      if (current != null) {
        return current;
      }
      if (closed || failures > 0 && notBeforeNanos - nanoClock.getAsLong() > 0) {
        return null;
      }
      opened = connector.apply(this);
      current = opened;
    }
    opened.open();
    return opened;
  }

  /** @param answered whether it ever gave an answer: then it was a good one, and may be tried again at once */
  synchronized void lost(SessionConnection connection, boolean answered, String why) {
    if (current != connection) {
      return;
    }
    current = null;
    lastFailure = why;
    failures = answered ? 0 : failures + 1;
    long backoff = Math.min(LAST_BACKOFF_NANOS, FIRST_BACKOFF_NANOS << Math.min(Math.max(failures - 1, 0), 10));
    notBeforeNanos = nanoClock.getAsLong() + backoff / 2 + random.nextLong(backoff / 2);
  }

  synchronized String state() {
    long left = Math.max(0, notBeforeNanos - nanoClock.getAsLong()) / 1_000_000;
    return address + " (" + lastFailure + "; next try in " + left + " ms)";
  }

  void close() {
    SessionConnection open;
    synchronized (this) {
      closed = true;
      open = current;
    }
    if (open != null) {
      open.close("the client was closed");
    }
  }
}
