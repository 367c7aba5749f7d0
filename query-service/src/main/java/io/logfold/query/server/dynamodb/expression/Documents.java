package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.ValidationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Changes items at paths, and sets by sets. */
final class Documents {
  private Documents() {}

  /** A path leads to a member of a map or list that is there; the member itself need not be. */
  static void checkParent(Item item, Path path) {
    if (!path.nested()) {
      return;
    }
    boolean there = path.parent().in(item).filter(parent -> switch (path.steps().getLast()) {
      case Path.Name ignored -> parent instanceof AttributeValue.M;
      case Path.Index ignored -> parent instanceof AttributeValue.L;
    }).isPresent();
    if (!there) {
      throw new ValidationException("The document path provided in the update expression is invalid for update");
    }
  }

  /** An index beyond the end of a list is the one behind its last. */
  static Item put(Item item, Path path, AttributeValue value) {
    AttributeValue changed = path.nested()
        ? changed(item.get(path.root()).orElseThrow(), path, 1, Optional.of(value)) : value;
    return item.with(path.root(), changed);
  }

  /** What is not there need not be removed. */
  static Item remove(Item item, Path path) {
    return path.nested()
        ? item.with(path.root(), changed(item.get(path.root()).orElseThrow(), path, 1, Optional.empty()))
        : item.without(path.root());
  }

  private static AttributeValue changed(AttributeValue whole, Path path, int depth, Optional<AttributeValue> value) {
    boolean last = depth == path.steps().size() - 1;
    return switch (path.steps().get(depth)) {
      case Path.Name name -> {
        Map<String, AttributeValue> members = new HashMap<>(((AttributeValue.M) whole).value());
        if (!last) {
          AttributeValue old = Objects.requireNonNull(members.get(name.name()), "a path without its parent");
          members.put(name.name(), changed(old, path, depth + 1, value));
        } else if (value.isPresent()) {
          members.put(name.name(), value.get());
        } else {
          members.remove(name.name());
        }
        yield AttributeValue.M.of(members);
      }
      case Path.Index index -> {
        List<AttributeValue> members = new ArrayList<>(((AttributeValue.L) whole).value());
        int at = index.index();
        if (!last) {
          members.set(at, changed(members.get(at), path, depth + 1, value));
        } else if (at < members.size()) {
          value.ifPresentOrElse(present -> members.set(at, present), () -> members.remove(at));
        } else {
          value.ifPresent(members::add);
        }
        yield new AttributeValue.L(members);
      }
    };
  }

  /** The sum of numbers, or the union of sets. */
  static AttributeValue sum(AttributeValue old, AttributeValue added) {
    if (old instanceof AttributeValue.N a && added instanceof AttributeValue.N b) {
      return new AttributeValue.N(a.value().plus(b.value()));
    }
    return combined(old, added, true).orElseThrow();
  }

  /** What is left of a set, if anything. */
  static Optional<AttributeValue> difference(AttributeValue old, AttributeValue deleted) {
    return combined(old, deleted, false);
  }

  private static Optional<AttributeValue> combined(AttributeValue old, AttributeValue other, boolean union) {
    if (old instanceof AttributeValue.SS a && other instanceof AttributeValue.SS b) {
      return combined(a.value(), b.value(), union, AttributeValue.SS::of);
    }
    if (old instanceof AttributeValue.NS a && other instanceof AttributeValue.NS b) {
      return combined(a.value(), b.value(), union, AttributeValue.NS::of);
    }
    if (old instanceof AttributeValue.BS a && other instanceof AttributeValue.BS b) {
      return combined(a.value(), b.value(), union, AttributeValue.BS::of);
    }
    throw Values.incorrectOperand();
  }

  private static <T> Optional<AttributeValue> combined(
      Set<T> a, Set<T> b, boolean union, Function<Set<T>, AttributeValue> set) {
    Set<T> members = new HashSet<>(a);
    if (union) {
      members.addAll(b);
    } else {
      b.forEach(members::remove);
    }
    return members.isEmpty() ? Optional.empty() : Optional.of(set.apply(members));
  }
}
