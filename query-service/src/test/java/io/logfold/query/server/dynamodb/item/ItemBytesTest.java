package io.logfold.query.server.dynamodb.item;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ItemBytesTest {
  private static final long SEED = 400;

  /** What lies in stores must not change. */
  @Test
  void anItemHasTheseBytes() {
    Item item = SdkValues.item("""
        {"b": {"B": "AQI="}, "a": {"S": "é"}, "n": {"N": "-1.50"}, "t": {"BOOL": true}, "f": {"BOOL": false},
         "0": {"NULL": true}, "m": {"M": {"y": {"S": ""}, "x": {"L": [{"N": "0"}]}}},
         "ss": {"SS": ["b", "a"]}, "ns": {"NS": ["2", "-1"]}, "bs": {"BS": ["/w==", "AA=="]}}
        """);

    assertThat(ItemBytes.encode(item).hex()).isEqualTo("010a" + "013006" + "01610102c3a9" + "0162030201" + "02"
        + "0262730b0201000" + "1ff" + "016604" + "016d0702" + "01780801020180" + "01790100" + "016e0204407defff"
        + "026e730a0204407df4ff03c08215" + "02737309020161" + "0162" + "017405");
  }

  @Test
  void anItemIsReadBack() {
    RandomItems random = new RandomItems(SEED);
    for (int i = 0; i < 3_000; i++) {
      Item item = random.item();

      assertThat(ItemBytes.decode(ItemBytes.encode(item))).as("seed %d", SEED).isEqualTo(item);
    }
  }

  @Test
  void equalItemsAreEqualBytesAndOthersAreNot() {
    RandomItems random = new RandomItems(SEED);
    for (int i = 0; i < 3_000; i++) {
      Item a = random.item();
      Item same = SdkValues.item(SdkValues.json(a));
      Item b = random.item();

      assertThat(ItemBytes.encode(same)).isEqualTo(ItemBytes.encode(a));
      assertThat(ItemBytes.encode(a).equals(ItemBytes.encode(b))).isEqualTo(a.equals(b));
    }
  }

  /** Whatever is done to the bytes: they are refused, or they are exactly those of the item that was read. */
  @Test
  void damagedBytesAreRefusedOrCanonical() {
    Random damage = new Random(SEED);
    RandomItems random = new RandomItems(SEED);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = ItemBytes.encode(random.item()).toArray();
      bytes[damage.nextInt(bytes.length)] = (byte) damage.nextInt(256);
      Bytes damaged = Bytes.wrap(Arrays.copyOf(bytes, bytes.length - damage.nextInt(2)));
      try {
        assertThat(ItemBytes.encode(ItemBytes.decode(damaged))).isEqualTo(damaged);
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(5_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "02", "0100ff", "018000", "01ffffffffff", "010101610c", "0102016206016106",
      "0102016106016106", "01010161090201620161", "010101610101c3"})
  void otherBytesAreRefused(String hex) {
    assertThatThrownBy(() -> ItemBytes.decode(Bytes.hex(hex))).isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("not the bytes of an item: ");
  }
}
