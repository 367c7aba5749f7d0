package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The parts of items that are wanted. Of a list the wanted elements are given one behind the other, in their order;
 * maps and lists of which nothing wanted is there are not given. Immutable.
 */
public final class Projection {
  private final List<Path> paths;
  private final Node root = new Node();

  Projection(List<Path> paths) {
    this.paths = List.copyOf(paths);
    this.paths.forEach(root::add);
  }

  /** Refuses a projection of a table with this key. */
  public void checkKeys(KeySchema keys) {
    Paths.checkNotInKey(paths, keys);
  }

  public Item of(Item item) {
    return Item.of(root.members(item.attributes()));
  }

  /** What is wanted of one value: all of it where there are no members, else of these members something. */
  private static final class Node {
    private final Map<String, Node> names = new HashMap<>();
    private final TreeMap<Integer, Node> indexes = new TreeMap<>();

    void add(Path path) {
      Node node = this;
      for (Path.Step step : path.steps()) {
        node = switch (step) {
          case Path.Name name -> node.names.computeIfAbsent(name.name(), ignored -> new Node());
          case Path.Index index -> node.indexes.computeIfAbsent(index.index(), ignored -> new Node());
        };
      }
    }

    Map<String, AttributeValue> members(Map<String, AttributeValue> all) {
      Map<String, AttributeValue> wanted = new HashMap<>();
      names.forEach((name, node) -> {
        AttributeValue value = all.get(name);
        if (value != null) {
          node.of(value).ifPresent(part -> wanted.put(name, part));
        }
      });
      return wanted;
    }

    private Optional<AttributeValue> of(AttributeValue value) {
      if (names.isEmpty() && indexes.isEmpty()) {
        return Optional.of(value);
      }
      if (value instanceof AttributeValue.M map && !names.isEmpty()) {
        Map<String, AttributeValue> wanted = members(map.value());
        return wanted.isEmpty() ? Optional.empty() : Optional.of(AttributeValue.M.of(wanted));
      }
      if (value instanceof AttributeValue.L list) {
        List<AttributeValue> wanted = new ArrayList<>();
        indexes.headMap(list.value().size()).forEach((index, node) ->
            node.of(list.value().get(index)).ifPresent(wanted::add));
        return wanted.isEmpty() ? Optional.empty() : Optional.of(new AttributeValue.L(wanted));
      }
      return Optional.empty();
    }
  }
}
