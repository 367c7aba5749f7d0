package io.logfold.query;

import static io.logfold.query.testing.Replies.answer;
import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.entries;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.KeyRange;
import io.logfold.api.Mutation;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.Provenance;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Scans of a partition key that is too large for memory: pages of the table under what the memtable knows. */
class ScanTest {
  private static final int ROWS = 60;

  private final SimulatedPartition world = new SimulatedPartition(10);
  private final TreeMap<String, String> expected = new TreeMap<>();

  private SimulatedNode large() {
    SimulatedNode a = world.start("a", config -> config.withMemtableLimitBytes(4_000).withResidentLimitRows(5));
    for (int i = 0; i < ROWS; i++) {
      set(a, String.format("k%03d", i), "v" + i);
      world.passMs(60);
    }
    return a;
  }

  @Test
  void pagesOfTheTableAreGivenUnderChangesNotYetProjected() {
    SimulatedNode a = large();
    world.pauseProjection();
    Random random = new Random(1);
    for (int i = 0; i < 12; i++) {
      String key = String.format("k%03d", random.nextInt(ROWS + 10));
      if (random.nextBoolean()) {
        set(a, key, "new" + i);
      } else {
        expected.remove(key);
        a.delete(key);
      }
    }
    world.run();
    for (int pageSize : new int[] {1, 3, 7, 1_000}) {
      assertThat(scanAll(a, pageSize, false)).as("pages of " + pageSize).isEqualTo(ascending());
      assertThat(scanAll(a, pageSize, true)).as("pages of " + pageSize + ", reversed").isEqualTo(ascending().reversed());
    }
  }

  @Test
  void pagesWhoseRowsAreAllDeletedArePassedOver() {
    SimulatedNode a = large();
    world.pauseProjection();
    for (int i = 0; i < 15; i++) {
      String key = String.format("k%03d", i);
      expected.remove(key);
      a.delete(key);
    }
    CompletableFuture<ScanPage> page = a.scan(request(2, false));
    world.run();
    assertThat(entries(page)).startsWith("k015=v15");
    assertThat(scanAll(a, 2, false)).isEqualTo(ascending());
    assertThat(scanAll(a, 2, true)).isEqualTo(ascending().reversed());
  }

  @Test
  void onePageIsOfOneMomentAlsoWhereItTookSeveralPagesOfTheTable() {
    SimulatedNode a = large();
    a.scan(request(2, false)); // from now on it is known to be too large to be resident
    world.run();
    world.pauseProjection();
    for (int i = 0; i < 10; i++) {
      a.delete(String.format("k%03d", i));
    }
    world.run();
    a.tableCalls().hold();
    CompletableFuture<ScanPage> page = a.scan(request(2, false));
    // Let it read some pages that come to nothing; then a key behind it appears, and one in front of it after that.
    for (int i = 0; i < 2; i++) {
      world.run();
      a.tableCalls().release();
      a.tableCalls().runOne();
      a.tableCalls().hold();
    }
    world.run();
    a.set("k000", "first");
    world.run();
    a.set("k010", "second");
    world.run();
    a.tableCalls().release();
    world.run();
    assertThat(entries(page)).as("whoever sees k010 sees k000, which was written before it").startsWith("k000=first");
  }

  @Test
  void aTableAheadOfTheAcknowledgementsIsWaitedFor() {
    SimulatedNode a = large();
    scanAll(a, 100, false);
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    // One event changes the first key and the last one.
    a.commit(new CommitRequest(SimulatedNode.PK, List.of(), List.of(
        new Mutation.Put(Bytes.utf8("k000"), Bytes.utf8("new")),
        new Mutation.Put(Bytes.utf8("k059"), Bytes.utf8("new"))), a.request(), Provenance.NONE));
    world.run();
    CompletableFuture<ScanPage> page = a.scan(request(1_000, false));
    world.run();
    assertThat(page).isNotDone();
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(entries(page)).contains("k000=new", "k059=new").hasSize(ROWS);
  }

