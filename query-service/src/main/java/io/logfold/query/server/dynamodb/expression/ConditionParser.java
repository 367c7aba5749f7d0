package io.logfold.query.server.dynamodb.expression;

import java.util.ArrayList;
import java.util.List;

/**
 * Conditions: NOT binds closer than AND, AND closer than OR.
 *
 * <pre>
 * or      = and { OR and }
 * and     = not { AND not }
 * not     = NOT not | test
 * test    = "(" or ")" | operand comparator operand | operand BETWEEN operand AND operand
 *         | operand IN "(" operand { "," operand } ")" | function
 * </pre>
 */
final class ConditionParser {
  private final Tokens tokens;

  private ConditionParser(Tokens tokens) {
    this.tokens = tokens;
  }

  static Syntax.Condition parse(Kind kind, String text) {
    Tokens tokens = new Tokens(kind, text);
    Syntax.Condition condition = new ConditionParser(tokens).or();
    tokens.expectEnd();
    return condition;
  }

  private Syntax.Condition or() {
    return orBehind(and());
  }

  private Syntax.Condition orBehind(Syntax.Condition first) {
    Syntax.Condition left = first;
    while (tokens.takeIf(Token.Kind.OR)) {
      left = new Syntax.Or(left, and());
    }
    return left;
  }

  private Syntax.Condition and() {
    return andBehind(not());
  }

  private Syntax.Condition andBehind(Syntax.Condition first) {
    Syntax.Condition left = first;
    while (tokens.takeIf(Token.Kind.AND)) {
      left = new Syntax.And(left, not());
    }
    return left;
  }

  private Syntax.Condition not() {
    int negations = 0;
    while (tokens.takeIf(Token.Kind.NOT)) {
      negations++;
    }
    Syntax.Condition condition = condition(unit());
    for (int i = 0; i < negations; i++) {
      condition = new Syntax.Not(condition);
    }
    return condition;
  }

  /** An operand, if a comparison is not what it becomes, is a condition only as a function. */
  private Syntax.Condition condition(Syntax unit) {
    return switch (unit) {
      case Syntax.Condition condition -> condition;
      case Syntax.Call call -> new Syntax.Test(call);
      case Syntax.Operand ignored -> throw tokens.syntaxError();
    };
  }

  /** A test, or an operand where no comparison follows. What stands in parentheses may be either, to the last. */
  private Syntax unit() {
    Syntax unit = tokens.peek().is("(") ? parenthesized() : OperandParser.simple(tokens);
    return unit instanceof Syntax.Operand operand ? compared(operand) : unit;
  }

  private Syntax parenthesized() {
    int opened = tokens.openGroup();
    Syntax inner;
    if (tokens.peek().kind() == Token.Kind.NOT) {
      inner = or();
    } else {
      Syntax first = unit();
      boolean bare = first instanceof Syntax.Operand && tokens.peek().is(")");
      inner = bare ? first : orBehind(andBehind(condition(first)));
    }
    tokens.closeGroup(opened);
    if (inner instanceof Syntax.Condition) {
      tokens.refuseRedundant();
    }
    return inner;
  }

  private Syntax compared(Syntax.Operand left) {
    Token next = tokens.peek();
    return switch (next.kind()) {
      case COMPARATOR -> {
        tokens.take();
        tokens.refuseRedundant();
        yield new Syntax.Compare(next.text(), left, OperandParser.operand(tokens));
      }
      case BETWEEN -> {
        tokens.take();
        tokens.refuseRedundant();
        Syntax.Operand low = OperandParser.operand(tokens);
        tokens.expect(Token.Kind.AND);
        yield new Syntax.Between(left, low, OperandParser.operand(tokens));
      }
      case IN -> {
        tokens.take();
        tokens.refuseRedundant();
        yield new Syntax.In(left, candidates());
      }
      default -> left;
    };
  }

  private List<Syntax.Operand> candidates() {
    tokens.expect("(");
    List<Syntax.Operand> candidates = new ArrayList<>();
    do {
      candidates.add(OperandParser.operand(tokens));
    } while (tokens.takeIf(","));
    tokens.expect(")");
    return candidates;
  }
}
