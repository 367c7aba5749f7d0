package io.logfold.query.server.dynamodb.item;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DynamoNumberTest {
  @ParameterizedTest
  @CsvSource({"0, 0", "-0.00, 0", "0e500, 0", "00012.3400, 12.34", "+5, 5", ".5, 0.5", "1., 1", "1.5E-7, 0.00000015",
      "1E+2, 100", "12345678901234567890123456789012345678000, 12345678901234567890123456789012345678000"})
  void isPrintedWithoutExponentAndIdleZeros(String written, String printed) {
    assertThat(DynamoNumber.parse(written).text()).isEqualTo(printed);
  }

  @Test
  void atItsEndsIsPrintedInFull() {
    assertThat(DynamoNumber.parse("1e125").text()).isEqualTo("1" + "0".repeat(125));
    assertThat(DynamoNumber.parse("1e-130").text()).isEqualTo("0." + "0".repeat(129) + "1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", " 1", "1 ", "1_0", "NaN", "0x10", "1d", "1e", "5-", "1,5", "1e99999999999"})
  void otherTextsAreNoNumbers(String text) {
    assertThatThrownBy(() -> DynamoNumber.parse(text)).isInstanceOf(ValidationException.class)
        .hasMessage("A value provided cannot be converted into a number");
  }

  @ParameterizedTest
  @CsvSource({
    "123456789012345678901234567890123456789, DynamoDB only supports precision up to 38 digits",
    "1e126, Number overflow. Attempting to store a number with magnitude larger than supported range",
    "-1e126, Number overflow. Attempting to store a number with magnitude larger than supported range",
    "1e-131, Number underflow. Attempting to store a number with magnitude smaller than supported range"
  })
  void whatIsOutOfRangeIsRefused(String text, String message) {
    assertThatThrownBy(() -> DynamoNumber.parse(text)).isInstanceOf(ValidationException.class).hasMessage(message);
  }

  @Test
  void arithmeticIsExactOrRefused() {
    DynamoNumber large = DynamoNumber.parse("9e125");
    DynamoNumber nines = DynamoNumber.parse("9".repeat(38));

    assertThat(DynamoNumber.parse("0.1").plus(DynamoNumber.parse("0.2"))).isEqualTo(DynamoNumber.parse("0.3"));
    assertThat(nines.plus(DynamoNumber.of(1))).isEqualTo(DynamoNumber.parse("1e38"));
    assertThat(large.minus(large)).isEqualTo(DynamoNumber.ZERO);
    assertThatThrownBy(() -> large.plus(large)).hasMessageContaining("overflow");
    assertThatThrownBy(() -> nines.plus(DynamoNumber.parse("0.1"))).hasMessageContaining("38 digits");
    assertThatThrownBy(() -> DynamoNumber.parse("1.1e-130").minus(DynamoNumber.parse("1e-130")))
        .hasMessageContaining("underflow");
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 2", "10, 2", "12, 2", "123, 3", "-1, 3", "-123, 4", "1e100, 2", "0.01, 2", "0.012, 3",
      "1.5, 3", "1.001, 4", "10.01, 3", "100.001, 5", "1e101, 2", "12345, 4"})
  void takesAByteForTwoDigitsAndOneMore(String number, int size) {
    assertThat(AttributeValue.number(number).sizeBytes()).isEqualTo(size);
  }
}
