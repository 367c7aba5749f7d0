package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "scan",
    description = "Print the entries of a partition key in order, one a line: key, tab, value, with control"
    + " characters and bytes that are no text as escapes. --null and --json print every byte as it is.")
final class ScanCommand extends StoreCommand {
  @Parameters(index = "0", paramLabel = "PARTITION-KEY", description = "The partition key.")
  String partitionKey = "";

  @Option(names = "--prefix", paramLabel = "KEY", description = "Only keys that start with it.")
  @Nullable String prefix;

  @Option(names = "--start", paramLabel = "KEY", description = "The first key, inclusive.")
  @Nullable String start;

  @Option(names = "--after", paramLabel = "KEY", description = "The first key, exclusive.")
  @Nullable String after;

  @Option(names = "--end", paramLabel = "KEY", description = "The last key, exclusive.")
  @Nullable String end;

  @Option(names = "--limit", paramLabel = "N", defaultValue = "0", description = "Most entries. Default: all.")
  long limit;

  @Option(names = "--page", paramLabel = "N", defaultValue = "0", description = "Entries read at a time.")
  int page;

  @Option(names = "--reverse", description = "From the last key to the first.")
  boolean reverse;

  @Option(names = "--keys-only", description = "Leave the values out.")
  boolean keysOnly;

  @Option(names = "--snapshot", description = "See one revision from the first entry to the last, or fail.")
  boolean snapshot;

  @Option(names = "--null",
      description = "Print bytes as they are, each key and each value with a zero byte behind it.")
  boolean zero;

  @Option(names = "--consistency", paramLabel = "LEVEL", defaultValue = "linearizable", converter = Consistencies.class,
      description = "linearizable, barrier, read-index, at-least=REVISION or stale=DURATION. Default: ${DEFAULT-VALUE}.")
  Consistency consistency = Consistency.LINEARIZABLE;

  @Mixin
  AsOfOption asOf = new AsOfOption();

  ScanCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) {
    Bytes scanned = options.encoding.read(partitionKey);
    ScanRequest request = ScanRequest.of(scanned, scanOptions());
    Optional<String> snapshotId = Optional.empty();
    long left = limit == 0 ? Long.MAX_VALUE : limit;
    try {
      while (true) {
        ScanPage answer = await(store.scan(request, options.call()));
        asOf.note(io, answer.position().revision());
        snapshotId = answer.snapshotId().or(request::snapshotId);
        for (Entry entry : answer.entries()) {
          if (left-- == 0) {
            return ExitCodes.OK;
          }
          print(entry);
        }
        if (!answer.more() || left == 0) {
          return ExitCodes.OK;
        }
        io.flush();
        request = request.next(answer.last(), snapshotId);
      }
    } finally {
      snapshotId.ifPresent(id -> store.endSnapshot(scanned, id, options.call()));
    }
  }

  private ScanOptions scanOptions() {
    Encoding encoding = options.encoding;
    ScanOptions scan = ScanOptions.all().withLimit(limit).withBatchSize(page)
        .withConsistency(asOf.consistency(consistency));
    scan = prefix == null ? scan : scan.withPrefix(encoding.read(prefix));
    scan = start == null ? scan : scan.withStart(encoding.read(start));
    scan = after == null ? scan : scan.withAfter(encoding.read(after));
    scan = end == null ? scan : scan.withEnd(encoding.read(end));
    scan = reverse ? scan.reversed() : scan;
    scan = keysOnly ? scan.withKeysOnly() : scan;
    return snapshot ? scan.withSnapshot() : scan;
  }

  private void print(Entry entry) {
    if (options.json) {
      JsonOut.object(io, json -> {
        JsonOut.key(json, "key", entry.key());
        if (!keysOnly) {
          JsonOut.value(json, entry.value(), entry.redacted());
        }
        json.writeNumberField("revision", entry.revision());
      });
    } else if (zero && entry.redacted() && !keysOnly) {
      throw new StoreException(ErrorCode.REDACTED, "the value of " + entry.key() + " was redacted, and --zero has no word"
          + " for that; use --json, or --keys-only");
    } else if (zero) {
      io.write(entry.key().unsafeArray());
      io.write(0);
      if (!keysOnly) {
        io.write(entry.value().unsafeArray());
        io.write(0);
      }
    } else {
      String key = options.encoding.line(entry.key());
      io.line(keysOnly ? key : key + "\t" + (entry.redacted() ? "REDACTED" : options.encoding.line(entry.value())));
      if (entry.redacted() && !keysOnly) {
        io.err().println("logfold: REDACTED: the value of " + key + " was made unreadable");
      }
    }
  }
}
