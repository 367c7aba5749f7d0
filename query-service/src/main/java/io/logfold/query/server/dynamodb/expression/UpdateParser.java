package io.logfold.query.server.dynamodb.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Updates.
 *
 * <pre>
 * update = section { section }
 * section = SET path "=" value { "," path "=" value } | REMOVE path { "," path }
 *         | ADD path :value { "," path :value } | DELETE path :value { "," path :value }
 * value   = operand [ ( "+" | "-" ) operand ] | "(" value ")"
 * </pre>
 */
final class UpdateParser {
  private final Tokens tokens;
  private final List<Syntax.Action> actions = new ArrayList<>();
  private final List<Syntax.Section> sections = new ArrayList<>();

  private UpdateParser(Tokens tokens) {
    this.tokens = tokens;
  }

  static Syntax.Update parse(String text) {
    Tokens tokens = new Tokens(Kind.UPDATE, text);
    UpdateParser parser = new UpdateParser(tokens);
    do {
      parser.section();
    } while (tokens.peek().kind() != Token.Kind.END);
    tokens.expectEnd();
    return new Syntax.Update(parser.actions, parser.sections);
  }

  private void section() {
    Syntax.Section section = switch (tokens.peek().kind()) {
      case SET -> Syntax.Section.SET;
      case REMOVE -> Syntax.Section.REMOVE;
      case ADD -> Syntax.Section.ADD;
      case DELETE -> Syntax.Section.DELETE;
      default -> throw tokens.syntaxError();
    };
    tokens.take();
    sections.add(section);
    do {
      Syntax.Path path = OperandParser.path(tokens);
      actions.add(new Syntax.Action(section, path, valueOf(section)));
    } while (tokens.takeIf(","));
  }

  private Optional<Syntax.Operand> valueOf(Syntax.Section section) {
    return switch (section) {
      case SET -> {
        if (!tokens.peek().is("=")) {
          throw tokens.syntaxError();
        }
        tokens.take();
        yield Optional.of(value());
      }
      case REMOVE -> Optional.empty();
      case ADD, DELETE -> Optional.of(OperandParser.value(tokens));
    };
  }

  /** A sum in parentheses is a value, but no operand of another sum. */
  private Syntax.Operand value() {
    Syntax.Operand left;
    if (tokens.peek().is("(")) {
      int opened = tokens.openGroup();
      left = value();
      tokens.closeGroup(opened);
      tokens.refuseRedundant();
      if (left instanceof Syntax.Arithmetic) {
        return left;
      }
    } else {
      left = OperandParser.operand(tokens);
    }
    Token next = tokens.peek();
    if (next.is("+") || next.is("-")) {
      tokens.take();
      return new Syntax.Arithmetic(next.text(), left, OperandParser.operand(tokens));
    }
    return left;
  }
}
