package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.ErrorCode;
import io.logfold.api.HistoryPage;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.Moments;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "history",
    description = "Print who changed what, when, why and from which revision, newest first: of a key, of the keys of a"
        + " partition key, or of a principal (--principal alone: in the whole store).")
final class HistoryCommand extends StoreCommand {
  private static final int PAGE = 500;

  @Parameters(index = "0", arity = "0..1", paramLabel = "PARTITION-KEY", description = "The partition key.")
  @Nullable String partitionKey;

  @Parameters(index = "1", arity = "0..1", paramLabel = "KEY", description = "The key. Default: all of them.")
  @Nullable String key;

  @Option(names = "--prefix", paramLabel = "KEY", description = "Only keys that start with it.")
  @Nullable String prefix;

  @Option(names = "--principal", paramLabel = "WHO", description = "Only what this principal changed.")
  @Nullable String principal;

  @Option(names = "--from", paramLabel = "TIME",
      description = "Only changes at or after it: 2026-11-23T03:00:00Z, 2026-11-23 (midnight, UTC), or milliseconds.")
  @Nullable String from;

  @Option(names = "--to", paramLabel = "TIME", description = "Only changes before it.")
  @Nullable String to;

  @Option(names = "--limit", paramLabel = "N", defaultValue = "0", description = "Most changes. Default: all.")
  long limit;

  @Option(names = "--oldest-first", description = "In the order in which they happened.")
  boolean oldestFirst;

  HistoryCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) {
    if (limit < 0) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "--limit must be 0 (all) or more, got " + limit);
    }
    HistoryScope scope = scope();
    // Of one partition key the changes of one principal are picked out here.
    boolean picked = principal != null && !(scope instanceof HistoryScope.OfPrincipal);
    Columns columns = new Columns(io, heading(scope));
    long left = limit == 0 ? Long.MAX_VALUE : limit;
    Optional<HistoryRequest> ahead = Optional.of(new HistoryRequest(scope, time("--from", from), time("--to", to), oldestFirst,
        picked ? PAGE : (int) Math.min(PAGE, left), Optional.empty()));
    while (ahead.isPresent() && left > 0) {
      HistoryRequest asked = ahead.get();
      HistoryPage page = await(store.history(asked, options.call()));
      List<Change> shown = page.changes().stream()
          .filter(change -> !picked || change.provenance().principal().equals(principal)).limit(left).toList();
      left -= shown.size();
      if (options.json) {
        shown.forEach(change -> JsonOut.object(io, json -> Changes.write(json, change)));
      } else {
        columns.write(shown.stream().map(change -> row(scope, change)).toList());
      }
      io.flush();
      ahead = page.next().map(asked::next);
    }
    return ExitCodes.OK;
  }

  private HistoryScope scope() {
    if (partitionKey == null) {
      if (principal == null || prefix != null) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT,
            "whose history? expected PARTITION-KEY [KEY], or --principal WHO for that of a principal");
      }
      return new HistoryScope.OfPrincipal(principal);
    }
    if (key != null && prefix != null) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "KEY and --prefix exclude each other");
    }
    Bytes under = options.encoding.read(partitionKey);
    return key != null ? new HistoryScope.OfKey(under, options.encoding.read(key))
        : new HistoryScope.OfPrefix(under, prefix == null ? Bytes.EMPTY : options.encoding.read(prefix));
  }

  private static Optional<Long> time(String option, @Nullable String text) {
    return Optional.ofNullable(text).map(given -> Moments.parseTimeMs(option, given));
  }

  private static List<String> heading(HistoryScope scope) {
    List<String> heading = new ArrayList<>(List.of("revision", "time", "who", "why", "what", "old"));
    switch (scope) {
      case HistoryScope.OfKey one -> { }
      case HistoryScope.OfPrefix some -> heading.add("key");
      case HistoryScope.OfPrincipal who -> heading.addAll(List.of("partition key", "key"));
    }
    heading.add("value");
    return heading;
  }

  private List<String> row(HistoryScope scope, Change change) {
    List<String> row = new ArrayList<>(List.of(Long.toString(change.revision()), Changes.time(change.timeMs()),
        Changes.said(change.provenance().principal()), Changes.said(change.provenance().reason()), Changes.what(change),
        Changes.old(change)));
    switch (scope) {
      case HistoryScope.OfKey one -> { }
      case HistoryScope.OfPrefix some -> row.add(options.encoding.line(change.key()));
      case HistoryScope.OfPrincipal who -> row.addAll(
          List.of(options.encoding.line(change.partitionKey()), options.encoding.line(change.key())));
    }
    row.add(Changes.value(change, options.encoding));
    return row;
  }
}
