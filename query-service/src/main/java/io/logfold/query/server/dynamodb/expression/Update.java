package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.ValidationException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What an update does to an item. All actions see the item as it was before: values are worked out first, then put,
 * then the removals done, so that the indexes of elements are those of before as well. Immutable.
 */
public final class Update {
  record Action(Syntax.Section section, Path path, Optional<Operand> value) {
    Operand requiredValue() {
      return value.orElseThrow(() -> new IllegalStateException(section + " without a value"));
    }
  }

  /** A value for a path, or nothing: to be removed. */
  private record Change(Path path, Optional<AttributeValue> value) {}

  /** Elements of a list by their indexes; what the order is otherwise does not matter, as no path is in another. */
  private static final Comparator<Change> BY_INDEXES = (a, b) -> {
    List<Path.Step> left = a.path().steps();
    List<Path.Step> right = b.path().steps();
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      int order = order(left.get(i), right.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(left.size(), right.size());
  };

  private final List<Action> actions;
  private final List<Path> read;

  Update(List<Action> actions, List<Path> read) {
    this.actions = List.copyOf(actions);
    this.read = List.copyOf(read);
  }

  /** The outcome of an update. */
  public record Outcome(Item item, Item updatedOld, Item updatedNew, Set<String> touched) {}

  /** Refuses an update of an attribute of the key. */
  public void checkKeys(KeySchema keys) {
    checkNotUpdated(keys.hash().name());
    keys.range().ifPresent(range -> checkNotUpdated(range.name()));
    Paths.checkNotInKey(read, keys);
  }

  private void checkNotUpdated(String key) {
    if (actions.stream().anyMatch(action -> action.path().root().equals(key))) {
      throw new ValidationException("One or more parameter values were invalid: Cannot update attribute " + key
          + ". This attribute is part of the key");
    }
  }

  /** The names of the attributes that the actions speak of. */
  public Set<String> touched() {
    return actions.stream().map(action -> action.path().root()).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Applies it to the item, or, where there is none, to one that has the key's attributes only. The outcome has the new
   * item; of the old and of the new one the parts at the paths that the actions name, which are
   * {@code ReturnValues=UPDATED_OLD} and {@code UPDATED_NEW}; and the attributes these are in.
   */
  public Outcome apply(Item item) {
    List<Change> changes = new ArrayList<>();
    for (Action action : actions) {
      change(action, item).ifPresent(changes::add);
    }
    changes.sort(BY_INDEXES);
    Item changed = item;
    for (Change change : changes) {
      if (change.value().isPresent()) {
        changed = Documents.put(changed, change.path(), change.value().get());
      }
    }
    // From the last index to the first, so that those still to be removed stay where they are.
    Collections.reverse(changes);
    for (Change change : changes) {
      if (change.value().isEmpty()) {
        changed = Documents.remove(changed, change.path());
      }
    }
    Projection parts = new Projection(actions.stream().map(Action::path).toList());
    return new Outcome(changed.checkedAfterUpdate(), parts.of(item), parts.of(changed), touched());
  }

  private static Optional<Change> change(Action action, Item item) {
    Path path = action.path();
    Documents.checkParent(item, path);
    return switch (action.section()) {
      case SET -> Optional.of(new Change(path, Optional.of(Values.require(action.requiredValue(), item))));
      case REMOVE -> Optional.of(new Change(path, Optional.empty()));
      case ADD -> {
        AttributeValue added = Values.require(action.requiredValue(), item);
        AttributeValue sum = path.in(item).map(old -> Documents.sum(old, added)).orElse(added);
        yield Optional.of(new Change(path, Optional.of(sum)));
      }
      case DELETE -> {
        AttributeValue deleted = Values.require(action.requiredValue(), item);
        // A set from which nothing is left goes itself; one that is not there stays so.
        yield path.in(item).map(old -> new Change(path, Documents.difference(old, deleted)));
      }
    };
  }

  private static int order(Path.Step left, Path.Step right) {
    if (left instanceof Path.Index a && right instanceof Path.Index b) {
      return Integer.compare(a.index(), b.index());
    }
    if (left instanceof Path.Name a && right instanceof Path.Name b) {
      return a.name().compareTo(b.name());
    }
    return left instanceof Path.Name ? -1 : 1;
  }
}
