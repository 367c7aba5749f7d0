package io.logfold.api.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import org.junit.jupiter.api.Test;

class TopologyTest {
  @Test
  void keysThatAreSpreadInAnUnknownWayShareOneLeaderAndThePartitionsAreAsTold() {
    Topology unknown = Topology.of("store", 12, "another hash");
    assertThat(unknown.partitions()).isEqualTo(12);
    assertThat(unknown.partition(Bytes.utf8("a"))).isZero();
    assertThat(unknown.partition(Bytes.utf8("b"))).isZero();
  }

  @Test
  void keysThatAreSpreadInTheKnownWayHaveTheirPartitions() {
    Topology known = Topology.of("store", 12, "crc32c");
    assertThat(known.partitions()).isEqualTo(12);
    assertThat(java.util.stream.IntStream.range(0, 200).map(i -> known.partition(Bytes.utf8("key " + i))).distinct().count())
        .isEqualTo(12);
  }
}
