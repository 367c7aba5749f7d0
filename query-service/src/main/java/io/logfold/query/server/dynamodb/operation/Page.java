package io.logfold.query.server.dynamodb.operation;

import io.logfold.query.server.dynamodb.expression.Condition;
import io.logfold.query.server.dynamodb.expression.Projection;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.ItemJson;
import io.logfold.query.server.dynamodb.operation.Capacity.Told;
import io.logfold.query.server.dynamodb.table.ItemLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A page of a query or scan while it is filled: it ends at the caller's limit of items looked at, or with the one by which
 * these have more than 1 MB. Not safe to share between threads.
 */
final class Page {
  private static final long MOST_BYTES = 1 << 20;

  private final Optional<Condition> filter;
  private final long limit;
  private final List<Item> items = new ArrayList<>();
  private long evaluated;
  private long bytes;
  private Optional<Item> last = Optional.empty();

  /** @param limit most items looked at; Long.MAX_VALUE: as many as fit */
  Page(Optional<Condition> filter, long limit) {
    this.filter = filter;
    this.limit = limit;
  }

  /** Looks at the next one; false where it is the last of this page. */
  boolean add(Item item) {
    evaluated++;
    bytes += item.sizeBytes();
    last = Optional.of(item);
    if (filter.isEmpty() || filter.get().matches(item)) {
      items.add(item);
    }
    return evaluated < limit && bytes <= MOST_BYTES;
  }

  /** Whether it could end here: there is an item to go on behind. */
  boolean begun() {
    return evaluated > 0;
  }

  /** How many items are worth reading next. */
  int room(int most) {
    return (int) Math.min(most, limit - evaluated);
  }

  /**
   * @param more whether there may be others behind it: then the answer says where to go on
   * @param count whether the items themselves are not wanted
   */
  Reply reply(ItemLayout layout, boolean more, boolean count, Optional<Projection> projection, Told told, boolean consistent) {
    Optional<Item> next = more ? last.map(layout::keyOf) : Optional.empty();
    return json -> {
      if (!count) {
        json.writeArrayFieldStart("Items");
        for (Item item : items) {
          ItemJson.write(json, projection.map(wanted -> wanted.of(item)).orElse(item));
        }
        json.writeEndArray();
      }
      json.writeNumberField("Count", items.size());
      json.writeNumberField("ScannedCount", evaluated);
      if (next.isPresent()) {
        ItemOperations.write(json, "LastEvaluatedKey", next.get());
      }
      Capacity.write(json, told, layout.table().name(), Capacity.read(bytes, consistent));
    };
  }
}
