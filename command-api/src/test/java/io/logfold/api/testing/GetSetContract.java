package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.atOnce;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.concat;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.found;
import static io.logfold.api.testing.Kit.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Mutation;
import io.logfold.api.Versioned;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Get, batch get and set; bytes are bytes. */
public interface GetSetContract extends ContractFixture {

  @Test
  default void aValueIsFoundThroughAnotherBufferWithEqualBytes() {
    Bytes partitionKey = fresh("get-set");
    long revision = blocking().set(partitionKey, bytes("key"), bytes("value"));
    Bytes samePartitionKey = Bytes.copyOf(partitionKey.toArray());
    Bytes sameKey = Bytes.copyOf(bytes("key").toArray());
    assertThat(blocking().get(samePartitionKey, sameKey)).contains(new Versioned(bytes("value"), revision));
  }

  @Test
  default void aSetOverwritesAndAnswersAGreaterRevision() {
    Bytes partitionKey = fresh("get-set");
    long first = blocking().set(partitionKey, bytes("key"), bytes("one"));
    long second = blocking().set(partitionKey, bytes("key"), bytes("two"));
    assertThat(first).isPositive();
    assertThat(second).isGreaterThan(first);
    assertThat(blocking().get(partitionKey, bytes("key"))).contains(new Versioned(bytes("two"), second));
  }

  @Test
  default void aSetOfTheSameValueIsANewRevision() {
    Bytes partitionKey = fresh("get-set");
    long first = blocking().set(partitionKey, bytes("key"), bytes("same"));
    long second = blocking().set(partitionKey, bytes("key"), bytes("same"));
    assertThat(second).isGreaterThan(first);
    assertThat(found(blocking(), partitionKey, bytes("key")).revision()).isEqualTo(second);
  }

