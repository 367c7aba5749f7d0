package io.logfold.query.server.dynamodb.item;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ItemTest {
  @Test
  void changesMakeAnotherItem() {
    Item item = SdkValues.item("{\"a\": {\"S\": \"1\"}}");

    Item changed = item.with("b", AttributeValue.number("2")).without("a");

    assertThat(SdkValues.json(changed)).isEqualTo("{\"b\":{\"N\":\"2\"}}");
    assertThat(SdkValues.json(item)).isEqualTo("{\"a\":{\"S\":\"1\"}}");
  }

  /** Names and values; three bytes for a map or list and one for each member. */
  @Test
  void sizesAreThoseThatArePublished() {
    assertThat(SdkValues.item("{\"Händ\": {\"S\": \"é\"}}").sizeBytes()).isEqualTo(7);
    assertThat(SdkValues.item("{\"a\": {\"NULL\": true}, \"b\": {\"BOOL\": false}}").sizeBytes()).isEqualTo(4);
    assertThat(SdkValues.item("{\"a\": {\"L\": []}}").sizeBytes()).isEqualTo(4);
    assertThat(SdkValues.item("{\"a\": {\"M\": {\"bc\": {\"S\": \"x\"}}}}").sizeBytes()).isEqualTo(1 + 3 + 1 + 2 + 1);
    assertThat(SdkValues.item("{\"a\": {\"SS\": [\"x\", \"yz\"]}, \"b\": {\"B\": \"AQID\"}}").sizeBytes())
        .isEqualTo(1 + 3 + 1 + 3);
  }

  @Test
  void fourHundredKilobytesAreTheMost() {
    Item largest = Item.EMPTY.with("a", AttributeValue.string("x".repeat(400 * 1024 - 1)));
    Item larger = largest.with("b", new AttributeValue.Null());

    assertThat(largest.checkedToPut().sizeBytes()).isEqualTo(400 * 1024);
    assertThatThrownBy(larger::checkedToPut).hasMessage("Item size has exceeded the maximum allowed size");
    assertThatThrownBy(larger::checkedAfterUpdate)
        .hasMessage("Item size to update has exceeded the maximum allowed size");
  }

  @Test
  void thirtyTwoLevelsAreTheDeepest() {
    AttributeValue value = AttributeValue.string("x");
    for (int i = 0; i < 31; i++) {
      value = new AttributeValue.L(List.of(value));
    }
    Item deepest = Item.EMPTY.with("a", value);
    Item deeper = Item.EMPTY.with("a", new AttributeValue.L(List.of(value)));

    assertThat(deepest.checkedToPut()).isSameAs(deepest);
    assertThatThrownBy(deeper::checkedToPut).hasMessage("Nesting Levels have exceeded supported limits: Attributes in"
        + " the item have nested levels beyond supported limit");
    assertThatThrownBy(deeper::checkedAfterUpdate).hasMessage("Nesting Levels have exceeded supported limits");
  }

  @Test
  void stringsAreOrderedByTheirUtf8() {
    RandomItems random = new RandomItems(3629);
    for (int i = 0; i < 5_000; i++) {
      String a = random.text();
      String b = random.text();

      assertThat(Integer.signum(Utf8Order.INSTANCE.compare(a, b))).as("%s and %s", a, b)
          .isEqualTo(Integer.signum(java.util.Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8))));
    }
  }
}
