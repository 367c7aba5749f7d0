package io.logfold.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class WorkloadTest {
  private static final int KEYS = 1_000;
  private static final int LANES = 4;
  private static final int OPERATIONS = 100_000;
  /** Of a share: five times the deviation of a half. */
  private static final double NOISE = 0.8;

  private final CountingPeer peer = new CountingPeer();
  private final PeerKeys keys = PeerKeys.of(KEYS, 16);

  @Test
  void theMixHasItsShares() {
    assertShares(Workload.MIX, Map.of("get", 80, "set", 10, "scan", 5, "setIf", 5));
  }

  @Test
  void ycsbAReadsAndUpdatesHalfAndHalf() {
    assertShares(Workload.YCSB_A, Map.of("get", 50, "set", 50));
  }

  @Test
  void ycsbBMostlyReads() {
    assertShares(Workload.YCSB_B, Map.of("get", 95, "set", 5));
  }

  @Test
  void ycsbCOnlyReads() {
    assertShares(Workload.YCSB_C, Map.of("get", 100));
  }

  @Test
  void ycsbDReadsTheLatestMost() {
    assertShares(Workload.YCSB_D, Map.of("get", 95, "insert", 5));
    int added = peer.operations.getOrDefault("insert", 0);
    assertThat(keys.inserts().newest()).isEqualTo(KEYS + added - 1);
    assertThat(peer.writes.keySet()).hasSize(added).allMatch(key -> key >= KEYS && key < KEYS + added);
    // The thousand that are the oldest at the end were the newest at the beginning; and yet the others had most.
    long ofLoaded = peer.reads.entrySet().stream().filter(read -> read.getKey() < KEYS).mapToInt(Map.Entry::getValue).sum();
    assertThat(ofLoaded).isLessThan(OPERATIONS / 4);
  }

  @Test
  void ycsbEScansUpToAHundredRows() {
    assertShares(Workload.YCSB_E, Map.of("scanFrom", 95, "insert", 5));
    assertThat(peer.mostRows).isEqualTo(100);
  }

  @Test
  void halfOfYcsbFsOperationsReadAndWriteTheSameKey() {
    run(Workload.YCSB_F);
    assertThat(percent("get")).isEqualTo(100.0);
    assertThat(percent("set")).isBetween(50 - NOISE, 50 + NOISE);
    assertThat(peer.reads.keySet()).containsAll(peer.writes.keySet());
    peer.writes.forEach((key, writes) -> assertThat(writes).isLessThanOrEqualTo(peer.reads.get(key)));
  }

  @Test
  void aFewScatteredKeysHaveMostOfYcsbsReads() {
    run(Workload.YCSB_C);
    int[] byPopularity = peer.reads.values().stream().mapToInt(Integer::intValue).sorted().toArray();
    int mostRead = byPopularity[byPopularity.length - 1];
    assertThat(mostRead).isBetween(OPERATIONS / 10, OPERATIONS / 5);
    assertThat(peer.reads.get(Zipfian.scrambled(0, KEYS))).isEqualTo(mostRead);
    assertThat(peer.reads.keySet()).allMatch(key -> key < KEYS).hasSizeGreaterThan(KEYS / 2);
  }

  @Test
  void deletedKeysAreSetAgain() {
    Work work = Workload.DELETE.at(peer, keys.forLanes(1));
    work.start(0).join();
    assertThat(peer.operations).containsOnlyKeys("set"); // at revision 0 nothing is there to be deleted
  }

  @Test
  void aScanThatFindsTooLittleOrTooMuchIsWrong() {
    KeySpace space = KeySpace.of("any", 100, 10, 16);
    space.checkScan(0, 5, 5);
    space.checkScan(95, 5, 1);
    space.checkScan(95, 5, 3); // some were added behind it
    assertThatThrownBy(() -> space.checkScan(0, 5, 4)).hasMessageContaining("gave 4");
    assertThatThrownBy(() -> space.checkScan(0, 5, 6)).hasMessageContaining("gave 6");
    assertThatThrownBy(() -> space.checkScan(95, 5, 0)).hasMessageContaining("gave 0");
  }

  @Test
  void namesAreTheSameWhetherKeptOrMade() {
    KeySpace kept = KeySpace.of("bench", 100, 10, 16);
    KeySpace made = KeySpace.ofMany(100, 10, 16);
    for (int key = 0; key < 100; key++) {
      assertThat(made.key(key)).isEqualTo(kept.key(key));
      assertThat(made.partitionKey(key)).isEqualTo(kept.partitionKey(key));
    }
    assertThat(kept.key(12_345_678).utf8()).isEqualTo("key-12345678");
    assertThat(kept.key(0).utf8()).isEqualTo("key-00000000");
  }

  private void assertShares(Workload workload, Map<String, Integer> percents) {
    run(workload);
    assertThat(peer.operations).containsOnlyKeys(percents.keySet());
    percents.forEach((operation, percent) ->
        assertThat(percent(operation)).as(operation).isBetween(percent - NOISE, percent + NOISE));
  }

  private double percent(String operation) {
    return 100.0 * peer.operations.getOrDefault(operation, 0) / OPERATIONS;
  }

  private void run(Workload workload) {
    Work work = workload.at(peer, keys.forLanes(LANES));
    for (int i = 0; i < OPERATIONS; i++) {
      work.start(i % LANES).join();
    }
  }
}
