package io.logfold.query.server.dynamodb.operation;

import io.logfold.api.Limits;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.KeyAttribute;
import io.logfold.query.server.dynamodb.table.ItemLayout;
import io.logfold.query.server.dynamodb.table.ItemLayout.Place;
import io.logfold.query.server.dynamodb.table.TableDefinition;
import java.util.Optional;

/** Whether items and keys have the attributes that their table's key wants, of its types, and of sizes that the store holds. */
final class Keys {
  private static final int MAX_HASH_BYTES = 2_048;
  private static final String INVALID = "One or more parameter values were invalid: ";
  private static final String NO_MATCH = "The provided key element does not match the schema";

  private Keys() {}

  /** Of a key, which has nothing else. */
  static Place ofKey(ItemLayout layout, Item key) {
    mismatchOfKey(layout, key).ifPresent(Keys::refuse);
    return place(layout, key);
  }

  /** Of a whole item. */
  static Place ofItem(ItemLayout layout, Item item) {
    mismatchOfItem(layout, item).ifPresent(Keys::refuse);
    return place(layout, item);
  }

  private static void refuse(String why) {
    throw DynamoFailure.validation(why);
  }

  /** Why this is no key of the table, if it is none; a value that is empty is refused at once. */
  static Optional<String> mismatchOfKey(ItemLayout layout, Item key) {
    TableDefinition table = layout.table();
    if (key.attributes().size() != table.key().size()) {
      return Optional.of(NO_MATCH);
    }
    for (KeyAttribute attribute : table.key()) {
      Optional<AttributeValue> value = key.get(attribute.name());
      if (value.isEmpty() || value.get().type() != attribute.type()) {
        return Optional.of(NO_MATCH);
      }
      checkNotEmpty(attribute, value.get());
    }
    return Optional.empty();
  }

  /** Why this is no item of the table, if it is none; a key's value that is empty is refused at once. */
  static Optional<String> mismatchOfItem(ItemLayout layout, Item item) {
    for (KeyAttribute attribute : layout.table().key()) {
      Optional<AttributeValue> value = item.get(attribute.name());
      if (value.isEmpty()) {
        return Optional.of(INVALID + "Missing the key " + attribute.name() + " in the item");
      }
      if (value.get().type() != attribute.type()) {
        return Optional.of(INVALID + "Type mismatch for key " + attribute.name() + " expected: "
            + attribute.type() + " actual: " + value.get().type());
      }
      checkNotEmpty(attribute, value.get());
    }
    return Optional.empty();
  }

  private static Place place(ItemLayout layout, Item item) {
    TableDefinition table = layout.table();
    checkHash(layout, item.get(table.hash().name()).orElseThrow());
    table.range().ifPresent(range -> {
      AttributeValue value = item.get(range.name()).orElseThrow();
      if (KeyAttribute.encode(value).size() > Limits.MAX_KEY_BYTES) {
        throw DynamoFailure.validation(INVALID + "Aggregated size of all range keys has exceeded the size limit of "
            + Limits.MAX_KEY_BYTES + " bytes");
      }
    });
    return layout.place(item);
  }

  /** The value of a hash key, of the right type. */
  static void checkHash(ItemLayout layout, AttributeValue value) {
    checkNotEmpty(layout.table().hash(), value);
    int bytes = KeyAttribute.encode(value).size();
    if (bytes > MAX_HASH_BYTES) {
      throw DynamoFailure.validation(INVALID + "Size of hashkey has exceeded the maximum size limit of" + MAX_HASH_BYTES
          + " bytes");
    }
    if (bytes > layout.maxHashBytes()) {
      throw DynamoFailure.validation(INVALID + "Size of hashkey has exceeded the maximum size limit of this store: in table "
          + layout.table().name() + " it has at most " + layout.maxHashBytes() + " bytes, got " + bytes);
    }
  }

  static void checkNotEmpty(KeyAttribute attribute, AttributeValue value) {
    boolean empty = switch (value) {
      case AttributeValue.S s -> s.value().isEmpty();
      case AttributeValue.B b -> b.value().isEmpty();
      default -> false;
    };
    if (empty) {
      throw DynamoFailure.validation("One or more parameter values are not valid. The AttributeValue for a key attribute"
          + " cannot contain an empty " + (value instanceof AttributeValue.S ? "string" : "binary") + " value. Key: "
          + attribute.name());
    }
  }
}
