package io.logfold.projector.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Get;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.projector.table.Table.TableRead;
import io.logfold.projector.table.Table.TableSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The part of the contract that takes two: projectors that woke too late, readers beside a writer. */
abstract class TableConcurrencyContract extends TableProjectorsContract {
  private static final Bytes PK = Bytes.utf8("pk");
  private static final int KEYS = 20;
  private static final int BATCHES = 60;

  /** Put, delete, put again: with real deletes, a late put must not bring the row back. */
  @Test
  void aProjectorThatWokeTooLateChangesNothing() {
    Table zombie = table();
    Table owner = second();
    List<List<RowChange>> history = List.of(
        List.of(put("pk", "k", "1", 1), put("pk", "other", "1", 1)),
        List.of(delete("pk", "k", 2)),
        List.of(put("pk", "k", "3", 3)),
        List.of(delete("pk", "k", 4), delete("pk", "other", 4)));
    for (int pausedIn = 0; pausedIn < history.size(); pausedIn++) {
      long seen = pausedIn;
      List<RowChange> late = history.get(pausedIn);
      owner.apply(0, late, at(0, seen), at(0, seen + 1));
      Optional<Row> before = row(owner, 0, PK, Bytes.utf8("k"));
      assertThatThrownBy(() -> zombie.apply(0, late, at(0, seen), at(0, seen + 1)))
          .isInstanceOf(CheckpointMovedException.class);
      assertThat(row(owner, 0, PK, Bytes.utf8("k"))).isEqualTo(before);
    }
    for (int i = 0; i < history.size(); i++) {
      long seen = i;
      assertThatThrownBy(() -> zombie.apply(0, history.get((int) seen), at(0, seen), at(0, seen + 1)))
          .isInstanceOf(CheckpointMovedException.class);
    }
    assertThat(owner.partitionKeys(0, Optional.empty(), 5)).isEmpty();
    assertThat(zombie.checkpoint(0)).isEqualTo(at(0, history.size()));
  }

