package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.applied;
import static io.logfold.api.testing.Kit.assertFails;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.concat;
import static io.logfold.api.testing.Kit.filled;
import static io.logfold.api.testing.Kit.found;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.key;
import static io.logfold.api.testing.Kit.keys;
import static io.logfold.api.testing.Kit.keysOf;
import static io.logfold.api.testing.Kit.load;
import static io.logfold.api.testing.Kit.scanned;
import static io.logfold.api.testing.Kit.valueOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.ScanOptions;
import io.logfold.api.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** For each limit the largest legal size, which must work, and the smallest illegal one, which must be named. */
public interface LimitsContract extends ContractFixture {

  @Test
  default void theLargestKeysAndValueGoInAndComeBack() {
    Bytes partitionKey = largestPartitionKey();
    Bytes key = filled(Limits.MAX_KEY_BYTES);
    Bytes value = filled(Limits.MAX_VALUE_BYTES);
    long revision = blocking().set(partitionKey, key, value);
    assertThat(found(blocking(), partitionKey, key).value().equals(value)).as("the value comes back").isTrue();
    List<Entry> entries = scanned(blocking(), partitionKey, ScanOptions.all());
    assertThat(keysOf(entries)).containsExactly(key);
    assertThat(entries.get(0).partitionKey()).isEqualTo(partitionKey);
    assertThat(entries.get(0).value().equals(value)).as("the value is scanned").isTrue();
    applied(blocking().setIf(partitionKey, key, Bytes.EMPTY, new Predicate.RevisionIs(key, revision)));
    assertThat(blocking().delete(partitionKey, key).changed()).isTrue();
  }

