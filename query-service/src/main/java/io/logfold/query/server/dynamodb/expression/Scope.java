package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Supplied;
import io.logfold.query.server.dynamodb.item.ValidationException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The names and values of one request, valid in themselves, and which of them its expressions have used. */
final class Scope {
  private static final String NAMES = "ExpressionAttributeNames";
  private static final String VALUES = "ExpressionAttributeValues";
  private static final int MAX_KEY_LENGTH = 255;
  private static final int MAX_NAME_LENGTH = 65_535;
  private static final int MAX_PATH_STEPS = 32;

  private final Map<String, String> names;
  private final Map<String, AttributeValue> values = new HashMap<>();
  private final Set<String> used = new HashSet<>();

  Scope(Optional<Map<String, String>> names, Optional<Map<String, Supplied<AttributeValue>>> values) {
    this.names = Map.copyOf(names.orElse(Map.of()));
    names.ifPresent(Scope::checkNames);
    values.ifPresent(this::takeValues);
  }

  private static void checkNames(Map<String, String> names) {
    checkKeys(NAMES, names.keySet(), '#');
    names.forEach((key, name) -> {
      if (name.isEmpty()) {
        throw new ValidationException(NAMES + " contains invalid value: Empty attribute name for key " + key);
      }
      if (name.length() > MAX_NAME_LENGTH) {
        throw new ValidationException(NAMES + " contains invalid value: Attribute name is too large, must be less than"
            + " 65536 bytes for key " + key);
      }
    });
  }

  private void takeValues(Map<String, Supplied<AttributeValue>> supplied) {
    checkKeys(VALUES, supplied.keySet(), ':');
    supplied.forEach((key, value) ->
        values.put(key, value.get(VALUES + " contains invalid value: ", " for key " + key)));
  }

  private static void checkKeys(String parameter, Set<String> keys, char sign) {
    if (keys.isEmpty()) {
      throw new ValidationException(parameter + " must not be empty");
    }
    for (String key : keys) {
      String before = parameter + " contains invalid key: ";
      if (key.isEmpty()) {
        throw new ValidationException(before + "The expression attribute map contains an empty key;");
      }
      if (key.length() > MAX_KEY_LENGTH) {
        throw new ValidationException(before + "The expression attribute map contains a key that is too long;"
            + (sign == '#' ? " size of key: " + key.length() : ""));
      }
      if (!Lexer.placeholder(key, sign)) {
        throw new ValidationException(before + "Syntax error; key: \"" + key + "\"");
      }
    }
  }

  Path path(Kind kind, Syntax.Path path) {
    int steps = path.steps().size();
    if (steps > MAX_PATH_STEPS) {
      throw kind.invalid("The document path has too many nesting levels; nesting levels: " + steps);
    }
    return new Path(path.steps().stream().map(step -> step(kind, step)).toList());
  }

  private Path.Step step(Kind kind, Syntax.Step step) {
    return switch (step) {
      case Syntax.Word word -> new Path.Name(word.name());
      case Syntax.Index index -> new Path.Index(Integer.parseInt(index.digits()));
      case Syntax.Name name -> {
        @Nullable String found = names.get(name.placeholder());
        if (found == null) {
          throw kind.invalid("An expression attribute name used in the document path is not defined; attribute name: "
              + name.placeholder());
        }
        used.add(name.placeholder());
        yield new Path.Name(found);
      }
    };
  }

  AttributeValue value(Kind kind, Syntax.Value value) {
    AttributeValue found = values.get(value.placeholder());
    if (found == null) {
      throw kind.invalid("An expression attribute value used in expression is not defined; attribute value: "
          + value.placeholder());
    }
    used.add(value.placeholder());
    return found;
  }

  /** Resolves paths that may not overlap, last first, as DynamoDB does; the result is in the order of the text. */
  Path[] distinctPaths(Kind kind, List<Syntax.Path> paths) {
    Path[] resolved = new Path[paths.size()];
    for (int i = resolved.length - 1; i >= 0; i--) {
      resolved[i] = path(kind, paths.get(i));
      for (int later = resolved.length - 1; later > i; later--) {
        checkDistinct(kind, resolved[i], resolved[later]);
      }
    }
    return resolved;
  }

  private static void checkDistinct(Kind kind, Path one, Path two) {
    boolean overlap = one.overlaps(two);
    if (overlap || one.conflicts(two)) {
      throw kind.invalid("Two document paths " + (overlap ? "overlap" : "conflict")
          + " with each other; must remove or rewrite one of these paths; path one: " + one + ", path two: " + two);
    }
  }

  void checkAllUsed() {
    checkAllUsed(NAMES, names.keySet());
    checkAllUsed(VALUES, values.keySet());
  }

  private void checkAllUsed(String parameter, Set<String> keys) {
    Set<String> unused = new TreeSet<>(keys);
    unused.removeAll(used);
    if (!unused.isEmpty()) {
      throw new ValidationException("Value provided in " + parameter + " unused in expressions: keys: {"
          + String.join(", ", unused) + "}");
    }
  }
}
