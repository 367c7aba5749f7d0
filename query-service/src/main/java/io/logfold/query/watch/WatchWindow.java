package io.logfold.query.watch;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.Limits;
import io.logfold.api.WatchEvent;

/**
 * How many events a connection may ask its watch for, so that what waits there for its reader stays below a number of events
 * and a number of bytes: whoever asks for an event keeps room for the largest that there may be. Safe for all threads.
 */
public final class WatchWindow {
  /** Of the largest change, without the bytes that its form adds. */
  static final int LARGEST = Limits.MAX_VALUE_BYTES + Limits.MAX_KEY_BYTES + Limits.MAX_PARTITION_KEY_BYTES
      + Limits.MAX_PRINCIPAL_BYTES + Limits.MAX_REASON_BYTES + Limits.MAX_SOURCE_BYTES + 256;

  private final int mostEvents;
  private final long mostBytes;
  private int asked;
  private int waiting;
  private long bytes;

  /** @param mostBytes at least that of the largest event are let in one by one */
  public WatchWindow(int mostEvents, long mostBytes) {
    this.mostEvents = mostEvents;
    this.mostBytes = mostBytes;
  }

  /** How many events to ask for now; they count as asked for. 0: wait until something has left. */
  public synchronized int ask() {
    long room = Math.min(mostEvents - waiting, (mostBytes - bytes) / LARGEST) - asked;
    if (asked + waiting == 0) {
      room = Math.max(1, room);
    } else if (room < 2 && asked > 0) {
      return 0; // not one by one, as long as some are on their way
    }
    asked += (int) Math.max(0, room);
    return (int) Math.max(0, room);
  }

  /** One that was asked for is here. */
  public synchronized void came(WatchEvent event) {
    asked--;
    waiting++;
    bytes += size(event);
  }

  /** One that was here went to the reader. */
  public synchronized void left(WatchEvent event) {
    waiting--;
    bytes -= size(event);
  }

  /** About what an event takes in memory. */
  public static long size(WatchEvent event) {
    return switch (event) {
      case WatchEvent.Changed changed -> size(changed.change());
      case WatchEvent.Progress progress -> 64;
    };
  }

  static long size(Change change) {
    return 256L + change.partitionKey().size() + change.key().size() + change.value().map(Bytes::size).orElse(0)
        + change.provenance().principal().length() + change.provenance().reason().length()
        + change.provenance().source().length();
  }
}
