package io.logfold.query.server.dynamodb.item;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An item, or a part of one: attributes by name, in the order of the names' UTF-8 bytes. Immutable; the changing
 * methods return another item. An item knows nothing of its table, not even which attributes are its key.
 */
public record Item(SortedMap<String, AttributeValue> attributes) {
  public static final Item EMPTY = Item.of(Map.of());

  /** An item may have this many bytes, names included. */
  public static final int MAX_BYTES = 400 * 1024;

  /** Maps and lists may stand in one another this deep; the item itself is one more level. */
  private static final int MAX_DEPTH = 31;

  /** Copies; the map may have any order and kind. */
  public static Item of(Map<String, AttributeValue> attributes) {
    SortedMap<String, AttributeValue> sorted = new TreeMap<>(Utf8Order.INSTANCE);
    sorted.putAll(attributes);
    return new Item(Collections.unmodifiableSortedMap(sorted));
  }

  public Optional<AttributeValue> get(String name) {
    return Optional.ofNullable(attributes.get(name));
  }

  public Item with(String name, AttributeValue value) {
    SortedMap<String, AttributeValue> changed = new TreeMap<>(attributes);
    changed.put(name, value);
    return new Item(Collections.unmodifiableSortedMap(changed));
  }

  public Item without(String name) {
    SortedMap<String, AttributeValue> changed = new TreeMap<>(attributes);
    changed.remove(name);
    return new Item(Collections.unmodifiableSortedMap(changed));
  }

  public boolean isEmpty() {
    return attributes.isEmpty();
  }

  /** Names and values, by the rules DynamoDB publishes; what its limits and its consumed capacity are counted in. */
  public int sizeBytes() {
    return Sizes.of(attributes);
  }

  /** Refuses an item to be put that is too large or too deep. */
  public Item checkedToPut() {
    if (tooDeep()) {
      throw new ValidationException("Nesting Levels have exceeded supported limits: Attributes in the item have nested"
          + " levels beyond supported limit");
    }
    if (sizeBytes() > MAX_BYTES) {
      throw new ValidationException("Item size has exceeded the maximum allowed size");
    }
    return this;
  }

  /** Refuses the outcome of an update that is too large or too deep. */
  public Item checkedAfterUpdate() {
    if (tooDeep()) {
      throw new ValidationException("Nesting Levels have exceeded supported limits");
    }
    if (sizeBytes() > MAX_BYTES) {
      throw new ValidationException("Item size to update has exceeded the maximum allowed size");
    }
    return this;
  }

  private boolean tooDeep() {
    return attributes.values().stream().anyMatch(value -> deeperThan(value, MAX_DEPTH));
  }

  private static boolean deeperThan(AttributeValue value, int levels) {
    return switch (value) {
      case AttributeValue.M m ->
          levels == 0 || m.value().values().stream().anyMatch(member -> deeperThan(member, levels - 1));
      case AttributeValue.L l ->
          levels == 0 || l.value().stream().anyMatch(member -> deeperThan(member, levels - 1));
      case AttributeValue.S ignored -> false;
      case AttributeValue.N ignored -> false;
      case AttributeValue.B ignored -> false;
      case AttributeValue.Bool ignored -> false;
      case AttributeValue.Null ignored -> false;
      case AttributeValue.SS ignored -> false;
      case AttributeValue.NS ignored -> false;
      case AttributeValue.BS ignored -> false;
    };
  }
}
