package io.logfold.standalone.jsonl;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Store;
import io.logfold.api.Versioned;
import io.logfold.standalone.importgit.ImportRefusedException;
import io.logfold.standalone.importgit.Patience;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far an import of a file is, in the store that it goes to: under {@link #PARTITION_KEY}, with the file's digest and the
 * strategy as key, {@code 1 IMPORT-ID ROWS/TOTAL}: all of the first ROWS rows are in. A mark that arrives late says less than
 * is true, never more, so that marks are written without conditions. Owned by the importer's thread.
 */
final class RowMark {
  static final Bytes PARTITION_KEY = Bytes.utf8("logfold/import-jsonl");

  private static final Pattern FORM = Pattern.compile("1 ([0-9a-f]{16}) (\\d{1,18})/(\\d{1,18})");

  private final Store store;
  private final CallOptions call;
  private final Patience patience;
  private final LongSupplier nowMs;
  private final RandomGenerator random;
  private final Bytes key;
  private final Provenance provenance;

  RowMark(Store store, CallOptions call, Patience patience, LongSupplier nowMs, RandomGenerator random, String digest,
      OnConflict onConflict, Provenance provenance) {
    this.store = store;
    this.call = call;
    this.patience = patience;
    this.nowMs = nowMs;
    this.random = random;
    this.key = Bytes.utf8(digest + " " + onConflict.name().toLowerCase(Locale.ROOT));
    this.provenance = provenance;
  }

  /** @param importId drawn when the import began; part of every request id, so that a rerun repeats its requests */
  record Kept(String importId, long rows, long total) {}

  Optional<Kept> read() {
    GetRequest request = new GetRequest(PARTITION_KEY, List.of(key), Consistency.LINEARIZABLE);
    return patience.ask(() -> store.get(request, call)).entries().getFirst().map(RowMark::parse);
  }

  void move(Kept to) {
    Bytes value = Bytes.utf8("1 " + to.importId() + " " + to.rows() + "/" + to.total());
    RequestInfo request = new RequestInfo(RequestId.random(random), 0, nowMs.getAsLong());
    patience.ask(() -> store.commit(new CommitRequest(PARTITION_KEY, List.of(), List.of(new Mutation.Put(key, value)),
        request, provenance), call));
  }

  private static Kept parse(Versioned found) {
    Matcher matcher = FORM.matcher(found.value().utf8());
    if (!matcher.matches()) {
      throw new ImportRefusedException("the mark under partition key " + PARTITION_KEY + " is " + found.value()
          + ", which no import of this version wrote; leave --resume out to begin anew");
    }
    return new Kept(matcher.group(1), Long.parseLong(matcher.group(2)), Long.parseLong(matcher.group(3)));
  }
}
