package io.logfold.query.server.dynamodb.expression;

import io.logfold.api.Bytes;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.DynamoNumber;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.Utf8Order;
import io.logfold.query.server.dynamodb.item.ValidationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What operands are for an item, and how values compare. */
final class Values {
  private Values() {}

  /** Nothing where an attribute is not there, or has no size. */
  static Optional<AttributeValue> find(Operand operand, Item item) {
    return switch (operand) {
      case Operand.Attribute attribute -> attribute.path().in(item);
      case Operand.Constant constant -> Optional.of(constant.value());
      case Operand.Size size -> find(size.of(), item).flatMap(Values::size);
      case Operand.IfNotExists choice -> {
        // It must be there also where it is not needed.
        AttributeValue otherwise = require(choice.otherwise(), item);
        yield choice.path().in(item).or(() -> Optional.of(otherwise));
      }
      case Operand.ListAppend append ->
          Optional.of(append(require(append.front(), item), require(append.back(), item)));
      case Operand.Arithmetic sum -> {
        DynamoNumber left = number(require(sum.left(), item));
        DynamoNumber right = number(require(sum.right(), item));
        yield Optional.of(new AttributeValue.N(sum.minus() ? left.minus(right) : left.plus(right)));
      }
    };
  }

  /** For updates, in which everything that is used must be there. */
  static AttributeValue require(Operand operand, Item item) {
    return find(operand, item).orElseThrow(() -> new ValidationException(
        "The provided expression refers to an attribute that does not exist in the item"));
  }

  static ValidationException incorrectOperand() {
    return new ValidationException("An operand in the update expression has an incorrect data type");
  }

  private static AttributeValue append(AttributeValue front, AttributeValue back) {
    if (front instanceof AttributeValue.L first && back instanceof AttributeValue.L second) {
      List<AttributeValue> both = new ArrayList<>(first.value());
      both.addAll(second.value());
      return new AttributeValue.L(both);
    }
    throw incorrectOperand();
  }

  private static DynamoNumber number(AttributeValue value) {
    if (value instanceof AttributeValue.N number) {
      return number.value();
    }
    throw incorrectOperand();
  }

  private static Optional<AttributeValue> size(AttributeValue value) {
    OptionalInt size = switch (value) {
      case AttributeValue.S s -> OptionalInt.of(s.value().length());
      case AttributeValue.B b -> OptionalInt.of(b.value().size());
      case AttributeValue.M m -> OptionalInt.of(m.value().size());
      case AttributeValue.L l -> OptionalInt.of(l.value().size());
      case AttributeValue.SS set -> OptionalInt.of(set.value().size());
      case AttributeValue.NS set -> OptionalInt.of(set.value().size());
      case AttributeValue.BS set -> OptionalInt.of(set.value().size());
      case AttributeValue.N ignored -> OptionalInt.empty();
      case AttributeValue.Bool ignored -> OptionalInt.empty();
      case AttributeValue.Null ignored -> OptionalInt.empty();
    };
    return size.isPresent()
        ? Optional.of(new AttributeValue.N(DynamoNumber.of(size.getAsInt()))) : Optional.empty();
  }

  /** Whether the comparison of two values that are there holds; no order holds between values of different types. */
  static boolean compare(Comparator comparator, AttributeValue left, AttributeValue right) {
    return switch (comparator) {
      case EQ -> left.equals(right);
      case NE -> !left.equals(right);
      case LT, LE, GT, GE -> ordered(comparator, left, right);
    };
  }

  static boolean ordered(Comparator comparator, AttributeValue left, AttributeValue right) {
    int order;
    if (left instanceof AttributeValue.N a && right instanceof AttributeValue.N b) {
      order = a.value().compareTo(b.value());
    } else if (left instanceof AttributeValue.S a && right instanceof AttributeValue.S b) {
      order = Utf8Order.INSTANCE.compare(a.value(), b.value());
    } else if (left instanceof AttributeValue.B a && right instanceof AttributeValue.B b) {
      order = a.value().compareTo(b.value());
    } else {
      return false;
    }
    return switch (comparator) {
      case EQ -> order == 0;
      case NE -> order != 0;
      case LT -> order < 0;
      case LE -> order <= 0;
      case GT -> order > 0;
      case GE -> order >= 0;
    };
  }

  static boolean beginsWith(AttributeValue tested, AttributeValue prefix) {
    if (tested instanceof AttributeValue.S text && prefix instanceof AttributeValue.S start) {
      return text.value().startsWith(start.value());
    }
    return tested instanceof AttributeValue.B bytes && prefix instanceof AttributeValue.B start
        && bytes.value().startsWith(start.value());
  }

  /** A part of a string or of bytes, a member of a set, an element of a list. */
  static boolean contains(AttributeValue tested, AttributeValue member) {
    return switch (tested) {
      case AttributeValue.S s -> member instanceof AttributeValue.S part
          && Search.within(s.value().length(), s.value()::charAt, part.value().length(), part.value()::charAt);
      case AttributeValue.B b -> member instanceof AttributeValue.B part
          && Search.within(b.value().size(), b.value()::at, part.value().size(), part.value()::at);
      case AttributeValue.L l -> l.value().contains(member);
      case AttributeValue.SS set -> member instanceof AttributeValue.S s && set.value().contains(s.value());
      case AttributeValue.NS set -> member instanceof AttributeValue.N n && set.value().contains(n.value());
      case AttributeValue.BS set -> member instanceof AttributeValue.B b && set.value().contains(b.value());
      case AttributeValue.M ignored -> false;
      case AttributeValue.N ignored -> false;
      case AttributeValue.Bool ignored -> false;
      case AttributeValue.Null ignored -> false;
    };
  }
}
