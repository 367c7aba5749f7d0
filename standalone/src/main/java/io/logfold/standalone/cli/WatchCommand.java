package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.ErrorCode;
import io.logfold.api.HistoryScope;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.WatchEvent;
import io.logfold.api.WatchRequest;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "watch",
    description = "Print changes as they happen, one a line, until it is ended: of a partition key, or of one of its keys, or of"
        + " those with a prefix. A connection that breaks is opened again behind the last event.")
final class WatchCommand extends StoreCommand {
  private static final int WINDOW = 64;
  private static final int PAUSE_MS = 500;

  @Parameters(index = "0", paramLabel = "PARTITION-KEY", description = "The partition key.")
  String partitionKey = "";

  @Option(names = "--key", paramLabel = "KEY", description = "Only this key.")
  @Nullable String key;

  @Option(names = "--prefix", paramLabel = "KEY", description = "Only keys that start with it.")
  @Nullable String prefix;

  @Option(names = "--after", paramLabel = "REV",
      description = "Begin with the changes behind this revision; 0: with the first. Default: those from now on.")
  @Nullable Long after;

  @Option(names = "--limit", paramLabel = "N", defaultValue = "0", description = "End after so many. Default: never.")
  long limit;

  /** Of an event that was broken off in its midst, the keys that are printed already. */
  private final Set<Bytes> printedOfEvent = new HashSet<>();
  private long event;
  private long printed;
  private boolean begun;

  WatchCommand(CliIo io) {
    super(io);
  }

  private sealed interface Signal {
    record Event(WatchEvent event) implements Signal {}

    record Ended(StoreException why) implements Signal {}
  }

  @Override
  int run(Store store) throws InterruptedException {
    WatchRequest request = request();
    for (int failures = 0; ; failures++) {
      boolean had = begun;
      begun = false;
      Outcome outcome = follow(store, request);
      if (outcome.ended == null) {
        return ExitCodes.OK;
      }
      StoreException why = outcome.ended;
      failures = begun ? 0 : failures;
      request = outcome.goOn;
      boolean mayPass = why.code().retry() == ErrorCode.Retry.LATER || why.code().retry() == ErrorCode.Retry.ELSEWHERE
          || why.code() == ErrorCode.CLOSED;
      if (!mayPass || !(begun || had) || failures > 20) {
        throw why;
      }
      begun |= had;
      io.err().println("logfold: watching again"
          + request.afterRevision().map(revision -> " behind revision " + revision).orElse("") + ": " + why.getMessage());
      TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
    }
  }

  /** @param ended null where enough was printed */
  private record Outcome(@Nullable StoreException ended, WatchRequest goOn) {}

  private Outcome follow(Store store, WatchRequest request) throws InterruptedException {
    BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    Reader reader = new Reader(signals);
    store.watch(request, reader);
    WatchRequest goOn = request;
    try {
      while (true) {
        switch (signals.take()) {
          case Signal.Ended(StoreException why) -> {
            return new Outcome(why, goOn);
          }
          case Signal.Event(WatchEvent told) -> {
            begun = true;
            print(told);
            goOn = request.after(told.resumeAfter());
            if (limit > 0 && printed >= limit) {
              return new Outcome(null, goOn);
            }
            if (signals.isEmpty()) {
              io.flush();
            }
            reader.taken();
          }
        }
      }
    } finally {
      reader.cancel();
    }
  }

  private WatchRequest request() {
    if (key != null && prefix != null) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "--key and --prefix exclude each other");
    }
    Bytes under = options.encoding.read(partitionKey);
    HistoryScope scope = key != null ? new HistoryScope.OfKey(under, options.encoding.read(key))
        : new HistoryScope.OfPrefix(under, prefix == null ? Bytes.EMPTY : options.encoding.read(prefix));
    return new WatchRequest(scope, Optional.ofNullable(after));
  }

  private void print(WatchEvent told) {
    switch (told) {
      case WatchEvent.Progress progress -> {
        if (options.json) {
          JsonOut.object(io, json -> {
            json.writeObjectFieldStart("progress");
            json.writeNumberField("revision", progress.revision());
            json.writeNumberField("timeMs", progress.timeMs());
            json.writeEndObject();
          });
        }
      }
      case WatchEvent.Changed changed -> {
        Change change = changed.change();
        if (change.revision() != event) {
          event = change.revision();
          printedOfEvent.clear();
        }
        if (!printedOfEvent.add(change.key())) {
          return;
        }
        printed++;
        if (options.json) {
          JsonOut.object(io, json -> {
            Changes.write(json, change);
            json.writeNumberField("resumeAfter", changed.resumeAfter());
          });
        } else {
          io.line(change.revision() + "  " + Changes.time(change.timeMs()) + "  "
              + Changes.said(change.provenance().principal()) + "  " + Changes.what(change) + "  "
              + options.encoding.line(change.key()) + "  " + Changes.value(change, options.encoding));
        }
      }
    }
  }

  /** Takes signals on the store's thread and keeps as many as the window at most. */
  private static final class Reader implements Flow.Subscriber<WatchEvent> {
    private final BlockingQueue<Signal> signals;
    private volatile Flow.@Nullable Subscription subscription;

    Reader(BlockingQueue<Signal> signals) {
      this.signals = signals;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(WINDOW);
    }

    @Override
    public void onNext(WatchEvent told) {
      signals.add(new Signal.Event(told));
    }

    @Override
    public void onError(Throwable why) {
      signals.add(new Signal.Ended(StoreException.from(why)));
    }

    @Override
    public void onComplete() {
      onError(new StoreException(ErrorCode.UNAVAILABLE, "the watch has ended"));
    }

    void taken() {
      Flow.Subscription open = subscription;
      if (open != null) {
        open.request(1);
      }
    }

    void cancel() {
      Flow.Subscription open = subscription;
      if (open != null) {
        open.cancel();
      }
    }
  }
}
