package io.logfold.query.server.dynamodb.item;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumberKeysTest {
  private static final long SEED = 38;

  /** What lies in stores must not change. */
  @ParameterizedTest
  @CsvSource({
    "0, 80", "1, c0820b", "-1, 407df4ff", "12.3, c0830d1f", "10, c0830b", "123, c0840d1f", "0.1, c0810b",
    "1e-130, c0000b", "-5e-130, 40ffccff", "9e125, c0ff5b", "100, c0840b"
  })
  void numbersHaveTheseKeys(String number, String key) {
    Bytes encoded = NumberKeys.encode(DynamoNumber.parse(number));

    assertThat(encoded.hex()).isEqualTo(key);
  }

  @Test
  void keysAreInTheOrderOfTheNumbers() {
    RandomItems random = new RandomItems(SEED);
    for (int i = 0; i < 50_000; i++) {
      DynamoNumber a = random.number();
      DynamoNumber b = random.number();

      int order = Integer.signum(NumberKeys.encode(a).compareTo(NumberKeys.encode(b)));

      assertThat(order).as("%s and %s, seed %d", a, b, SEED)
          .isEqualTo(Integer.signum(a.value().compareTo(b.value())));
    }
  }

  @Test
  void keysAreReadBackAsTheirNumbers() {
    RandomItems random = new RandomItems(SEED);
    for (int i = 0; i < 20_000; i++) {
      DynamoNumber number = random.number();
      Bytes key = NumberKeys.encode(number);

      assertThat(key.size()).isLessThanOrEqualTo(23);
      assertThat(NumberKeys.decode(key)).isEqualTo(number);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "00", "c0", "c082", "c08201", "c08266", "c0820201", "407dfd", "4082fdffff", "8000",
      "c082020202020202020202020202020202020202020202"})
  void otherBytesAreNoKeysOfNumbers(String key) {
    assertThatThrownBy(() -> NumberKeys.decode(Bytes.hex(key))).isInstanceOf(IllegalArgumentException.class);
  }
}