  /** Both fold the same log and cut it into batches of their own; each batch lands once, whoever brings it. */
  @Test
  void twoProjectorsAtOnceMakeTheSameTableAsOne() throws Exception {
    Table first = table();
    Table second = second();
    CyclicBarrier start = new CyclicBarrier(2);
    AtomicInteger landed = new AtomicInteger();
    List<Callable<Void>> projectors = List.of(
        () -> project(first, 2, start, landed), () -> project(second, 3, start, landed));
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (Future<Void> done : threads.invokeAll(projectors, 60, TimeUnit.SECONDS)) {
        done.get();
      }
    }
    assertThat(landed.get()).isEqualTo(BATCHES);
    assertThat(first.checkpoint(1)).isEqualTo(at(1, BATCHES));
    for (int key = 0; key < 4; key++) {
      Optional<Row> expected = Optional.empty();
      for (long lsn = 1; lsn <= BATCHES; lsn++) {
        for (RowChange change : eventAt(lsn)) {
          if (change.key().equals(Bytes.utf8("k" + key))) {
            expected = change.value().map(value -> new Row(change.key(), value, change.revision()));
          }
        }
      }
      assertThat(row(first, 1, PK, Bytes.utf8("k" + key))).isEqualTo(expected);
    }
  }

  private static Void project(Table table, int step, CyclicBarrier start, AtomicInteger landed) throws Exception {
    start.await();
    Checkpoint from = table.checkpoint(1);
    while (from.at().lsn() < BATCHES) {
      long lsn = from.at().lsn();
      long toLsn = Math.min(BATCHES, lsn + step);
      java.util.LinkedHashMap<Bytes, RowChange> batch = new java.util.LinkedHashMap<>();
      for (long each = lsn + 1; each <= toLsn; each++) {
        eventAt(each).forEach(change -> batch.put(change.key(), change));
      }
      try {
        table.apply(1, List.copyOf(batch.values()), from, at(1, toLsn));
        landed.addAndGet((int) (toLsn - lsn));
        from = at(1, toLsn);
      } catch (CheckpointMovedException moved) {
        from = table.checkpoint(1);
      }
    }
    return null;
  }

  /** Event number lsn: it puts one of four keys and ends another. */
  private static List<RowChange> eventAt(long lsn) {
    return List.of(put("pk", "k" + lsn % 4, "v" + lsn, lsn), delete("pk", "k" + (lsn + 2) % 4, lsn));
  }

  @Test
  void aReaderNeverSeesHalfOfABatch() throws Exception {
    List<Bytes> keys = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      keys.add(Bytes.utf8("k" + (char) ('a' + i)));
    }
    table().apply(0, batch(keys, 1), at(0, 0), at(0, 1));
    whileWriting(() -> {
      for (long lsn = 1; lsn < BATCHES; lsn++) {
        table().apply(0, batch(keys, lsn + 1), at(0, lsn), at(0, lsn + 1));
      }
    }, writing -> {
      long last = 0;
      int reads = 0;
      while (writing.get() || reads == 0) {
        TableRead read = table().get(0, PK, keys);
        last = assertWhole(read.rows().stream().map(Optional::orElseThrow).toList(), read.checkpoint(), last);
        for (TableRead each : table().getAll(List.of(new Get(0, PK, keys), new Get(0, PK, keys.reversed())))) {
          last = assertWhole(each.rows().stream().map(Optional::orElseThrow).toList(), each.checkpoint(), last);
        }
        if (checkpointOfTheSameMoment()) {
          TablePage page = table().scan(0, PK, KeyRange.ALL, KEYS, reads % 2 == 0, false);
          last = assertWhole(page.rows(), page.checkpoint(), last);
        }
        reads++;
      }
    });
    assertThat(table().checkpoint(0)).isEqualTo(at(0, BATCHES));
  }

  @Test
  void aSnapshotTakenBesideAWriterIsOfOneMoment() throws Exception {
    assumeTrue(snapshots(), "this table offers no snapshots");
    List<Bytes> keys = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      keys.add(Bytes.utf8("k" + (char) ('a' + i)));
    }
    table().apply(0, batch(keys, 1), at(0, 0), at(0, 1));
    whileWriting(() -> {
      for (long lsn = 1; lsn < BATCHES; lsn++) {
        table().apply(0, batch(keys, lsn + 1), at(0, lsn), at(0, lsn + 1));
      }
    }, writing -> {
      boolean first = true;
      while (writing.get() || first) {
        first = false;
        try (TableSnapshot snapshot = table().snapshot(0).orElseThrow()) {
          TablePage low = snapshot.scan(PK, KeyRange.ALL, KEYS / 2, false, false);
          TablePage high = snapshot.scan(PK, KeyRange.ALL, KEYS / 2, true, false);
          List<Row> rows = new ArrayList<>(low.rows());
          rows.addAll(high.rows().reversed());
          assertThat(rows).extracting(Row::key).isEqualTo(keys);
          assertThat(rows).extracting(Row::revision).containsOnly(snapshot.checkpoint().at().lsn());
        }
      }
    });
  }

  /** A reader in the middle of its call when the table closes gets an answer or CLOSED, and the process lives. */
  @Test
  void closingUnderReadersIsOrderly() throws Exception {
    Table table = table();
    apply(0, 0, 1, put("pk", "a", "1", 1));
    CountDownLatch reading = new CountDownLatch(2);
    Callable<StoreException> reader = () -> {
      try (TableSnapshot snapshot = snapshots() ? table.snapshot(0).orElseThrow() : null) {
        while (true) {
          assertThat(table.get(0, PK, List.of(Bytes.utf8("a"))).rows()).containsExactly(rowOf("a", "1", 1));
          assertThat(table.scan(0, PK, KeyRange.ALL, 2, false, false).rows()).hasSize(1);
          if (snapshot != null) {
            assertThat(snapshot.scan(PK, KeyRange.ALL, 2, true, false).rows()).hasSize(1);
          }
          reading.countDown();
        }
      } catch (StoreException closed) {
        return closed;
      }
    };
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<StoreException>> readers = List.of(threads.submit(reader), threads.submit(reader));
      assertThat(reading.await(30, TimeUnit.SECONDS)).isTrue();
      table.close();
      for (Future<StoreException> each : readers) {
        assertThat(each.get(30, TimeUnit.SECONDS)).hasMessageContaining("closed");
      }
    }
  }

  private long assertWhole(List<Row> rows, Checkpoint checkpoint, long last) {
    long revision = rows.get(0).revision();
    assertThat(rows).hasSize(KEYS).allSatisfy(row -> {
      assertThat(row.revision()).isEqualTo(revision);
      assertThat(row.value()).isEqualTo(Bytes.utf8("v" + revision));
    });
    assertThat(revision).isGreaterThanOrEqualTo(last);
    if (checkpointOfTheSameMoment()) {
      assertThat(checkpoint.at().lsn()).isEqualTo(revision);
    } else {
      assertThat(checkpoint.at().lsn()).isLessThanOrEqualTo(revision);
    }
    return revision;
  }

  private static List<RowChange> batch(List<Bytes> keys, long revision) {
    return keys.stream().map(key -> put(PK, key, Bytes.utf8("v" + revision), revision)).toList();
  }

  private static void whileWriting(Runnable writer, Reader reader) throws Exception {
    AtomicBoolean writing = new AtomicBoolean(true);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<?>> all = new ArrayList<>();
      all.add(threads.submit(() -> {
        try {
          writer.run();
        } finally {
          writing.set(false);
        }
      }));
      all.add(threads.submit(() -> {
        reader.read(writing);
        return null;
      }));
      for (Future<?> each : all) {
        each.get(60, TimeUnit.SECONDS);
      }
    }
  }

  private interface Reader {
    void read(AtomicBoolean writing) throws Exception;
  }
}
