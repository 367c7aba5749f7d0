package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeValue;
import java.util.List;

/** What a key condition says of a range key; its values are of the key's type. */
public sealed interface RangeCondition {
  record Equal(AttributeValue value) implements RangeCondition {}

  record Less(AttributeValue value) implements RangeCondition {}

  record AtMost(AttributeValue value) implements RangeCondition {}

  record Greater(AttributeValue value) implements RangeCondition {}

  record AtLeast(AttributeValue value) implements RangeCondition {}

  /** Both ends are in the range. */
  record Between(AttributeValue low, AttributeValue high) implements RangeCondition {}

  /** Of strings and bytes only. */
  record BeginsWith(AttributeValue prefix) implements RangeCondition {}

  /** Those that it speaks of. */
  default List<AttributeValue> values() {
    return switch (this) {
      case Equal equal -> List.of(equal.value());
      case Less less -> List.of(less.value());
      case AtMost atMost -> List.of(atMost.value());
      case Greater greater -> List.of(greater.value());
      case AtLeast atLeast -> List.of(atLeast.value());
      case Between between -> List.of(between.low(), between.high());
      case BeginsWith begins -> List.of(begins.prefix());
    };
  }
}