  @Test
  default void theLargestKeysMayBeAllZeroesOrAllOnes() {
    for (byte b : new byte[] {0, (byte) 0xFF}) {
      Bytes partitionKey = largestPartitionKey();
      byte[] raw = new byte[Limits.MAX_KEY_BYTES];
      java.util.Arrays.fill(raw, b);
      Bytes key = Bytes.wrap(raw);
      blocking().set(partitionKey, key, bytes("v"));
      assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all().withStart(key)))).containsExactly(key);
      assertThat(scanned(blocking(), partitionKey, ScanOptions.all().withAfter(key))).isEmpty();
      blocking().delete(partitionKey, key);
    }
  }

  @Test
  default void theLargestValueIsAPredicate() {
    Bytes partitionKey = fresh("limits");
    Bytes value = filled(Limits.MAX_VALUE_BYTES);
    blocking().set(partitionKey, bytes("key"), value);
    applied(blocking().setIf(partitionKey, bytes("key"), bytes("small"),
        new Predicate.ValueEquals(bytes("key"), value)));
  }

  @Test
  default void oneByteMoreIsRefusedWithTheLimitAndTheSizeGiven() {
    Bytes partitionKey = fresh("limits");
    Bytes longPartitionKey = filled(Limits.MAX_PARTITION_KEY_BYTES + 1);
    Bytes longKey = filled(Limits.MAX_KEY_BYTES + 1);
    Bytes longValue = filled(Limits.MAX_VALUE_BYTES + 1);
    Bytes key = bytes("key");
    assertNames(Limits.MAX_PARTITION_KEY_BYTES, assertFails(ErrorCode.TOO_LARGE,
        () -> blocking().set(longPartitionKey, key, key)));
    assertNames(Limits.MAX_PARTITION_KEY_BYTES, assertFails(ErrorCode.TOO_LARGE,
        () -> blocking().get(longPartitionKey, key)));
    assertNames(Limits.MAX_PARTITION_KEY_BYTES, assertFails(ErrorCode.TOO_LARGE,
        () -> blocking().scan(longPartitionKey, ScanOptions.all())));
    assertNames(Limits.MAX_KEY_BYTES, assertFails(ErrorCode.TOO_LARGE,
        () -> blocking().set(partitionKey, longKey, key)));
    assertNames(Limits.MAX_KEY_BYTES, assertFails(ErrorCode.TOO_LARGE, () -> blocking().get(partitionKey, longKey)));
    assertNames(Limits.MAX_KEY_BYTES, assertFails(ErrorCode.TOO_LARGE,
        () -> blocking().delete(partitionKey, longKey)));
    assertNames(Limits.MAX_VALUE_BYTES, assertFails(ErrorCode.TOO_LARGE,
        () -> blocking().set(partitionKey, key, longValue)));
    assertNames(Limits.MAX_VALUE_BYTES, assertFails(ErrorCode.TOO_LARGE,
        () -> blocking().setIf(partitionKey, key, longValue, new Predicate.Absent(key))));
    assertThat(blocking().get(partitionKey, key)).isEmpty();
  }

  @Test
  default void theLargestNumberOfMutationsAndPredicatesIsOneCommit() {
    Bytes partitionKey = fresh("limits");
    List<Bytes> keys = keys(0, Limits.MAX_COMMIT_MUTATIONS);
    List<Mutation> puts = keys.stream().<Mutation>map(key -> new Mutation.Put(key, valueOf(key))).toList();
    List<Predicate> absent = keys.stream().limit(Limits.MAX_COMMIT_PREDICATES)
        .<Predicate>map(Predicate.Absent::new).toList();
    long revision = applied(blocking().commit(partitionKey, absent, puts)).revision();
    List<Entry> entries = scanned(blocking(), partitionKey, ScanOptions.all());
    assertThat(keysOf(entries)).isEqualTo(keys);
    assertThat(entries).allMatch(entry -> entry.revision() == revision);
  }

  @Test
  default void oneMutationOrPredicateMoreIsRefused() {
    Bytes partitionKey = fresh("limits");
    List<Mutation> puts = keys(0, Limits.MAX_COMMIT_MUTATIONS + 1).stream()
        .<Mutation>map(key -> new Mutation.Put(key, Bytes.EMPTY)).toList();
    assertNames(Limits.MAX_COMMIT_MUTATIONS,
        assertFails(ErrorCode.TOO_LARGE, () -> blocking().commit(partitionKey, List.of(), puts)));
    List<Predicate> absent = keys(0, Limits.MAX_COMMIT_PREDICATES + 1).stream()
        .<Predicate>map(Predicate.Absent::new).toList();
    assertNames(Limits.MAX_COMMIT_PREDICATES, assertFails(ErrorCode.TOO_LARGE,
        () -> blocking().commit(partitionKey, absent, List.of(new Mutation.Put(key(0), Bytes.EMPTY)))));
    assertThat(scanned(blocking(), partitionKey, ScanOptions.all())).isEmpty();
  }

  @Test
  default void theLargestCommitGoesInAndAByteMoreDoesNot() {
    Bytes partitionKey = largestPartitionKey();
    List<Mutation> puts = commitOf(Limits.MAX_COMMIT_BYTES);
    long revision = applied(blocking().commit(partitionKey, List.of(), puts)).revision();
    List<Entry> entries = scanned(blocking(), partitionKey, ScanOptions.all());
    assertThat(entries).hasSameSizeAs(puts).allMatch(entry -> entry.revision() == revision);
    List<Bytes> keys = puts.stream().map(Mutation::key).toList();
    assertThat(keysOf(entries)).isEqualTo(keys);
    List<Mutation> more = commitOf(Limits.MAX_COMMIT_BYTES + 1);
    assertNames(Limits.MAX_COMMIT_BYTES,
        assertFails(ErrorCode.TOO_LARGE, () -> blocking().commit(partitionKey, List.of(), more)));
    applied(blocking().commit(partitionKey, List.of(), keys.stream().<Mutation>map(Mutation.Delete::new).toList()));
  }

  @Test
  default void aScanOfMoreBytesThanAMessageHoldsGivesThemAll() {
    Bytes partitionKey = fresh("limits");
    Bytes value = filled(Limits.MAX_VALUE_BYTES);
    List<Bytes> keys = keys(0, 12);
    keys.forEach(key -> blocking().set(partitionKey, key, value));
    List<Entry> entries = scanned(blocking(), partitionKey, ScanOptions.all());
    assertThat(keysOf(entries)).isEqualTo(keys);
    assertThat(entries).allMatch(entry -> entry.value().equals(value));
    assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all().reversed()))).isEqualTo(keys.reversed());
    assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all().withKeysOnly()))).isEqualTo(keys);
    applied(blocking().commit(partitionKey, List.of(), keys.stream().<Mutation>map(Mutation.Delete::new).toList()));
  }

  @Test
  default void aBatchGetTakesTheLargestNumberOfKeysAndNoMore() {
    Bytes partitionKey = fresh("limits");
    load(blocking(), partitionKey, keys(0, 50));
    List<Bytes> asked = keys(0, Limits.MAX_GET_KEYS);
    var answers = blocking().getAll(partitionKey, asked);
    assertThat(answers).hasSize(Limits.MAX_GET_KEYS);
    assertThat(answers.subList(0, 50)).allMatch(answer -> answer.isPresent());
    assertThat(answers.subList(50, Limits.MAX_GET_KEYS)).allMatch(answer -> answer.isEmpty());
    assertNames(Limits.MAX_GET_KEYS, assertFails(ErrorCode.TOO_LARGE,
        () -> blocking().getAll(partitionKey, keys(0, Limits.MAX_GET_KEYS + 1))));
  }

  @Test
  default void aPageHasUpToTheLargestNumberOfEntriesAndNoMore() {
    Bytes partitionKey = fresh("limits");
    load(blocking(), partitionKey, keys(0, 5));
    assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all().withBatchSize(Limits.MAX_PAGE_ENTRIES))))
        .isEqualTo(keys(0, 5));
    assertNames(Limits.MAX_PAGE_ENTRIES, assertFails(ErrorCode.INVALID_ARGUMENT,
        () -> blocking().scan(partitionKey, ScanOptions.all().withBatchSize(Limits.MAX_PAGE_ENTRIES + 1))));
  }

  @Test
  default void theLongestPrincipalReasonAndSourceAreTaken() {
    Bytes partitionKey = fresh("limits");
    // Two bytes a letter: the limits are in bytes.
    Provenance longest = new Provenance("é".repeat(Limits.MAX_PRINCIPAL_BYTES / 2),
        "é".repeat(Limits.MAX_REASON_BYTES / 2), "é".repeat(Limits.MAX_SOURCE_BYTES / 2));
    blocking().withProvenance(longest).set(partitionKey, bytes("key"), bytes("v"));
    assertThat(blocking().get(partitionKey, bytes("key"))).isPresent();
    assertNames(Limits.MAX_PRINCIPAL_BYTES,
        assertFails(ErrorCode.TOO_LARGE, () -> Provenance.of(longest.principal() + "x", "")));
    assertNames(Limits.MAX_REASON_BYTES,
        assertFails(ErrorCode.TOO_LARGE, () -> Provenance.of("", longest.reason() + "x")));
    assertNames(Limits.MAX_SOURCE_BYTES,
        assertFails(ErrorCode.TOO_LARGE, () -> Provenance.NONE.withSource(longest.source() + "x")));
  }

  private static Bytes largestPartitionKey() {
    Bytes unique = fresh("limits");
    return concat(unique, filled(Limits.MAX_PARTITION_KEY_BYTES - unique.size()));
  }

  /** Puts whose keys and values have so many bytes in all, by the largest values and a rest. */
  private static List<Mutation> commitOf(int size) {
    List<Mutation> puts = new ArrayList<>();
    int left = size;
    for (int i = 0; left > 0; i++) {
      Bytes key = key(i);
      int value = Math.min(Limits.MAX_VALUE_BYTES, left - key.size());
      puts.add(new Mutation.Put(key, filled(value)));
      left -= key.size() + value;
    }
    return puts;
  }

  private static void assertNames(int limit, StoreException failure) {
    // The smallest illegal size is one more than the limit, and the message names both.
    assertThat(failure).hasMessageContaining(Integer.toString(limit))
        .hasMessageContaining("got " + (limit + 1));
  }
}
