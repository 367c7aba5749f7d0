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
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.query.testing.LocalNode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

/**
 * Real threads that read on their own while others write: what the simulation, which has one thread, cannot show. Each key
 * has one writer, which writes the count of its writes, so that every answer can be judged: not older than what was
 * acknowledged before the get began, not older than what any get had told before, not above the position it claims.
 */
class CallerReadsStressTest {
  private static final Bytes PK = Bytes.utf8("pk");
  private static final int KEYS = 4;
  private static final int READERS = 2;
  private static final int WRITES = 1_500;

  private final AtomicLongArray acknowledged = new AtomicLongArray(KEYS);
  private final AtomicLongArray told = new AtomicLongArray(KEYS);
  private final AtomicLong answeredHere = new AtomicLong();
  private final AtomicLong answeredByTheLeader = new AtomicLong();
  private final AtomicBoolean over = new AtomicBoolean();

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
      int key = random.nextInt(KEYS);
      Bytes value = Bytes.utf8(Long.toString(++written[key]));
      CommitOutcome outcome = store.commit(new CommitRequest(PK, List.of(), List.of(new Mutation.Put(key(key), value)),
          new RequestInfo(RequestId.random(random), 1, System.currentTimeMillis()), Provenance.NONE), CallOptions.DEFAULT).get();
      assertThat(outcome).isInstanceOf(CommitOutcome.Applied.class);
      acknowledged.set(key, written[key]);
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
    }
    return null;
  }

  private static Bytes key(int number) {
    return Bytes.utf8("k" + number);
  }
}
