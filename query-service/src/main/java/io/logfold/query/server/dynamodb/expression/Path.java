package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Where a value is in an item: the name of an attribute first, then names in maps and indexes in lists. */
record Path(List<Step> steps) {
  sealed interface Step {}

  record Name(String name) implements Step {}

  record Index(int index) implements Step {}

  Path {
    steps = List.copyOf(steps);
  }

  /** The attribute of the item in which this is. */
  String root() {
    return ((Name) steps.getFirst()).name();
  }

  boolean nested() {
    return steps.size() > 1;
  }

  Optional<AttributeValue> in(Item item) {
    AttributeValue value = item.attributes().get(root());
    for (int i = 1; value != null && i < steps.size(); i++) {
      value = member(value, steps.get(i));
    }
    return Optional.ofNullable(value);
  }

  /** Where the value would be put: the map or list that must be there already; of an attribute of the item nothing. */
  Path parent() {
    return new Path(steps.subList(0, steps.size() - 1));
  }

  private static @Nullable AttributeValue member(AttributeValue value, Step step) {
    return switch (step) {
      case Name name -> value instanceof AttributeValue.M map ? map.value().get(name.name()) : null;
      case Index index -> value instanceof AttributeValue.L list && index.index() < list.value().size()
          ? list.value().get(index.index()) : null;
    };
  }

  /** Whether one is the other, or in it. */
  boolean overlaps(Path other) {
    int common = Math.min(steps.size(), other.steps.size());
    return steps.subList(0, common).equals(other.steps.subList(0, common));
  }

  /** Whether what they have in common would have to be a map for the one and a list for the other. */
  boolean conflicts(Path other) {
    int common = Math.min(steps.size(), other.steps.size());
    for (int i = 0; i < common; i++) {
      Step mine = steps.get(i);
      Step its = other.steps.get(i);
      if (!mine.equals(its)) {
        return mine instanceof Name != its instanceof Name;
      }
    }
    return false;
  }

  /** As messages print it: {@code [a, [0], b]}. */
  @Override
  public String toString() {
    return steps.stream().map(step -> switch (step) {
      case Name name -> name.name();
      case Index index -> "[" + index.index() + "]";
    }).collect(Collectors.joining(", ", "[", "]"));
  }
}
