package io.logfold.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Versioned;
import io.logfold.log.Hash;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.RecordHeader;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.query.testing.LocalNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Real threads that read on their own while others write: what the simulation, which has one thread, cannot show.
 */
class CallerReadsStressTest {
  private static final Bytes VALUE = Bytes.utf8("v");
  private static final Bytes PK = Bytes.utf8("pk");
  private static final int KEYS = 4;
  /** This one and the next are written together. */
  private static final int PAIRED = 2;
  private static final int READERS = 2;
  private static final int WRITES = 1_500;

  private final AtomicLongArray acknowledged = new AtomicLongArray(KEYS);
  private final AtomicLongArray told = new AtomicLongArray(KEYS);
  private final AtomicLong answeredHere = new AtomicLong();
  private final AtomicLong answeredByTheLeader = new AtomicLong();
  private final AtomicBoolean over = new AtomicBoolean();

  /**
   * A node. Each key has one writer, which writes the count of its writes, keys 2 and 3 always together, so that every answer can
   * be judged: not older than what was acknowledged before the get began, not older than what any get had told before, of
   * one moment, not above the position it claims.
   */
  @Test
  void noGetGoesBackInTime() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(READERS + 1);
    try (Table table = Tables.open("memory:", LocalNode.STORE, 1);
        LocalNode node = LocalNode.start(table, 1, config -> config)) {
      List<Future<?>> readers = new ArrayList<>();
      for (int reader = 0; reader < READERS; reader++) {
        int seed = reader;
        readers.add(threads.submit((Callable<Void>) () -> read(node.store(), new SplittableRandom(seed))));
      }
      threads.submit((Callable<Void>) () -> write(node.store())).get();
      over.set(true);
      for (Future<?> reader : readers) {
        reader.get();
      }
    } finally {
      over.set(true);
      threads.shutdownNow();
    }
    assertThat(answeredHere).as("answered on the reader's thread").hasValueGreaterThan(500);
    assertThat(answeredByTheLeader).as("answered by the leader's").hasValueGreaterThan(100);
  }

  private Void write(LocalStore store) throws Exception {
    SplittableRandom random = new SplittableRandom(7);
    long[] written = new long[KEYS];
    for (int i = 0; i < WRITES; i++) {
      int key = random.nextInt(PAIRED + 1);
      List<Mutation> changes = new ArrayList<>();
      for (int each = key; each < (key == PAIRED ? KEYS : key + 1); each++) {
        changes.add(new Mutation.Put(key(each), Bytes.utf8(Long.toString(++written[each]))));
      }
      CommitOutcome outcome = store.commit(new CommitRequest(PK, List.of(), changes,
          new RequestInfo(RequestId.random(random), 1, System.currentTimeMillis()), Provenance.NONE), CallOptions.DEFAULT).get();
      assertThat(outcome).isInstanceOf(CommitOutcome.Applied.class);
      for (int each = 0; each < KEYS; each++) {
        acknowledged.set(each, written[each]);
      }
    }
    return null;
  }

  private Void read(LocalStore store, SplittableRandom random) throws Exception {
    while (!over.get()) {
      int first = random.nextInt(KEYS);
      List<Integer> asked = random.nextInt(4) == 0 ? List.of(first, (first + 1) % KEYS) : List.of(first);
      long[] before = new long[KEYS];
      asked.forEach(key -> before[key] = Math.max(acknowledged.get(key), told.get(key)));
      CompletableFuture<GetResult> call = store.get(
          new GetRequest(PK, asked.stream().map(CallerReadsStressTest::key).toList(), Consistency.LINEARIZABLE), CallOptions.DEFAULT);
      (call.isDone() ? answeredHere : answeredByTheLeader).incrementAndGet();
      GetResult result = call.get();
      for (int i = 0; i < asked.size(); i++) {
        int key = asked.get(i);
        long count = result.entries().get(i).map(found -> Long.parseLong(found.value().utf8())).orElse(0L);
        assertThat(count).as("key %s, of which %s was known before", key, before[key]).isGreaterThanOrEqualTo(before[key]);
        result.entries().get(i).ifPresent(found ->
            assertThat(found.revision()).as("position").isLessThanOrEqualTo(result.position().revision()));
        told.accumulateAndGet(key, count, Math::max);
      }
      if (asked.equals(List.of(PAIRED, PAIRED + 1))) {
        assertThat(result.entries().get(0).map(Versioned::value)).as("of one moment").isEqualTo(result.entries().get(1).map(Versioned::value));
      }
    }
    return null;
  }

  /**
   * The table alone, beside an oracle that knows which key was written at which LSN: an answer is exactly how its keys stood at
   * its position, and there is none behind the end, also where a later leadership has got the lease back.
   */
  @Test
  void everyAnswerIsExactlyHowTheKeysStoodAtItsPosition() throws Exception {
    SplittableRandom random = new SplittableRandom(11);
    int[] writtenAt = new int[400_000];
    for (int lsn = 1; lsn < writtenAt.length; lsn++) {
      writtenAt[lsn] = random.nextInt(KEYS);
    }
    Lease lease = new Lease(600_000, 50, LeaderClock.SYSTEM);
    AtomicReference<CallerReads> reads = new AtomicReference<>(new CallerReads(0, lease, 0));
    AtomicBoolean answering = new AtomicBoolean(true);
    ExecutorService threads = Executors.newFixedThreadPool(READERS);
    List<Future<?>> readers = new ArrayList<>();
    try {
      for (int reader = 0; reader < READERS; reader++) {
        int seed = reader;
        readers.add(threads.submit((Callable<Void>) () -> judge(reads, answering, writtenAt, new SplittableRandom(seed))));
      }
      lead(reads, lease, answering, writtenAt);
      over.set(true);
      for (Future<?> reader : readers) {
        reader.get();
      }
    } finally {
      over.set(true);
      threads.shutdownNow();
    }
    assertThat(answeredHere).hasValueGreaterThan(10_000);
  }

  private static void lead(AtomicReference<CallerReads> reads, Lease lease, AtomicBoolean answering, int[] writtenAt) {
    lease.renewedBy(System.nanoTime(), System.currentTimeMillis());
    PartitionKeyTable table = new PartitionKeyTable(PK);
    MemtableEntry[] entries = new MemtableEntry[KEYS];
    for (int key = 0; key < KEYS; key++) {
      entries[key] = new MemtableEntry(key(key));
      entries[key].known = true;
    }
    for (int lsn = 1; lsn < writtenAt.length; lsn++) {
      CallerReads current = Objects.requireNonNull(reads.get());
      MemtableEntry entry = entries[writtenAt[lsn]];
      current.appending(new LogRecord.Event(new RecordHeader("s", 0, RecordHeader.FORMAT, Hash.ZERO), 1, lsn,
          new RequestInfo(new RequestId(1, lsn), 1, 1), 1, Provenance.NONE, PK, List.of(new Mutation.Put(entry.key, VALUE)),
          Outcome.APPLIED, Optional.empty(), Optional.empty(), Optional.empty()));
      entry.revision = lsn;
      current.committed(lsn);
      for (MemtableEntry each : entries) {
        if (each.revision > 0) {
          current.learn(table, each, Optional.of(new Versioned(VALUE, each.revision)), lsn);
        }
      }
      if (lsn % 10_000 == 0) { // a leadership ends, and the next one begins under the same lease's object
        current.end();
        answering.set(false);
        lease.drop();
        lease.renewedBy(System.nanoTime(), System.currentTimeMillis());
        Thread.onSpinWait();
        answering.set(true);
        reads.set(new CallerReads(0, lease, lsn));
      }
    }
  }

  private Void judge(AtomicReference<CallerReads> reads, AtomicBoolean answering, int[] writtenAt, SplittableRandom random) {
    while (!over.get()) {
      int first = random.nextInt(KEYS);
      List<Integer> asked = List.of(first, (first + 1) % KEYS);
      CallerReads current = Objects.requireNonNull(reads.get());
      boolean ended = !answering.get() && reads.get() == current;
      GetResult result = current.get(new GetRequest(PK, asked.stream().map(CallerReadsStressTest::key).toList(), Consistency.LINEARIZABLE));
      if (result == null) {
        continue;
      }
      answeredHere.incrementAndGet();
      assertThat(ended).as("answered behind the end").isFalse();
      long position = result.position().revision();
      for (int i = 0; i < asked.size(); i++) {
        int lsn = (int) position;
        while (writtenAt[lsn] != asked.get(i)) {
          lsn--;
        }
        assertThat(result.entries().get(i).orElseThrow().revision()).as("key %s at %s", asked.get(i), position).isEqualTo(lsn);
      }
    }
    return null;
  }

  private static Bytes key(int number) {
    return Bytes.utf8("k" + number);
  }
}