  @Test
  void aScanOfATableRestoredFromAnOlderStateIsUnavailable() {
    SimulatedNode a = large();
    world.pauseProjection();
    world.replaceTable();
    world.project(10);
    CompletableFuture<ScanPage> page = a.scan(request(10, false));
    world.run();
    assertThat(code(page)).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void aScanThatFailsGivesItsPinBack() {
    SimulatedNode a = large();
    scanAll(a, 100, false);
    world.table().fail("no disk");
    CompletableFuture<ScanPage> page = a.scan(request(10, false));
    world.run();
    assertThat(code(page)).isEqualTo(ErrorCode.UNAVAILABLE);
    world.table().fail(null);
    for (int i = 0; i < 100; i++) {
      set(a, "other" + i, "v");
      world.passMs(60);
    }
    CompletableFuture<PartitionStatus> status = a.status();
    world.run();
    assertThat(answer(status).memtableBytes()).as("what is projected is forgotten again").isLessThan(8_000);
  }

  @Test
  void aSmallPartitionKeyIsScannedFromMemoryOnceItIsResident() {
    SimulatedNode a = world.start("a");
    for (int i = 0; i < 20; i++) {
      set(a, "k" + i, "v");
    }
    assertThat(scanAll(a, 3, false)).isEqualTo(ascending());
    int reads = world.table().reads();
    a.delete("k3");
    expected.remove("k3");
    world.run();
    assertThat(scanAll(a, 3, false)).isEqualTo(ascending());
    assertThat(scanAll(a, 3, true)).isEqualTo(ascending().reversed());
    assertThat(world.table().reads()).isEqualTo(reads);
  }

  @Test
  void partitionKeysWhoseEveryKeyIsDeletedAreNotListedProjectedOrNot() {
    SimulatedNode a = world.start("a", config -> config.withMemtableLimitBytes(4_000).withResidentLimitRows(2));
    for (String partitionKey : List.of("p1", "p2", "p3", "p4")) {
      for (int i = 0; i < 4; i++) {
        a.commit(put(a, partitionKey, "k" + i));
      }
      world.passMs(100);
    }
    world.pauseProjection();
    for (int i = 0; i < 4; i++) {
      a.commit(delete(a, "p1", "k" + i));
      a.commit(delete(a, "p3", "k" + i));
    }
    a.commit(delete(a, "p2", "k1"));
    a.commit(put(a, "p0", "k"));
    CompletableFuture<PartitionKeysPage> all = a.partitionKeys(100);
    CompletableFuture<PartitionKeysPage> one = a.partitionKeys(1);
    world.run();
    assertThat(answer(all).partitionKeys()).extracting(Bytes::utf8).containsExactly("p0", "p2", "p4");
    assertThat(answer(one).partitionKeys()).extracting(Bytes::utf8).containsExactly("p0");
    assertThat(answer(one).more()).isTrue();
    world.resumeProjection();
    world.passMs(200);
    CompletableFuture<PartitionKeysPage> projected = a.partitionKeys(100);
    world.run();
    assertThat(answer(projected)).isEqualTo(answer(all));
  }

  @Test
  void aListingPageIsOfOneMomentWhereADoubtfulPartitionKeyChangesMeanwhile() {
    SimulatedNode a = world.start("a");
    a.commit(put(a, "p1", "k1"));
    a.commit(put(a, "p1", "k2"));
    world.passMs(100);
    a.kill();
    SimulatedNode b = world.start("a"); // its memtable knows nothing of p1
    world.passMs(SimulatedPartition.QUIET_MS + 100);
    world.pauseProjection();
    b.commit(delete(b, "p1", "k1"));
    world.run();
    b.tableCalls().hold();
    CompletableFuture<PartitionKeysPage> page = b.partitionKeys(10);
    world.run();
    b.tableCalls().release();
    b.tableCalls().runOne(); // the listing itself; the second question, whether p1 is dead, waits
    b.tableCalls().hold();
    world.run();
    // p2 appears, and only then p1 is deleted and projected: at no moment was there nothing.
    b.commit(put(b, "p2", "k"));
    world.run();
    b.tableCalls().release();
    b.tableCalls().hold();
    b.commit(delete(b, "p1", "k2"));
    world.run();
    world.project(Integer.MAX_VALUE);
    b.tableCalls().release();
    world.passMs(100);
    assertThat(answer(page).partitionKeys()).isNotEmpty();
  }

  private static CommitRequest put(SimulatedNode node, String partitionKey, String key) {
    return new CommitRequest(Bytes.utf8(partitionKey), List.of(),
        List.of(new Mutation.Put(Bytes.utf8(key), Bytes.utf8("v"))), node.request(), Provenance.NONE);
  }

  private static CommitRequest delete(SimulatedNode node, String partitionKey, String key) {
    return new CommitRequest(Bytes.utf8(partitionKey), List.of(),
        List.of(new Mutation.Delete(Bytes.utf8(key))), node.request(), Provenance.NONE);
  }

  private void set(SimulatedNode node, String key, String value) {
    expected.put(key, value);
    node.set(key, value);
  }

  private List<String> ascending() {
    return expected.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).toList();
  }

  private List<String> scanAll(SimulatedNode node, int pageSize, boolean reverse) {
    List<String> all = new ArrayList<>();
    ScanRequest request = request(pageSize, reverse);
    for (int pages = 0; pages < 1_000; pages++) {
      CompletableFuture<ScanPage> page = node.scan(request);
      world.run();
      all.addAll(entries(page));
      assertThat(answer(page).entries().size()).isLessThanOrEqualTo(pageSize);
      if (!answer(page).more()) {
        return all;
      }
      request = request.next(answer(page).entries().getLast().key(), Optional.empty());
    }
    throw new AssertionError("the scan does not end");
  }

  private static ScanRequest request(int pageSize, boolean reverse) {
    return new ScanRequest(SimulatedNode.PK, KeyRange.ALL, pageSize, reverse, false, Consistency.LINEARIZABLE, false, Optional.empty());
  }
}
