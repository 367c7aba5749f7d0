package io.logfold.api.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.Entry;
import io.logfold.api.EntryIterator;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.ScanOptions;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** The words in which the scenarios are written. */
final class Kit {
  private static final long PATIENCE_SECONDS = 60;

  private Kit() {}

  static Bytes bytes(String text) {
    return Bytes.utf8(text);
  }

  /** A partition key nobody has used before, on this store or any other. */
  static Bytes fresh(String name) {
    return bytes("kit-" + UUID.randomUUID() + "-" + name);
  }

  static Bytes concat(Bytes first, Bytes second) {
    byte[] both = Arrays.copyOf(first.unsafeArray(), first.size() + second.size());
    System.arraycopy(second.unsafeArray(), 0, both, first.size(), second.size());
    return Bytes.wrap(both);
  }

  /** So many bytes, not all the same. */
  static Bytes filled(int size) {
    byte[] data = new byte[size];
    for (int i = 0; i < size; i++) {
      data[i] = (byte) (i * 31 + (i >> 8));
    }
    return Bytes.wrap(data);
  }

  static Bytes key(int number) {
    return bytes(String.format(Locale.ROOT, "key-%04d", number));
  }

  /** Keys from (inclusive) to (exclusive), ascending. */
  static List<Bytes> keys(int from, int to) {
    return IntStream.range(from, to).mapToObj(Kit::key).toList();
  }

  static List<Bytes> keysOf(List<Entry> entries) {
    return entries.stream().map(Entry::key).toList();
  }

  /** What {@link #load} stores under a key. */
  static Bytes valueOf(Bytes key) {
    return concat(bytes("value of "), key);
  }

  /** Stores {@link #valueOf} under each key, in as few commits as the limits allow. */
  static void load(BlockingStore store, Bytes partitionKey, List<Bytes> keys) {
    for (int from = 0; from < keys.size(); from += Limits.MAX_COMMIT_MUTATIONS) {
      List<Mutation> puts = new ArrayList<>();
      for (Bytes key : keys.subList(from, Math.min(keys.size(), from + Limits.MAX_COMMIT_MUTATIONS))) {
        puts.add(new Mutation.Put(key, valueOf(key)));
      }
      applied(store.commit(partitionKey, List.of(), puts));
    }
  }

  static Versioned found(BlockingStore store, Bytes partitionKey, Bytes key) {
    return store.get(partitionKey, key).orElseThrow(
        () -> new AssertionError("expected a value under " + partitionKey + ", " + key + ", found none"));
  }

  static List<Entry> scanned(BlockingStore store, Bytes partitionKey, ScanOptions options) {
    try (EntryIterator entries = store.scan(partitionKey, options)) {
      return drained(entries);
    }
  }

  /** Everything up to the end, which must be a good one. */
  static List<Entry> drained(EntryIterator entries) {
    List<Entry> all = new ArrayList<>();
    while (entries.next()) {
      all.add(entries.entry());
    }
    assertThat(entries.error()).isEmpty();
    return all;
  }

  static CommitOutcome.Applied applied(CommitOutcome outcome) {
    assertThat(outcome).isInstanceOf(CommitOutcome.Applied.class);
    return (CommitOutcome.Applied) outcome;
  }

  static CommitOutcome.PredicateFailed refused(CommitOutcome outcome) {
    assertThat(outcome).isInstanceOf(CommitOutcome.PredicateFailed.class);
    return (CommitOutcome.PredicateFailed) outcome;
  }

  static StoreException assertFails(ErrorCode code, ThrowingCallable call) {
    StoreException failure = catchThrowableOfType(StoreException.class, call);
    assertThat(failure).as("a call that must fail with %s", code).isNotNull();
    assertThat(failure.code()).as(failure.getMessage()).isEqualTo(code);
    return failure;
  }

  /** Runs them all at the same time, one thread each, and gives their answers; what one throws is thrown. */
  static <T> List<T> atOnce(List<Callable<T>> tasks) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
      try {
        List<T> answers = new ArrayList<>();
        for (Future<T> answer : threads.invokeAll(tasks, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          answers.add(answer.get());
        }
        return answers;
      } finally {
        threads.shutdownNow();
      }
    }
  }

  static <T> List<T> atOnce(int threads, Callable<T> task) throws Exception {
    return atOnce(IntStream.range(0, threads).mapToObj(i -> task).toList());
  }
}
