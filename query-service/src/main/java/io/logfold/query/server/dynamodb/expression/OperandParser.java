package io.logfold.query.server.dynamodb.expression;

import java.util.ArrayList;
import java.util.List;

/**
 * Operands, which all expressions have in common.
 *
 * <pre>
 * operand = path | :value | function "(" operand { "," operand } ")" | "(" operand ")"
 * path    = ( word | #name ) { "." ( word | #name ) | "[" index "]" }
 * </pre>
 */
final class OperandParser {
  private OperandParser() {}

  static Syntax.Path path(Tokens tokens) {
    List<Syntax.Step> steps = new ArrayList<>();
    steps.add(named(tokens));
    while (true) {
      if (tokens.takeIf(".")) {
        steps.add(named(tokens));
      } else if (tokens.takeIf("[")) {
        steps.add(new Syntax.Index(tokens.expect(Token.Kind.NUMBER).text()));
        tokens.expect("]");
      } else {
        return new Syntax.Path(steps);
      }
    }
  }

  static Syntax.Value value(Tokens tokens) {
    return new Syntax.Value(tokens.expect(Token.Kind.VALUE).text());
  }

  static Syntax.Operand operand(Tokens tokens) {
    if (!tokens.peek().is("(")) {
      return simple(tokens);
    }
    int opened = tokens.openGroup();
    Syntax.Operand inner = operand(tokens);
    tokens.closeGroup(opened);
    tokens.refuseRedundant();
    return inner;
  }

  /** An operand that does not begin with a parenthesis. */
  static Syntax.Operand simple(Tokens tokens) {
    Token first = tokens.peek();
    if (first.kind() == Token.Kind.VALUE) {
      return value(tokens);
    }
    if (first.kind() == Token.Kind.WORD && tokens.peekSecond().is("(")) {
      return call(tokens);
    }
    return path(tokens);
  }

  private static Syntax.Call call(Tokens tokens) {
    String function = tokens.take().text();
    tokens.openCall();
    List<Syntax.Operand> arguments = new ArrayList<>();
    do {
      arguments.add(operand(tokens));
    } while (tokens.takeIf(","));
    tokens.closeCall();
    return new Syntax.Call(function, arguments);
  }

  private static Syntax.Step named(Tokens tokens) {
    Token token = tokens.peek();
    return switch (token.kind()) {
      case WORD -> new Syntax.Word(tokens.take().text());
      case NAME -> new Syntax.Name(tokens.take().text());
      default -> throw tokens.syntaxError();
    };
  }
}
