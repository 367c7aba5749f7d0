package io.logfold.query.server.dynamodb.table;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.StoreException;
import io.logfold.query.server.dynamodb.item.AttributeType;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.ItemBytes;
import io.logfold.query.server.dynamodb.item.KeyAttribute;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a table's items lie in the store. Stable: what was written once is read by every later version.
 *
 * <pre>
 * partition key   name of the table, as UTF-8 · 00 · hash key
 * key             range key; where the table has none, the four bytes "item"
 * value           the attributes that are not its key, as {@link ItemBytes}
 * </pre>
 *
 * <p>Keys are encoded by {@link KeyAttribute#encode}, in the order of their values. A table whose hash key is
 * {@code PartitionKey} and whose range key is {@code ItemKey}, both bytes, is one of lakeFS's: there an item with the one
 * further attribute {@code ItemValue}, bytes as well, has these as its value, as they are; any other item, and one whose
 * bytes begin with the mark, is the mark and then {@link ItemBytes}.
 *
 * <p>Immutable.
 */
public final class ItemLayout {
  /** That a value was made unreadable is told by this attribute in place of those that it had. */
  public static final String REDACTED = "logfold:redacted";

  private static final Bytes WITHOUT_RANGE = Bytes.utf8("item");
  private static final String LAKEFS_HASH = "PartitionKey";
  private static final String LAKEFS_RANGE = "ItemKey";
  private static final String LAKEFS_VALUE = "ItemValue";
  private static final byte[] MARK = {(byte) 0xF7, 'l', 'f', 'i', 't', 'e', 'm', 0x01};

  private final TableDefinition table;
  private final Bytes prefix;
  private final boolean plain;

  public ItemLayout(TableDefinition table) {
    this.table = table;
    this.prefix = prefix(table.name());
    this.plain = table.hash().equals(new KeyAttribute(LAKEFS_HASH, AttributeType.B))
        && table.range().equals(Optional.of(new KeyAttribute(LAKEFS_RANGE, AttributeType.B)));
  }

  /** Where an item lies. */
  public record Place(Bytes partitionKey, Bytes key) {}

  public TableDefinition table() {
    return table;
  }

  /** Whether this is the table of lakeFS. */
  public boolean isPlain() {
    return plain;
  }

  /** What the partition keys of a table's items begin with, and no others do. */
  public static Bytes prefix(String table) {
    byte[] name = Bytes.utf8(table).unsafeArray();
    return Bytes.wrap(Arrays.copyOf(name, name.length + 1));
  }

  public Bytes prefix() {
    return prefix;
  }

  /** How many bytes a hash key of this table may have, so that the partition key is one of the store's. */
  public int maxHashBytes() {
    return Limits.MAX_PARTITION_KEY_BYTES - prefix.size();
  }

  public Bytes partitionKey(AttributeValue hash) {
    byte[] encoded = KeyAttribute.encode(hash).unsafeArray();
    byte[] bytes = Arrays.copyOf(prefix.unsafeArray(), prefix.size() + encoded.length);
    System.arraycopy(encoded, 0, bytes, prefix.size(), encoded.length);
    return Bytes.wrap(bytes);
  }

  /** Of an item, or of a key, whose key attributes were checked. */
  public Place place(Item item) {
    return new Place(partitionKey(item.get(table.hash().name()).orElseThrow()),
        table.range().map(range -> KeyAttribute.encode(item.get(range.name()).orElseThrow())).orElse(WITHOUT_RANGE));
  }

  /** The key's attributes alone. */
  public Item keyOf(Item item) {
    Map<String, AttributeValue> key = new HashMap<>();
    table.key().forEach(attribute -> key.put(attribute.name(), item.get(attribute.name()).orElseThrow()));
    return Item.of(key);
  }

  public Bytes value(Item item) {
    Item rest = item;
    for (KeyAttribute key : table.key()) {
      rest = rest.without(key.name());
    }
    if (!plain) {
      return ItemBytes.encode(rest);
    }
    if (rest.attributes().size() == 1 && rest.get(LAKEFS_VALUE).orElse(null) instanceof AttributeValue.B value
        && !marked(value.value())) {
      return value.value();
    }
    byte[] encoded = ItemBytes.encode(rest).unsafeArray();
    byte[] bytes = Arrays.copyOf(MARK, MARK.length + encoded.length);
    System.arraycopy(encoded, 0, bytes, MARK.length, encoded.length);
    return Bytes.wrap(bytes);
  }

  private static boolean marked(Bytes value) {
    return value.size() >= MARK.length && Arrays.equals(value.unsafeArray(), 0, MARK.length, MARK, 0, MARK.length);
  }

  /**
   * @param redacted whether the value was made unreadable
   * @throws StoreException CORRUPT where the bytes are not an item of this table: somebody wrote them by another interface
   */
  public Item item(Bytes partitionKey, Bytes key, Bytes value, boolean redacted) {
    try {
      Item rest = redacted ? Item.EMPTY.with(REDACTED, new AttributeValue.Bool(true)) : rest(value);
      Map<String, AttributeValue> attributes = new HashMap<>(rest.attributes());
      byte[] hash = Arrays.copyOfRange(partitionKey.unsafeArray(), prefix.size(), partitionKey.size());
      attributes.put(table.hash().name(), table.hash().decode(Bytes.wrap(hash)));
      table.range().ifPresent(range -> attributes.put(range.name(), range.decode(key)));
      return Item.of(attributes);
    } catch (IllegalArgumentException e) {
      throw new StoreException(ErrorCode.CORRUPT, "what lies under " + partitionKey + " " + key + " is no item of table "
          + table.name() + ": " + e.getMessage() + "; 'logfold history' shows who wrote it", e);
    }
  }

  private Item rest(Bytes value) {
    if (!plain) {
      return ItemBytes.decode(value);
    }
    return marked(value)
        ? ItemBytes.decode(Bytes.wrap(Arrays.copyOfRange(value.unsafeArray(), MARK.length, value.size())))
        : Item.EMPTY.with(LAKEFS_VALUE, new AttributeValue.B(value));
  }
}
