package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Spoils one place of a request: takes it away, or puts there what does not belong. */
final class Damage {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Random random;

  Damage(Random random) {
    this.random = random;
  }

  private record Place(JsonNode parent, String name, int index) {}

  void spoil(ObjectNode request) {
    List<Place> places = new ArrayList<>();
    collect(request, places);
    if (places.isEmpty()) {
      return;
    }
    Place place = places.get(random.nextInt(places.size()));
    int how = random.nextInt(14);
    if (place.parent() instanceof ObjectNode object) {
      if (how < 3) {
        object.remove(place.name());
      } else if (how == 3) {
        object.set("Unknown", JSON.textNode("x"));
      } else {
        object.set(place.name(), other());
      }
    } else if (place.parent() instanceof ArrayNode array) {
      if (how < 2) {
        array.remove(place.index());
      } else if (how < 4) {
        array.add(array.get(place.index()).deepCopy());
      } else {
        array.set(place.index(), other());
      }
    }
  }

  private JsonNode other() {
    return switch (random.nextInt(12)) {
      case 0, 1 -> JSON.nullNode();
      case 2 -> JSON.textNode("x");
      case 3 -> JSON.textNode("");
      case 4 -> JSON.numberNode(7);
      case 5 -> JSON.numberNode(-1);
      case 6 -> JSON.numberNode(1.5);
      case 7 -> JSON.booleanNode(random.nextBoolean());
      case 8 -> JSON.arrayNode();
      case 9 -> JSON.objectNode();
      case 10 -> JSON.arrayNode().addNull();
      default -> JSON.objectNode().put("S", "x");
    };
  }

  private static void collect(JsonNode node, List<Place> places) {
    if (node instanceof ObjectNode object) {
      object.properties().forEach(each -> {
        places.add(new Place(object, each.getKey(), -1));
        collect(each.getValue(), places);
      });
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        places.add(new Place(array, "", i));
        collect(array.get(i), places);
      }
    }
  }
}
