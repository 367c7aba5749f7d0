package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.atOnce;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.found;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.key;
import static io.logfold.api.testing.Kit.keys;
import static io.logfold.api.testing.Kit.load;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Versioned;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

/** Threads against each other: what must come out of linearizable reads and conditional writes. */
public interface ConcurrencyContract extends ContractFixture {
  int COUNTING_THREADS = 6;
  int INCREMENTS = 50;

  @Test
  default void incrementsGuardedByTheValueAreNeverLost() throws Exception {
    countTogether(1, (key, seen) -> new Predicate.ValueEquals(key, seen.value()));
  }

  @Test
  default void incrementsGuardedByTheRevisionAreNeverLost() throws Exception {
    countTogether(3, (key, seen) -> new Predicate.RevisionIs(key, seen.revision()));
  }

  /** What a write is conditional on, made from what was read. */
  interface Guard {
    Predicate of(Bytes key, Versioned seen);
  }

  private void countTogether(int counters, Guard guard) throws Exception {
    Bytes partitionKey = fresh("counters");
    // The newest revision of each counter that anybody has seen, published after the answer: a later read is not older.
    AtomicLongArray published = new AtomicLongArray(counters);
    for (int c = 0; c < counters; c++) {
      published.set(c, blocking().set(partitionKey, key(c), bytes("0")));
    }
    AtomicInteger counting = new AtomicInteger(COUNTING_THREADS);
    List<Callable<int[]>> tasks = new ArrayList<>();
    for (int t = 0; t < COUNTING_THREADS; t++) {
      int seed = t;
      tasks.add(() -> {
        try {
          return count(partitionKey, counters, new Random(seed), guard, published);
        } finally {
          counting.decrementAndGet();
        }
      });
    }
    for (int t = 0; t < 2; t++) {
      tasks.add(() -> {
        for (int i = 0; counting.get() > 0; i++) {
          readOne(partitionKey, i % counters, published);
        }
        return new int[counters];
      });
    }
    int[] sums = new int[counters];
    for (int[] successes : atOnce(tasks)) {
      for (int c = 0; c < counters; c++) {
        sums[c] += successes[c];
      }
    }
    for (int c = 0; c < counters; c++) {
      assertThat(found(blocking(), partitionKey, key(c)).value()).isEqualTo(bytes(Integer.toString(sums[c])));
    }
  }

  private int[] count(Bytes partitionKey, int counters, Random random, Guard guard, AtomicLongArray published) {
    int[] successes = new int[counters];
    for (int done = 0; done < INCREMENTS; ) {
      int c = random.nextInt(counters);
      Versioned seen = readOne(partitionKey, c, published);
      Bytes next = bytes(Integer.toString(Integer.parseInt(seen.value().utf8()) + 1));
      switch (blocking().setIf(partitionKey, key(c), next, guard.of(key(c), seen))) {
        case CommitOutcome.Applied applied -> {
          assertThat(applied.revision()).isGreaterThan(seen.revision());
          published.accumulateAndGet(c, applied.revision(), Math::max);
          successes[c]++;
          done++;
        }
        case CommitOutcome.PredicateFailed failed -> {
          long current = failed.currentRevision().orElseThrow();
          assertThat(current).as("a refusal reflects the write that caused it").isGreaterThan(seen.revision());
          published.accumulateAndGet(c, current, Math::max);
        }
      }
    }
    return successes;
  }

  private Versioned readOne(Bytes partitionKey, int c, AtomicLongArray published) {
    long atLeast = published.get(c);
    Versioned seen = found(blocking(), partitionKey, key(c));
    assertThat(seen.revision()).as("a read is not older than one that completed before it began")
        .isGreaterThanOrEqualTo(atLeast);
    published.accumulateAndGet(c, seen.revision(), Math::max);
    return seen;
  }

  @Test
  default void whatIsMovedBetweenKeysByCommitsIsNeitherLostNorDoubled() throws Exception {
    Bytes partitionKey = fresh("transfer");
    List<Bytes> accounts = keys(0, 4);
    load(blocking(), partitionKey, accounts);
    accounts.forEach(account -> blocking().set(partitionKey, account, bytes("100")));
    AtomicInteger moving = new AtomicInteger(3);
    List<Callable<Integer>> tasks = new ArrayList<>();
    for (int t = 0; t < 3; t++) {
      int seed = t;
      tasks.add(() -> {
        try {
          return move(partitionKey, accounts, new Random(seed));
        } finally {
          moving.decrementAndGet();
        }
      });
    }
    tasks.add(() -> {
      int reads = 0;
      while (moving.get() > 0) {
        assertThat(total(blocking().getAll(partitionKey, accounts))).isEqualTo(400);
        reads++;
      }
      return reads;
    });
    atOnce(tasks);
    assertThat(total(blocking().getAll(partitionKey, accounts))).isEqualTo(400);
  }

  private int move(Bytes partitionKey, List<Bytes> accounts, Random random) {
    int moved = 0;
    while (moved < 40) {
      int from = random.nextInt(accounts.size());
      int to = (from + 1 + random.nextInt(accounts.size() - 1)) % accounts.size();
      List<Bytes> pair = List.of(accounts.get(from), accounts.get(to));
      List<Optional<Versioned>> seen = blocking().getAll(partitionKey, pair);
      List<Predicate> unchanged = new ArrayList<>();
      List<Mutation> change = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        Versioned account = seen.get(i).orElseThrow();
        int amount = Integer.parseInt(account.value().utf8()) + (i == 0 ? -1 : 1);
        unchanged.add(new Predicate.RevisionIs(pair.get(i), account.revision()));
        change.add(new Mutation.Put(pair.get(i), bytes(Integer.toString(amount))));
      }
      if (blocking().commit(partitionKey, unchanged, change) instanceof CommitOutcome.Applied) {
        moved++;
      }
    }
    return moved;
  }

  private static int total(List<Optional<Versioned>> accounts) {
    return accounts.stream().mapToInt(account -> Integer.parseInt(account.orElseThrow().value().utf8())).sum();
  }
}
