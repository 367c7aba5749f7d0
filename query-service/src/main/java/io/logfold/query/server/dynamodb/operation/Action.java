package io.logfold.query.server.dynamodb.operation;

import io.logfold.api.Predicate;
import io.logfold.query.server.dynamodb.expression.Condition;
import io.logfold.query.server.dynamodb.expression.KeySchema;
import io.logfold.query.server.dynamodb.expression.Update;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.ValidationException;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Shortcut;
import io.logfold.query.server.dynamodb.table.ItemLayout;
import io.logfold.query.server.dynamodb.table.ItemLayout.Place;
import java.util.List;
import java.util.Optional;

/**
 * One write of one item, or a condition on one: what PutItem, UpdateItem and DeleteItem say, and each action of a transaction.
 * Parsed before its table is known; {@link #at} then finds its place.
 *
 * @param tellsItem whether a condition that fails tells the item ({@code ReturnValuesOnConditionCheckFailure})
 */
record Action(String table, Kind kind, Optional<Condition> condition, boolean tellsItem) {
  /** What is done where the condition holds. */
  sealed interface Kind {}

  record Put(Item item) implements Kind {}

  record Delete(Item key) implements Kind {}

  /** @param update empty: the item is made where it is not there, and left as it is where it is */
  record Change(Item key, Optional<Update> update) implements Kind {}

  record Check(Item key) implements Kind {}

  static Action put(Params request) {
    String table = TableOperations.name(request);
    RequestExpressions expressions = new RequestExpressions(request);
    Optional<Condition> condition = expressions.condition();
    expressions.checkAllUsed();
    return new Action(table, new Put(request.requiredItem("Item")), condition, tellsItem(request));
  }

  static Action delete(Params request) {
    String table = TableOperations.name(request);
    RequestExpressions expressions = new RequestExpressions(request);
    Optional<Condition> condition = expressions.condition();
    expressions.checkAllUsed();
    return new Action(table, new Delete(request.requiredItem("Key")), condition, tellsItem(request));
  }

  static Action change(Params request) {
    String table = TableOperations.name(request);
    RequestExpressions expressions = new RequestExpressions(request);
    Optional<Update> update = expressions.update();
    Optional<Condition> condition = expressions.condition();
    expressions.checkAllUsed();
    return new Action(table, new Change(request.requiredItem("Key"), update), condition, tellsItem(request));
  }

  static Action check(Params request) {
    String table = TableOperations.name(request);
    request.required("ConditionExpression");
    RequestExpressions expressions = new RequestExpressions(request);
    Optional<Condition> condition = expressions.condition();
    expressions.checkAllUsed();
    return new Action(table, new Check(request.requiredItem("Key")), condition, tellsItem(request));
  }

  private static boolean tellsItem(Params request) {
    return request.oneOf("ReturnValuesOnConditionCheckFailure", List.of("NONE", "ALL_OLD")).equals("ALL_OLD");
  }

  /** Where its item lies, by a table that is of its name; refuses what that table's key does not allow. */
  Place at(ItemLayout layout) {
    KeySchema keys = RequestExpressions.schema(layout.table());
    condition.ifPresent(holds -> holds.checkKeys(keys));
    return switch (kind) {
      case Put put -> {
        Place place = Keys.ofItem(layout, put.item());
        put.item().checkedToPut();
        yield place;
      }
      case Delete delete -> Keys.ofKey(layout, delete.key());
      case Change change -> {
        Place place = Keys.ofKey(layout, change.key());
        change.update().ifPresent(update -> update.checkKeys(keys));
        yield place;
      }
      case Check check -> Keys.ofKey(layout, check.key());
    };
  }

  /** What of it does not go with that table's key, if anything; an empty key is refused at once. */
  Optional<String> mismatch(ItemLayout layout) {
    return switch (kind) {
      case Put put -> Keys.mismatchOfItem(layout, put.item());
      case Delete delete -> Keys.mismatchOfKey(layout, delete.key());
      case Change change -> Keys.mismatchOfKey(layout, change.key()).or(() -> change.update().flatMap(update -> {
        try {
          update.checkKeys(RequestExpressions.schema(layout.table()));
          return Optional.empty();
        } catch (ValidationException e) {
          return Optional.of(e.text());
        }
      }));
      case Check check -> Keys.mismatchOfKey(layout, check.key());
    };
  }

  boolean holds(Optional<Item> current) {
    return condition.isEmpty() || condition.get().matches(current);
  }

  DynamoFailure refused(Optional<Item> current) {
    return DynamoFailure.conditionFailed(tellsItem ? current : Optional.empty());
  }

  /** What is there behind it, where the condition holds; the same object where nothing changes. */
  Optional<Item> becomes(Optional<Item> current) {
    return switch (kind) {
      case Put put -> Optional.of(put.item());
      case Delete delete -> current.isEmpty() ? current : Optional.empty();
      case Change change -> change.update().isEmpty()
          ? (current.isPresent() ? current : Optional.of(change.key()))
          : Optional.of(change.update().get().apply(current.orElse(change.key())).item());
      case Check check -> current;
    };
  }

  /**
   * Where its outcome does not depend on what is there, and its condition is one that the store itself can decide: what to
   * try without a look. A predicate that does not hold proves nothing; one that holds does.
   */
  Optional<Shortcut> shortcut(ItemLayout layout, Place place) {
    Optional<Item> becomes = switch (kind) {
      case Put put -> Optional.of(put.item());
      case Delete delete -> Optional.<Item>empty();
      case Change change -> null;
      case Check check -> null;
    };
    if (becomes == null) {
      return Optional.empty();
    }
    if (condition.isEmpty()) {
      return Optional.of(new Shortcut(List.of(), List.of(becomes)));
    }
    return condition.get().plain().flatMap(plain -> predicate(layout, place, plain))
        .map(predicate -> new Shortcut(List.of(predicate), List.of(becomes)));
  }

  private static Optional<Predicate> predicate(ItemLayout layout, Place place, Condition.Plain plain) {
    return switch (plain) {
      // Whatever the attribute is, an item that is not there does not have it.
      case Condition.Plain.Absent absent -> Optional.of(new Predicate.Absent(place.key()));
      // An item that is there has its key, and perhaps not the others.
      case Condition.Plain.Exists exists -> layout.table().isKey(exists.attribute())
          ? Optional.of(new Predicate.Exists(place.key())) : Optional.empty();
      case Condition.Plain.Equal equal -> equal(layout, place, equal.attribute(), equal.value());
    };
  }

  /** Where items have one attribute beside their key, one that has this value is known to its last byte. */
  private static Optional<Predicate> equal(ItemLayout layout, Place place, String attribute, AttributeValue value) {
    if (layout.table().isKey(attribute) || !layout.isPlain()) {
      return Optional.empty();
    }
    return Optional.of(new Predicate.ValueEquals(place.key(), layout.value(Item.EMPTY.with(attribute, value))));
  }
}
