package io.logfold.query.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlacementCodecTest {
  private static final NodeReport REPORT = new NodeReport("n-1", "http://n1:7171", 42, 3, Map.of(0, 17L, 5, 1L << 40));

  @Test
  void whatIsSaidArrives() {
    assertThat(PlacementCodec.report(PlacementCodec.encode(REPORT))).isEqualTo(REPORT);
    Placement placement = Placement.of(
        Map.of("a", "http://a:1", "b", "http://b:1", "c", ""), List.of("c", "a", "b", "a", "a"), -1);
    Placement read = PlacementCodec.placement(PlacementCodec.encode(placement), 7);
    assertThat(read.saysTheSameAs(placement)).isTrue();
    assertThat(read.generation()).isEqualTo(7);
  }

  @Test
  void theSameIsSaidWithTheSameBytes() {
    NodeReport again = new NodeReport("n-1", "http://n1:7171", 42, 3, Map.of(5, 1L << 40, 0, 17L));
    assertThat(PlacementCodec.encode(again)).isEqualTo(PlacementCodec.encode(REPORT));
  }

  @Test
  void aThousandPartitionsTakeTwoKilobytes() {
    List<String> firsts = IntStream.range(0, 1_000).mapToObj(partition -> partition % 2 == 0 ? "a" : "b").toList();
    assertThat(PlacementCodec.encode(Placement.of(Map.of("a", "", "b", ""), firsts, -1)).remaining()).isLessThan(2_100);
  }

  @Test
  void whatIsCutOffOrOfAnotherVersionOrOfNobodyIsRefused() {
    ByteBuffer report = PlacementCodec.encode(REPORT);
    ByteBuffer placement = PlacementCodec.encode(Placement.of(Map.of("a", "x"), List.of("a"), -1));
    for (int length = 0; length < report.limit(); length++) {
      ByteBuffer cut = report.duplicate().limit(length);
      assertThatIllegalArgumentException().isThrownBy(() -> PlacementCodec.report(cut));
    }
    for (int length = 0; length < placement.limit(); length++) {
      ByteBuffer cut = placement.duplicate().limit(length);
      assertThatIllegalArgumentException().isThrownBy(() -> PlacementCodec.placement(cut, 0));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> PlacementCodec.report(ByteBuffer.wrap(new byte[] {2, 0, 0})))
        .withMessageContaining("version 2");
    byte[] nobody = placement.array().clone();
    nobody[nobody.length - 1] = 9;
    assertThatIllegalArgumentException().isThrownBy(() -> PlacementCodec.placement(ByteBuffer.wrap(nobody), 0));
  }
}
