package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.assertFails;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.keysOf;
import static io.logfold.api.testing.Kit.load;
import static io.logfold.api.testing.Kit.scanned;
import static io.logfold.api.testing.Kit.valueOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.ScanOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Every combination of a scan's options gives what a filter over all keys gives. */
public interface ScanOptionsContract extends ContractFixture {
  /** b0 to b9, c0 to c9, d0 to d9. */
  List<Bytes> OPTION_KEYS = List.of("b", "c", "d").stream()
      .flatMap(letter -> java.util.stream.IntStream.range(0, 10).mapToObj(i -> bytes(letter + i))).toList();

  @Test
  default void lowerBoundsUpperBoundsPrefixesAndDirectionCombine() {
    Bytes partitionKey = fresh("options");
    load(blocking(), partitionKey, OPTION_KEYS);
    List<Optional<Bytes>> bounds = List.of(Optional.empty(), Optional.of(bytes("a")), Optional.of(bytes("c0")),
        Optional.of(bytes("c55")), Optional.of(bytes("e")));
    List<Optional<Bytes>> prefixes = List.of(Optional.empty(), Optional.of(bytes("c")), Optional.of(bytes("d3")));
    for (Optional<Bytes> low : bounds) {
      for (Optional<Bytes> end : bounds) {
        if (low.isPresent() && end.isPresent() && low.get().compareTo(end.get()) >= 0) {
          continue; // Refused: see below.
        }
        for (Optional<Bytes> prefix : prefixes) {
          for (boolean inclusive : low.isPresent() ? new boolean[] {true, false} : new boolean[] {true}) {
            ScanOptions options = new ScanOptions(inclusive ? low : Optional.empty(),
                inclusive ? Optional.empty() : low, end, prefix, 0, 0, false, false, false, Consistency.LINEARIZABLE);
            assertSelects(partitionKey, options);
            assertSelects(partitionKey, options.reversed());
          }
        }
      }
    }
  }

  @Test
  default void limitsBatchSizesAndDirectionCombine() {
    Bytes partitionKey = fresh("options");
    load(blocking(), partitionKey, OPTION_KEYS);
    ScanOptions middle = ScanOptions.all().withAfter(bytes("b4")).withEnd(bytes("d5"));
    for (ScanOptions options : List.of(ScanOptions.all(), middle, middle.withPrefix(bytes("c")))) {
      for (long limit : new long[] {0, 1, 3, 10, 20, 30, 31, Long.MAX_VALUE}) {
        for (int batchSize : new int[] {0, 3, 10, 30}) {
          assertSelects(partitionKey, options.withLimit(limit).withBatchSize(batchSize));
          assertSelects(partitionKey, options.withLimit(limit).withBatchSize(batchSize).reversed());
        }
      }
    }
  }

  @Test
  default void keysOnlyGivesKeysAndRevisionsWithoutValues() {
    Bytes partitionKey = fresh("options");
    load(blocking(), partitionKey, OPTION_KEYS);
    List<Entry> full = scanned(blocking(), partitionKey, ScanOptions.all());
    List<Entry> expected = full.stream()
        .map(entry -> new Entry(partitionKey, entry.key(), Bytes.EMPTY, entry.revision())).toList();
    assertThat(scanned(blocking(), partitionKey, ScanOptions.all().withKeysOnly())).isEqualTo(expected);
    assertThat(scanned(blocking(), partitionKey, ScanOptions.all().withKeysOnly().reversed().withBatchSize(4)))
        .isEqualTo(expected.reversed());
  }

  @Test
  default void anEmptyLowerBoundOrPrefixIsNone() {
    Bytes partitionKey = fresh("options");
    load(blocking(), partitionKey, OPTION_KEYS);
    for (ScanOptions options : List.of(ScanOptions.all().withStart(Bytes.EMPTY),
        ScanOptions.all().withAfter(Bytes.EMPTY), ScanOptions.all().withPrefix(Bytes.EMPTY))) {
      assertThat(keysOf(scanned(blocking(), partitionKey, options))).isEqualTo(OPTION_KEYS);
    }
  }

  @Test
  default void anEmptyStretchIsNoContradiction() {
    Bytes partitionKey = fresh("options");
    load(blocking(), partitionKey, OPTION_KEYS);
    for (ScanOptions options : List.of(ScanOptions.all().withStart(bytes("c0")).withEnd(bytes("c0")),
        ScanOptions.all().withStart(bytes("d")).withPrefix(bytes("b")),
        ScanOptions.all().withAfter(bytes("c0")).withEnd(bytes("c0").successor()))) {
      assertThat(scanned(blocking(), partitionKey, options)).as("%s", options).isEmpty();
    }
  }

  @Test
  default void optionsThatContradictEachOtherAreRefused() {
    Bytes partitionKey = fresh("options");
    for (ScanOptions options : List.of(
        ScanOptions.all().withStart(bytes("a")).withAfter(bytes("a")),
        ScanOptions.all().withStart(bytes("b")).withEnd(bytes("a")),
        ScanOptions.all().withAfter(bytes("a")).withEnd(bytes("a")),
        ScanOptions.all().withAfter(bytes("b")).withEnd(bytes("a")),
        ScanOptions.all().withLimit(-1),
        ScanOptions.all().withBatchSize(-1),
        ScanOptions.all().withBatchSize(Limits.MAX_PAGE_ENTRIES + 1),
        ScanOptions.all().withSnapshot().withConsistency(new Consistency.AtLeast(1)),
        ScanOptions.all().withSnapshot().withConsistency(new Consistency.Stale(Duration.ofSeconds(1))))) {
      assertFails(ErrorCode.INVALID_ARGUMENT, () -> blocking().scan(partitionKey, options));
    }
  }

  private void assertSelects(Bytes partitionKey, ScanOptions options) {
    Predicate<Bytes> wanted = key -> (options.start().isEmpty() || key.compareTo(options.start().get()) >= 0)
        && (options.after().isEmpty() || key.compareTo(options.after().get()) > 0)
        && (options.end().isEmpty() || key.compareTo(options.end().get()) < 0)
        && (options.prefix().isEmpty() || key.startsWith(options.prefix().get()));
    List<Bytes> expected = new ArrayList<>(OPTION_KEYS.stream().filter(wanted).toList());
    if (options.reverse()) {
      expected = expected.reversed();
    }
    if (options.limit() > 0) {
      expected = expected.stream().limit(options.limit()).toList();
    }
    List<Entry> entries = scanned(blocking(), partitionKey, options);
    assertThat(keysOf(entries)).as("%s", options).isEqualTo(expected);
    assertThat(entries).as("%s", options).allMatch(entry -> entry.value().equals(valueOf(entry.key())));
  }
}
