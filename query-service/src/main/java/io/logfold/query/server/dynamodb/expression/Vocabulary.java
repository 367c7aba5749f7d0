package io.logfold.query.server.dynamodb.expression;

import java.math.BigInteger;
import java.util.List;

/**
 * Judges the words of an expression, in the order of its text: no reserved word is a name, indexes are in range,
 * functions exist and stand where they may. Counts operators on the way.
 */
final class Vocabulary {
  private static final BigInteger MAX_INDEX = BigInteger.valueOf(Integer.MAX_VALUE);

  private final Kind kind;
  private int operators;

  private Vocabulary(Kind kind) {
    this.kind = kind;
  }

  /** How many operators and functions the condition has. */
  static int check(Kind kind, Syntax.Condition condition) {
    Vocabulary vocabulary = new Vocabulary(kind);
    vocabulary.condition(condition);
    return vocabulary.operators;
  }

  /** How many operators and functions the update has; the actions themselves do not count. */
  static int check(Syntax.Update update) {
    Vocabulary vocabulary = new Vocabulary(Kind.UPDATE);
    for (Syntax.Action action : update.actions()) {
      vocabulary.path(action.path());
      action.value().ifPresent(value -> vocabulary.operand(value, false));
    }
    return vocabulary.operators;
  }

  static void check(List<Syntax.Path> projection) {
    Vocabulary vocabulary = new Vocabulary(Kind.PROJECTION);
    projection.forEach(vocabulary::path);
  }

  private void condition(Syntax.Condition condition) {
    operators++;
    switch (condition) {
      case Syntax.Compare compare -> {
        operand(compare.left(), false);
        operand(compare.right(), false);
      }
      case Syntax.Between between -> {
        operand(between.tested(), false);
        operand(between.low(), false);
        operand(between.high(), false);
      }
      case Syntax.In in -> {
        operand(in.tested(), false);
        in.candidates().forEach(candidate -> operand(candidate, false));
      }
      case Syntax.Test test -> {
        if (function(test.call()).place() != Function.Place.CONDITION) {
          throw misplaced(test.call());
        }
        test.call().arguments().forEach(argument -> operand(argument, true));
      }
      case Syntax.And and -> {
        condition(and.left());
        condition(and.right());
      }
      case Syntax.Or or -> {
        condition(or.left());
        condition(or.right());
      }
      case Syntax.Not not -> condition(not.inner());
    }
  }

  private void operand(Syntax.Operand operand, boolean nested) {
    switch (operand) {
      case Syntax.Path path -> path(path);
      case Syntax.Value ignored -> { }
      case Syntax.Call call -> {
        operators++;
        Function function = function(call);
        if (function.place() == Function.Place.CONDITION || function == Function.LIST_APPEND && nested) {
          throw misplaced(call);
        }
        call.arguments().forEach(argument -> operand(argument, true));
      }
      case Syntax.Arithmetic arithmetic -> {
        operators++;
        operand(arithmetic.left(), true);
        operand(arithmetic.right(), true);
      }
    }
  }

  private Function function(Syntax.Call call) {
    Function function = Function.of(call.function())
        .orElseThrow(() -> kind.invalid("Invalid function name; function: " + call.function()));
    if (kind.conditional() && function.place() == Function.Place.OPERAND_OF_UPDATE) {
      throw kind.invalid("The function is not allowed in a condition expression; function: " + call.function());
    }
    if (!kind.conditional() && function.place() != Function.Place.OPERAND_OF_UPDATE) {
      throw kind.invalid("The function is not allowed in an update expression; function: " + call.function());
    }
    return function;
  }

  private RuntimeException misplaced(Syntax.Call call) {
    return kind.invalid(
        "The function is not allowed to be used this way in an expression; function: " + call.function());
  }

  private void path(Syntax.Path path) {
    for (Syntax.Step step : path.steps()) {
      switch (step) {
        case Syntax.Word word -> {
          if (ReservedWords.contains(word.name())) {
            throw kind.invalid("Attribute name is a reserved keyword; reserved keyword: " + word.name());
          }
        }
        case Syntax.Name ignored -> { }
        case Syntax.Index index -> {
          if (new BigInteger(index.digits()).compareTo(MAX_INDEX) > 0) {
            throw kind.invalid("List index is not within the allowable range; index: [" + index.digits() + "]");
          }
        }
      }
    }
  }
}
