package io.logfold.query.server.dynamodb.expression;

import java.util.List;
import java.util.Optional;

/** Expressions as they were written, by their syntax alone: names and values are not looked up, types not known. */
sealed interface Syntax {
  /** What stands for a value. */
  sealed interface Operand extends Syntax {}

  /** What is true or false. */
  sealed interface Condition extends Syntax {}

  /** A document path: a word or a {@code #name}, and what is behind it. */
  record Path(List<Step> steps) implements Operand {}

  record Value(String placeholder) implements Operand {}

  /** A function; whether there is one of that name, and whether it is a condition, is not known yet. */
  record Call(String function, List<Operand> arguments) implements Operand {}

  /** {@code left + right}, {@code left - right}. */
  record Arithmetic(String operator, Operand left, Operand right) implements Operand {}

  record Compare(String operator, Operand left, Operand right) implements Condition {}

  record Between(Operand tested, Operand low, Operand high) implements Condition {}

  record In(Operand tested, List<Operand> candidates) implements Condition {}

  /** A function where a condition stands. */
  record Test(Call call) implements Condition {}

  record And(Condition left, Condition right) implements Condition {}

  record Or(Condition left, Condition right) implements Condition {}

  record Not(Condition inner) implements Condition {}

  /** One step of a path: {@code word}, {@code #name} or {@code [index]}. */
  sealed interface Step {}

  record Word(String name) implements Step {}

  record Name(String placeholder) implements Step {}

  record Index(String digits) implements Step {}

  /** One action of an update; all but removals have a value. */
  record Action(Section section, Path path, Optional<Operand> value) {
    Operand requiredValue() {
      return value.orElseThrow(() -> new IllegalStateException(section + " without a value"));
    }
  }

  enum Section {
    SET, REMOVE, ADD, DELETE
  }

  /** An update: its actions, and the sections in the order in which they were begun, each as often as it was. */
  record Update(List<Action> actions, List<Section> sections) {}
}
