package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeType;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Makes an update of its syntax. Sections are judged first, then the paths of all actions, then their values; paths and
 * values from the last action to the first, which is DynamoDB's order and decides about which error is told.
 */
final class UpdateResolver {
  private final Scope scope;
  private final OperandResolver operands;

  private UpdateResolver(Scope scope) {
    this.scope = scope;
    this.operands = new OperandResolver(Kind.UPDATE, scope);
  }

  static Update update(Syntax.Update update, Scope scope) {
    return new UpdateResolver(scope).resolve(update);
  }

  private Update resolve(Syntax.Update update) {
    checkSections(update.sections());
    List<Syntax.Action> actions = update.actions();
    Path[] paths = scope.distinctPaths(Kind.UPDATE, actions.stream().map(Syntax.Action::path).toList());
    Update.Action[] resolved = new Update.Action[paths.length];
    for (int i = resolved.length - 1; i >= 0; i--) {
      resolved[i] = new Update.Action(actions.get(i).section(), paths[i], value(actions.get(i)));
    }
    return new Update(List.of(resolved), operands.paths());
  }

  private static void checkSections(List<Syntax.Section> sections) {
    Set<Syntax.Section> begun = EnumSet.noneOf(Syntax.Section.class);
    for (Syntax.Section section : sections) {
      if (!begun.add(section)) {
        throw Kind.UPDATE.invalid("The \"" + section + "\" section can only be used once in an update expression;");
      }
    }
  }

  private Optional<Operand> value(Syntax.Action action) {
    return switch (action.section()) {
      case SET -> Optional.of(operands.operand(action.requiredValue()));
      case REMOVE -> Optional.empty();
      case ADD -> Optional.of(constant(action, Set.of(
          AttributeType.N, AttributeType.SS, AttributeType.NS, AttributeType.BS)));
      case DELETE -> Optional.of(constant(action, Set.of(AttributeType.SS, AttributeType.NS, AttributeType.BS)));
    };
  }

  private Operand constant(Syntax.Action action, Set<AttributeType> allowed) {
    Operand operand = operands.operand(action.requiredValue());
    if (operand instanceof Operand.Constant constant) {
      AttributeValue value = constant.value();
      if (!allowed.contains(value.type())) {
        throw Kind.UPDATE.invalid("Incorrect operand type for operator or function; operator: " + action.section()
            + ", operand type: " + value.type().longName() + ", typeSet: ALLOWED_FOR_" + action.section() + "_OPERAND");
      }
    }
    return operand;
  }
}