  @Test
  default void revisionsGrowWithinAPartitionKey() {
    Bytes partitionKey = fresh("get-set");
    List<Long> revisions = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      revisions.add(blocking().set(partitionKey, key(i % 3), bytes("v" + i)));
      if (i % 5 == 4) {
        revisions.add(blocking().delete(partitionKey, key(i % 3)).revision());
      }
    }
    assertThat(revisions).isSorted().doesNotHaveDuplicates();
  }

  @Test
  default void aWriteLeavesOtherKeysAndTheirRevisionsAlone() {
    Bytes partitionKey = fresh("get-set");
    long kept = blocking().set(partitionKey, bytes("kept"), bytes("v"));
    blocking().set(partitionKey, bytes("other"), bytes("w"));
    blocking().delete(partitionKey, bytes("other"));
    assertThat(blocking().get(partitionKey, bytes("kept"))).contains(new Versioned(bytes("v"), kept));
  }

  @Test
  default void aMissingKeyAndAMissingPartitionKeyAreNotFound() {
    Bytes partitionKey = fresh("get-set");
    blocking().set(partitionKey, bytes("key"), bytes("value"));
    assertThat(blocking().get(partitionKey, bytes("other"))).isEmpty();
    assertThat(blocking().get(partitionKey, bytes("ke"))).isEmpty();
    assertThat(blocking().get(partitionKey, bytes("key2"))).isEmpty();
    assertThat(blocking().get(fresh("nobody"), bytes("key"))).isEmpty();
  }

  @Test
  default void anEmptyValueIsAValue() {
    Bytes partitionKey = fresh("get-set");
    long revision = blocking().set(partitionKey, bytes("key"), Bytes.EMPTY);
    assertThat(blocking().get(partitionKey, bytes("key"))).contains(new Versioned(Bytes.EMPTY, revision));
  }

  @Test
  default void thePairOfKeysNeverCollidesWithAnotherPair() {
    Bytes base = fresh("pair-");
    List<Bytes[]> pairs = List.of(
        new Bytes[] {concat(base, bytes("a")), bytes("b/c")},
        new Bytes[] {concat(base, bytes("a/b")), bytes("c")},
        new Bytes[] {concat(base, bytes("a/b/")), bytes("c")},
        new Bytes[] {concat(base, Bytes.hex("6100")), bytes("b")},
        new Bytes[] {concat(base, bytes("a")), Bytes.hex("0062")},
        new Bytes[] {concat(base, bytes("a")), bytes("b")},
        new Bytes[] {concat(base, bytes("ab")), bytes("c")},
        new Bytes[] {concat(base, bytes("a")), bytes("bc")});
    for (int i = 0; i < pairs.size(); i++) {
      blocking().set(pairs.get(i)[0], pairs.get(i)[1], bytes("pair " + i));
    }
    for (int i = 0; i < pairs.size(); i++) {
      assertThat(found(blocking(), pairs.get(i)[0], pairs.get(i)[1]).value()).isEqualTo(bytes("pair " + i));
    }
    blocking().delete(pairs.get(0)[0], pairs.get(0)[1]);
    assertThat(found(blocking(), pairs.get(1)[0], pairs.get(1)[1]).value()).isEqualTo(bytes("pair 1"));
  }

  @Test
  default void anyByteMayStandAnywhere() {
    Bytes partitionKey = concat(fresh("bytes"), Bytes.hex("00ff2f00"));
    List<Bytes> keys = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      keys.add(Bytes.wrap(new byte[] {(byte) b}));
    }
    for (String hex : List.of("0000", "00ff", "ff00", "ffff", "c328", "efbfbd", "0d0a", "2e2e", "61ff",
        "eda080")) {
      keys.add(Bytes.hex(hex));
    }
    for (String text : List.of("a/b", "/a", "a/", "%2F", "%00", "a+b", "a b", "?x=1&y=2#z", "é", "日本",
        "../..", "a;b", "a\"b\\c")) {
      keys.add(bytes(text));
    }
    for (int from = 0; from < keys.size(); from += 70) {
      List<Mutation> puts = new ArrayList<>();
      keys.subList(from, Math.min(keys.size(), from + 70))
          .forEach(key -> puts.add(new Mutation.Put(key, concat(Bytes.hex("00ff"), key))));
      blocking().commit(partitionKey, List.of(), puts);
    }
    List<Optional<Versioned>> all = blocking().getAll(partitionKey, keys);
    for (int i = 0; i < keys.size(); i++) {
      assertThat(all.get(i).map(Versioned::value)).as("key %s", keys.get(i))
          .contains(concat(Bytes.hex("00ff"), keys.get(i)));
    }
    // One by one too, since an interface may carry a single key in another place than a batch's keys.
    for (Bytes key : keys.subList(250, keys.size())) {
      blocking().set(partitionKey, key, key);
      assertThat(found(blocking(), partitionKey, key).value()).isEqualTo(key);
      blocking().delete(partitionKey, key);
      assertThat(blocking().get(partitionKey, key)).isEmpty();
    }
  }

  @Test
  default void aBatchGetAnswersInTheOrderAskedWithAbsentAndRepeatedKeys() {
    Bytes partitionKey = fresh("batch");
    Versioned one = new Versioned(bytes("1"), blocking().set(partitionKey, bytes("one"), bytes("1")));
    Versioned two = new Versioned(bytes("2"), blocking().set(partitionKey, bytes("two"), bytes("2")));
    List<Bytes> asked = List.of(bytes("two"), bytes("none"), bytes("one"), bytes("two"));
    assertThat(blocking().getAll(partitionKey, asked))
        .containsExactly(Optional.of(two), Optional.empty(), Optional.of(one), Optional.of(two));
  }

  @Test
  default void aBatchGetSeesOneMoment() throws Exception {
    Bytes partitionKey = fresh("batch");
    List<Bytes> keys = List.of(bytes("a"), bytes("m"), bytes("z"));
    CountDownLatch writing = new CountDownLatch(1);
    AtomicInteger reading = new AtomicInteger(2);
    Callable<Integer> writer = () -> {
      int round = 0;
      for (; reading.get() > 0; round++) {
        Bytes value = bytes("round " + round);
        blocking().commit(partitionKey, List.of(),
            keys.stream().<Mutation>map(key -> new Mutation.Put(key, value)).toList());
        writing.countDown();
      }
      return round;
    };
    Callable<Integer> reader = () -> {
      try {
        assertThat(writing.await(30, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < 200; i++) {
          List<Optional<Versioned>> seen = blocking().getAll(partitionKey, keys);
          assertThat(seen).containsOnly(seen.get(0));
        }
        return 200;
      } finally {
        reading.decrementAndGet();
      }
    };
    atOnce(List.of(writer, reader, reader));
  }

  @Test
  default void anAnswerTellsThePositionItReflects() {
    Bytes partitionKey = fresh("position");
    long set = blocking().set(partitionKey, bytes("key"), bytes("value"));
    GetResult present = blocking().get(
        new GetRequest(partitionKey, List.of(bytes("key")), Consistency.LINEARIZABLE));
    assertThat(present.position().revision()).isGreaterThanOrEqualTo(set);
    assertThat(present.position().servedBy()).isNotEmpty();
    long deleted = blocking().delete(partitionKey, bytes("key")).revision();
    GetResult absent = blocking().get(
        new GetRequest(partitionKey, List.of(bytes("key")), Consistency.LINEARIZABLE));
    assertThat(absent.position().revision()).isGreaterThanOrEqualTo(deleted);
    assertThat(absent.position().partition()).isEqualTo(present.position().partition());
  }
}
