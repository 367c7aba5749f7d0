package io.logfold.query;

import static io.logfold.query.testing.Replies.answer;
import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.entries;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.KeyRange;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SnapshotScanTest {
  private final SimulatedPartition world = new SimulatedPartition(11);

  private SimulatedNode large() {
    SimulatedNode a = world.start("a", config -> config.withMemtableLimitBytes(4_000).withResidentLimitRows(5));
    for (int i = 0; i < 40; i++) {
      a.set(String.format("k%03d", i), "v");
      world.passMs(60);
    }
    return a;
  }

  @Test
  void allPagesSeeOneRevisionWhateverIsWrittenProjectedAndForgottenMeanwhile() {
    SimulatedNode a = large();
    world.pauseProjection();
    a.delete("k001");
    a.set("k002", "before");
    ScanPage first = page(a, open(a, 1, KeyRange.ALL));
    world.resumeProjection();
    for (int i = 0; i < 40; i++) {
      a.set(String.format("k%03d", i), "after");
      world.passMs(60);
    }
    List<String> seen = new ArrayList<>(List.of(first.entries().getFirst().key().utf8()));
    ScanPage last = first;
    ScanRequest request = request(7, KeyRange.ALL, Optional.empty());
    while (last.more()) {
      request = request.next(last.entries().getLast().key(), first.snapshotId());
      CompletableFuture<ScanPage> next = a.scan(request);
      world.run();
      last = answer(next);
      last.entries().forEach(entry -> {
        seen.add(entry.key().utf8());
        assertThat(entry.value().utf8()).isNotEqualTo("after");
        assertThat(last(next).position()).isEqualTo(first.position());
      });
    }
    assertThat(seen).hasSize(39).doesNotContain("k001").isSorted();
  }

  private static ScanPage last(CompletableFuture<ScanPage> page) {
    return answer(page);
  }

  @Test
  void anIteratorThatSeeksBackInFrontOfTheFirstPageSeesTheSameRevisionThere() {
    SimulatedNode a = large();
    world.pauseProjection();
    a.delete("k001");
    a.set("k002", "before");
    ScanPage first = page(a, open(a, 5, new KeyRange(Bytes.utf8("k020"), Optional.empty())));
    CompletableFuture<ScanPage> back = a.scan(request(5, KeyRange.ALL, first.snapshotId()));
    world.run();
    assertThat(entries(back)).startsWith("k000=v", "k002=before", "k003=v");
  }

  @Test
  void aResidentPartitionKeyIsFrozenFromMemory() {
    SimulatedNode a = world.start("a");
    a.set("k1", "v");
    a.set("k2", "v");
    ScanPage first = page(a, open(a, 1, KeyRange.ALL));
    a.set("k2", "after");
    a.set("k3", "after");
    CompletableFuture<ScanPage> rest = a.scan(request(9, new KeyRange(Bytes.utf8("k10"), Optional.empty()), first.snapshotId()));
    world.run();
    assertThat(entries(rest)).containsExactly("k2=v");
    assertThat(world.table().openSnapshots()).isZero();
  }

  @Test
  void aSnapshotExpiresAfterItsTimeAndIsReleased() {
    SimulatedNode a = large();
    ScanPage first = page(a, open(a, 1, KeyRange.ALL));
    assertThat(world.table().openSnapshots()).isEqualTo(1);
    world.passMs(59_900);
    CompletableFuture<ScanPage> inTime = a.scan(request(1, KeyRange.ALL, first.snapshotId()));
    world.run();
    answer(inTime);
    world.passMs(200);
    assertThat(world.table().openSnapshots()).isZero();
    CompletableFuture<ScanPage> late = a.scan(request(1, KeyRange.ALL, first.snapshotId()));
    world.run();
    assertThat(code(late)).isEqualTo(ErrorCode.SNAPSHOT_TOO_OLD);
  }

  @Test
  void aSnapshotGivenBackIsReleasedAtOnce() {
    SimulatedNode a = large();
    ScanPage first = page(a, open(a, 1, KeyRange.ALL));
    a.leader().endSnapshot(first.snapshotId().orElseThrow());
    a.leader().endSnapshot("unknown");
    world.run();
    assertThat(world.table().openSnapshots()).isZero();
  }

  @Test
  void moreSnapshotsThanAllowedAreSlowedDownAlsoWhenTheyAreOpenedTogether() {
    SimulatedNode a = large();
    page(a, open(a, 1, KeyRange.ALL));
    List<CompletableFuture<ScanPage>> many = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      many.add(a.scan(request(1, KeyRange.ALL, Optional.empty())));
    }
    world.run();
    assertThat(many.stream().filter(CompletableFuture::isCompletedExceptionally)).hasSize(17)
        .allSatisfy(call -> assertThat(code(call)).isEqualTo(ErrorCode.SLOW_DOWN));
    assertThat(world.table().openSnapshots()).isEqualTo(64);
  }

  @Test
  void aScanThatEndsWhileItWaitsForTheLeaseHoldsNoSnapshotOfTheTable() {
    SimulatedNode a = large();
    page(a, open(a, 1, KeyRange.ALL));
    world.passMs(61_000);
    world.pauseProjection(); // else the table is ahead of what is committed, and that is waited for first
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<ScanPage> waiting = open(a, 1, KeyRange.ALL);
    world.passMs(12_000);
    assertThat(code(waiting)).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(world.table().openSnapshots()).isZero();
  }

  @Test
  void closingTheLeaderReleasesAllSnapshots() {
    SimulatedNode a = large();
    page(a, open(a, 1, KeyRange.ALL));
    page(a, open(a, 1, KeyRange.ALL));
    a.leader().close();
    world.run();
    assertThat(world.table().openSnapshots()).isZero();
  }

  private CompletableFuture<ScanPage> open(SimulatedNode node, int pageSize, KeyRange range) {
    return node.scan(request(pageSize, range, Optional.empty()));
  }

  private ScanPage page(SimulatedNode node, CompletableFuture<ScanPage> page) {
    world.run();
    assertThat(answer(page).snapshotId()).isPresent();
    return answer(page);
  }

  private static ScanRequest request(int pageSize, KeyRange range, Optional<String> id) {
    return new ScanRequest(SimulatedNode.PK, range, pageSize, false, false, Consistency.LINEARIZABLE, true, id);
  }
}
