package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeType;
import java.util.List;

/** What is true or false of an item, with everything looked up but the item. */
sealed interface Predicate {
  record Compare(Comparator comparator, Operand left, Operand right) implements Predicate {}

  record Between(Operand tested, Operand low, Operand high) implements Predicate {}

  record In(Operand tested, List<Operand> candidates) implements Predicate {}

  record Exists(Path path) implements Predicate {}

  record NotExists(Path path) implements Predicate {}

  record TypeIs(Operand tested, AttributeType type) implements Predicate {}

  record BeginsWith(Operand tested, Operand prefix) implements Predicate {}

  record Contains(Operand tested, Operand member) implements Predicate {}

  record And(Predicate left, Predicate right) implements Predicate {}

  record Or(Predicate left, Predicate right) implements Predicate {}

  record Not(Predicate inner) implements Predicate {}
}
