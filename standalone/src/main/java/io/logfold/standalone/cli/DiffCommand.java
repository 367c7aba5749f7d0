package io.logfold.standalone.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.logfold.api.Bytes;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffRequest;
import io.logfold.api.KeyRange;
import io.logfold.api.Moments;
import io.logfold.api.Store;
import io.logfold.api.Versioned;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "diff",
    description = "Print what differs between two moments of a partition key, in the order of keys. 'same' is a key that was"
        + " changed and changed back, or written again.")
final class DiffCommand extends StoreCommand {
  private static final String MOMENT = " a revision (42), a time (2026-11-23T03:00:00Z, 2026-11-23: midnight UTC,"
      + " @MILLISECONDS), or the revision of each partition (0=12,1=7).";

  @Parameters(index = "0", paramLabel = "PARTITION-KEY", description = "The partition key.")
  String partitionKey = "";

  @Option(names = "--from", paramLabel = "REV|TIME", required = true, description = "The first moment:" + MOMENT)
  String from = "";

  @Option(names = "--to", paramLabel = "REV|TIME", required = true, description = "The second moment, likewise.")
  String to = "";

  @Option(names = "--prefix", paramLabel = "KEY", description = "Only keys that start with it.")
  @Nullable String prefix;

  private boolean noted;

  DiffCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) {
    KeyRange range = prefix == null ? KeyRange.ALL : KeyRange.prefix(options.encoding.read(prefix));
    Optional<DiffRequest> ahead = Optional.of(new DiffRequest(options.encoding.read(partitionKey), range,
        Moments.parse("--from", from), Moments.parse("--to", to), DiffRequest.DEFAULT_PAGE_SIZE, Optional.empty()));
    Columns columns = new Columns(io, List.of("what", "key", "from", "to", "value"));
    while (ahead.isPresent()) {
      DiffRequest asked = ahead.get();
      DiffPage page = await(store.diff(asked, options.call()));
      note(page);
      if (options.json) {
        page.differences().forEach(this::printJson);
      } else {
        columns.write(page.differences().stream().map(this::row).toList());
      }
      io.flush();
      ahead = page.next().map(asked::next);
    }
    return ExitCodes.OK;
  }

  private void note(DiffPage page) {
    if (!noted) {
      noted = true;
      if (page.fromRevision() == 0) {
        io.err().println("logfold: note: " + from + " is before the first event of this partition: there was nothing");
      }
      if (page.toRevision() == 0) {
        io.err().println("logfold: note: " + to + " is before the first event of this partition: there was nothing");
      }
    }
  }

  private List<String> row(DiffPage.Difference difference) {
    Optional<Versioned> before = difference.before();
    Optional<Versioned> after = difference.after();
    Optional<Bytes> value = after.map(Versioned::value).or(() -> before.map(Versioned::value));
    return List.of(what(before, after), options.encoding.line(difference.key()), revision(before), revision(after),
        value.map(options.encoding::line).orElse(""));
  }

  private static String what(Optional<Versioned> before, Optional<Versioned> after) {
    if (before.isEmpty()) {
      return "added";
    }
    if (after.isEmpty()) {
      return "removed";
    }
    return before.get().value().equals(after.get().value()) ? "same" : "changed";
  }

  private static String revision(Optional<Versioned> side) {
    return side.map(found -> Long.toString(found.revision())).orElse("-");
  }

  private void printJson(DiffPage.Difference difference) {
    JsonOut.object(io, json -> {
      json.writeStringField("what", what(difference.before(), difference.after()));
      JsonOut.key(json, "key", difference.key());
      writeSide(json, "before", difference.before());
      writeSide(json, "after", difference.after());
    });
  }

  private static void writeSide(JsonGenerator json, String name, Optional<Versioned> side) throws IOException {
    if (side.isPresent()) {
      json.writeObjectFieldStart(name);
      JsonOut.value(json, side.get().value());
      json.writeNumberField("revision", side.get().revision());
      json.writeEndObject();
    }
  }
}
