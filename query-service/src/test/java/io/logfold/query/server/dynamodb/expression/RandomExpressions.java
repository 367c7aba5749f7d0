package io.logfold.query.server.dynamodb.expression;

import java.util.List;
import java.util.Random;

/** Expressions over the attributes of {@link ExpressionCases#ITEM}: most make sense, some are damaged. */
public final class RandomExpressions {
  private static final List<String> PATHS = List.of(
      "n", "s", "b", "bo", "nu", "m", "l", "ss", "ns", "bs", "zz", "m.x", "m.y", "m.y.z", "m.l", "m.l[0]", "m.l[1]",
      "m.l[7]", "m.nothing", "l[0]", "l[1]", "l[2]", "l[2][0]", "l[3].k", "l[3]", "l[9]", "n.x", "s[0]", "zz.a", "#n",
      "#m.#y.z", "a", "a.b", "l[5]");
  private static final List<String> VALUES = List.of(
      ":n", ":s", ":h", ":b", ":t", ":nu", ":m", ":l", ":ss", ":ns", ":bs", ":e", ":one", ":z", ":neg", ":T", ":big",
      ":tiny");
  private static final List<String> NUMBERS = List.of(":n", ":one", ":z", ":neg");
  private static final List<String> SETS = List.of(":ss", ":ns", ":bs");
  private static final List<String> COMPARATORS = List.of("=", "<>", "<", "<=", ">", ">=");
  private static final List<String> DAMAGE = List.of(
      "(", ")", ",", "=", "AND", "NOT", ":undefined", "#undefined", "[", "]", "+", "data", "IN", "SET", "0", "$",
      "foo(", "size(", "in");

  private final Random random;

  public RandomExpressions(Random random) {
    this.random = random;
  }

  private String any(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  private boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  public String condition() {
    return damaged(condition(random.nextInt(3)));
  }

  private String condition(int depth) {
    if (depth > 0) {
      return switch (random.nextInt(4)) {
        case 0 -> condition(depth - 1) + " AND " + condition(depth - 1);
        case 1 -> condition(depth - 1) + " OR " + condition(depth - 1);
        case 2 -> "NOT " + condition(depth - 1);
        default -> "(" + condition(depth - 1) + ")";
      };
    }
    return switch (random.nextInt(8)) {
      case 0 -> "attribute_exists(" + any(PATHS) + ")";
      case 1 -> "attribute_not_exists(" + any(PATHS) + ")";
      case 2 -> "begins_with(" + operand() + ", " + operand() + ")";
      case 3 -> "contains(" + operand() + ", " + operand() + ")";
      case 4 -> "attribute_type(" + any(PATHS) + ", " + (oneIn(4) ? operand() : ":T") + ")";
      case 5 -> operand() + " BETWEEN " + operand() + " AND " + operand();
      case 6 -> operand() + " IN (" + operand() + ", " + operand() + ")";
      default -> operand() + " " + any(COMPARATORS) + " " + operand();
    };
  }

  private String operand() {
    return switch (random.nextInt(8)) {
      case 0 -> "size(" + any(PATHS) + ")";
      case 1 -> "(" + any(PATHS) + ")";
      case 2, 3, 4 -> any(VALUES);
      default -> any(PATHS);
    };
  }

  public String update() {
    StringBuilder text = new StringBuilder();
    int sections = 1 + random.nextInt(2);
    for (int i = 0; i < sections; i++) {
      text.append(i > 0 ? " " : "").append(section());
    }
    return damaged(text.toString());
  }

  private String section() {
    return switch (random.nextInt(6)) {
      case 0 -> "REMOVE " + listed(() -> any(PATHS));
      case 1 -> "ADD " + listed(() -> any(PATHS) + " " + any(oneIn(3) ? VALUES : oneIn(2) ? NUMBERS : SETS));
      case 2 -> "DELETE " + listed(() -> any(PATHS) + " " + any(oneIn(4) ? VALUES : SETS));
      default -> "SET " + listed(() -> any(PATHS) + " = " + value());
    };
  }

  private String value() {
    return switch (random.nextInt(8)) {
      case 0 -> any(PATHS);
      case 1 -> updateOperand() + (oneIn(2) ? " + " : " - ") + updateOperand();
      case 2 -> "if_not_exists(" + any(PATHS) + ", " + updateOperand() + ")";
      case 3 -> "list_append(" + updateOperand() + ", " + updateOperand() + ")";
      case 4 -> "(" + any(NUMBERS) + " + n)";
      default -> any(VALUES);
    };
  }

  private String updateOperand() {
    return switch (random.nextInt(8)) {
      case 0 -> "if_not_exists(" + any(PATHS) + ", " + any(VALUES) + ")";
      case 1 -> any(VALUES);
      case 2, 3 -> any(NUMBERS);
      case 4 -> ":l";
      case 5 -> "l";
      case 6 -> "n";
      default -> any(PATHS);
    };
  }

  public String projection() {
    return damaged(listed(() -> any(PATHS)));
  }

  private String listed(java.util.function.Supplier<String> member) {
    StringBuilder text = new StringBuilder(member.get());
    for (int i = random.nextInt(3); i > 0; i--) {
      text.append(", ").append(member.get());
    }
    return text.toString();
  }

  /** One in six gets a piece too much, or loses one. */
  private String damaged(String text) {
    if (!oneIn(6)) {
      return text;
    }
    String[] words = text.split(" ", -1);
    int at = random.nextInt(words.length);
    words[at] = switch (random.nextInt(3)) {
      case 0 -> "";
      case 1 -> any(DAMAGE);
      default -> words[at] + " " + any(DAMAGE);
    };
    return String.join(" ", words);
  }
}
