package io.logfold.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.projector.table.Table.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemtableTest {
  private static final Bytes PK = Bytes.utf8("pk");
  private static final int LIMIT = 100_000;

  private final Memtable memtable = new Memtable(LIMIT, 0);
  private long lsn;

  @Test
  void everyEventAboveTheFloorIsKeptHoweverMuchIsForgotten() {
    Random random = new Random(1);
    Map<Bytes, Long> newest = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      Bytes key = Bytes.utf8("k" + random.nextInt(2_000));
      newest.put(key, put(key));
      if (random.nextInt(50) == 0) {
        memtable.projected(lsn - random.nextInt(100));
        assertThat(memtable.floor()).isLessThanOrEqualTo(memtable.projectedLsn());
      }
    }
    memtable.projected(lsn - 10);
    memtable.shrink();
    assertThat(memtable.floor()).isPositive();
    newest.forEach((key, revision) -> {
      MemtableEntry entry = memtable.entry(PK, key);
      if (revision > memtable.floor()) {
        assertThat(entry).as("event %d of %s, the floor is %d", revision, key, memtable.floor()).isNotNull();
      }
      if (entry != null) {
        assertThat(entry.revision).isEqualTo(revision);
      }
    });
  }

  @Test
  void whatIsNotProjectedIsNeverForgotten() {
    for (int i = 0; i < 2_000; i++) {
      put(key(i));
    }
    memtable.projected(lsn / 2);
    shrinkAll();
    for (int i = 1_000; i < 2_000; i++) {
      assertThat(memtable.entry(PK, key(i))).isNotNull();
    }
    assertThat(memtable.full()).isTrue();
  }

  @Test
  void nothingAboveTheLeastPinIsForgotten() {
    put(key(0));
    memtable.projected(lsn);
    long pin = memtable.pinFloor();
    for (int i = 1; i < 2_000; i++) {
      put(key(i));
    }
    memtable.projected(lsn);
    shrinkAll();
    assertThat(memtable.floor()).isEqualTo(pin);
    memtable.unpin(pin);
    shrinkAll();
    assertThat(memtable.full()).isFalse();
  }

  @Test
  void pinsOfOneFloorAreCounted() {
    long one = memtable.pinFloor();
    long two = memtable.pinFloor();
    assertThat(two).isEqualTo(one);
    fill(2_000);
    memtable.unpin(one);
    shrinkAll();
    assertThat(memtable.floor()).isZero();
    memtable.unpin(two);
    shrinkAll();
    assertThat(memtable.floor()).isPositive();
  }

  @Test
  void whatMayBeForgottenIsFoundBehindAnyNumberOfEntriesThatMayNot() {
    // One large partition key: first, in key order, thousands that are not projected, then those that are.
    for (int i = 5_000; i < 6_000; i++) {
      put(key(i));
    }
    long projected = lsn;
    for (int i = 0; i < 5_000; i++) {
      put(key(i));
    }
    long before = memtable.bytes();
    memtable.projected(projected);
    for (int turn = 0; turn < 5; turn++) {
      memtable.shrink();
    }
    assertThat(memtable.bytes()).isLessThan(before - 1_000 * MemtableEntry.OVERHEAD_BYTES);
  }

  @Test
  void whatIsCommittedAfterItWasProjectedCanBeForgottenToo() {
    for (int i = 0; i < 2_000; i++) {
      memtable.append(PK, List.of(new Mutation.Put(key(i), Bytes.utf8("v"))), i + 1);
    }
    memtable.projected(2_000); // the projector was faster than the acknowledgements
    shrinkAll();
    assertThat(memtable.full()).isTrue();
    for (int i = 0; i < 2_000; i++) {
      memtable.commit(PK, List.of(new Mutation.Put(key(i), Bytes.utf8("v"))), i + 1);
    }
    shrinkAll();
    assertThat(memtable.full()).isFalse();
    assertThat(memtable.hasUnprojected()).isFalse();
  }

  @Test
  void aPendingChangeIsOnTopAndWhatIsBelowComesBackWhenItIsDropped() {
    put(key(1));
    List<Mutation> change = List.of(new Mutation.Put(key(1), Bytes.utf8("new")), new Mutation.Put(key(2), Bytes.utf8("new")));
    long before = memtable.bytes();
    memtable.append(PK, change, 2);
    MemtableEntry one = Objects.requireNonNull(memtable.entry(PK, key(1)));
    assertThat(one.appendedRevision()).isEqualTo(2);
    assertThat(one.revision).isEqualTo(1);
    memtable.dropPending(PK, change);
    assertThat(one.appendedRevision()).isEqualTo(1);
    assertThat(memtable.entry(PK, key(2))).isNull();
    assertThat(memtable.bytes()).isEqualTo(before);
  }

  @Test
  void anEventAtOrBelowTheFloorIsNotTakenInAgain() {
    Memtable restarted = new Memtable(LIMIT, 10);
    restarted.commit(PK, List.of(new Mutation.Put(key(1), Bytes.utf8("old"))), 10);
    assertThat(restarted.entry(PK, key(1))).isNull();
    restarted.commit(PK, List.of(new Mutation.Put(key(1), Bytes.utf8("new"))), 11);
    assertThat(restarted.entry(PK, key(1))).isNotNull();
  }

  @Test
  void whatTheTableSaysDoesNotReplaceWhatIsKnown() {
    long revision = put(key(1));
    memtable.learn(PK, key(1), Optional.of(new Row(key(1), Bytes.utf8("older"), 0)));
    MemtableEntry entry = Objects.requireNonNull(memtable.entry(PK, key(1)));
    assertThat(entry.revision).isEqualTo(revision);
    assertThat(entry.value).isEqualTo(Bytes.utf8("v"));
  }

  @Test
  void aResidentPartitionKeyStopsBeingResidentBeforeAnythingOfItIsForgotten() {
    memtable.makeResident(PK, List.of(new Row(key(1), Bytes.utf8("v"), 0)));
    assertThat(memtable.resident(PK)).isTrue();
    for (int i = 0; i < 2_000; i++) {
      put(key(i));
      memtable.projected(lsn);
      for (int k = 0; k <= i && memtable.resident(PK); k++) {
        assertThat(memtable.entry(PK, key(k))).isNotNull();
      }
    }
    assertThat(memtable.resident(PK)).isFalse();
  }

  @Test
  void bytesAreThoseOfTheEntriesThereAre() {
    Random random = new Random(2);
    List<List<Mutation>> pending = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      List<Mutation> change = List.of(random.nextBoolean()
          ? new Mutation.Put(key(random.nextInt(500)), Bytes.wrap(new byte[random.nextInt(100)]))
          : new Mutation.Delete(key(random.nextInt(500))));
      lsn++;
      memtable.append(PK, change, lsn);
      if (random.nextInt(10) == 0) {
        memtable.dropPending(PK, change);
        lsn--;
      } else {
        memtable.commit(PK, change, lsn);
      }
      pending.add(change);
      memtable.projected(lsn - 50);
    }
    long bytes = 0;
    for (PartitionKeyTable table : memtable.tablesAfter(Optional.empty())) {
      bytes += 2L * MemtableEntry.OVERHEAD_BYTES + table.partitionKey.size();
      bytes += table.entries.values().stream().mapToLong(MemtableEntry::bytes).sum();
    }
    assertThat(memtable.bytes()).isEqualTo(bytes);
  }

  private long put(Bytes key) {
    lsn++;
    List<Mutation> change = List.of(new Mutation.Put(key, Bytes.utf8("v")));
    memtable.append(PK, change, lsn);
    memtable.commit(PK, change, lsn);
    return lsn;
  }

  private void fill(int entries) {
    for (int i = 0; i < entries; i++) {
      put(key(i));
    }
    memtable.projected(lsn);
  }

  private void shrinkAll() {
    for (int turn = 0; turn < 10; turn++) {
      memtable.shrink();
    }
  }

  private static Bytes key(int i) {
    return Bytes.utf8(String.format("key%06d", i));
  }
}
