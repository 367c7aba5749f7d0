package io.logfold.query.server.dynamodb.item;

import io.logfold.api.Bytes;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One value of an attribute: a scalar, a document (map, list) or a set. Maps and sets hold their members in the order
 * of DynamoDB (names and strings by UTF-8 bytes, numbers by value, bytes as unsigned), so that equal values look the
 * same in every form. Immutable.
 */
public sealed interface AttributeValue {
  AttributeType type();

  /** What the value takes of an item's 400 KB, by the rules DynamoDB publishes. */
  default int sizeBytes() {
    return Sizes.of(this);
  }

  static AttributeValue string(String value) {
    return new S(value);
  }

  static AttributeValue number(String value) {
    return new N(DynamoNumber.parse(value));
  }

  record S(String value) implements AttributeValue {
    @Override
    public AttributeType type() {
      return AttributeType.S;
    }
  }

  record N(DynamoNumber value) implements AttributeValue {
    @Override
    public AttributeType type() {
      return AttributeType.N;
    }
  }

  record B(Bytes value) implements AttributeValue {
    @Override
    public AttributeType type() {
      return AttributeType.B;
    }
  }

  record Bool(boolean value) implements AttributeValue {
    @Override
    public AttributeType type() {
      return AttributeType.BOOL;
    }
  }

  record Null() implements AttributeValue {
    @Override
    public AttributeType type() {
      return AttributeType.NULL;
    }
  }

  record M(SortedMap<String, AttributeValue> value) implements AttributeValue {
    /** Copies; the map may have any order and kind. */
    public static M of(Map<String, AttributeValue> value) {
      SortedMap<String, AttributeValue> sorted = new TreeMap<>(Utf8Order.INSTANCE);
      sorted.putAll(value);
      return new M(Collections.unmodifiableSortedMap(sorted));
    }

    @Override
    public AttributeType type() {
      return AttributeType.M;
    }
  }

  record L(List<AttributeValue> value) implements AttributeValue {
    public L {
      value = List.copyOf(value);
    }

    @Override
    public AttributeType type() {
      return AttributeType.L;
    }
  }

  record SS(SortedSet<String> value) implements AttributeValue {
    /** Copies; members that are there twice count once. */
    public static SS of(Collection<String> value) {
      return new SS(sorted(value, Utf8Order.INSTANCE));
    }

    @Override
    public AttributeType type() {
      return AttributeType.SS;
    }
  }

  record NS(SortedSet<DynamoNumber> value) implements AttributeValue {
    /** Copies; members that are there twice count once. */
    public static NS of(Collection<DynamoNumber> value) {
      return new NS(sorted(value, Comparator.<DynamoNumber>naturalOrder()));
    }

    @Override
    public AttributeType type() {
      return AttributeType.NS;
    }
  }

  record BS(SortedSet<Bytes> value) implements AttributeValue {
    /** Copies; members that are there twice count once. */
    public static BS of(Collection<Bytes> value) {
      return new BS(sorted(value, Comparator.<Bytes>naturalOrder()));
    }

    @Override
    public AttributeType type() {
      return AttributeType.BS;
    }
  }

  private static <T> SortedSet<T> sorted(Collection<T> members, Comparator<? super T> order) {
    TreeSet<T> set = new TreeSet<>(order);
    set.addAll(members);
    return Collections.unmodifiableSortedSet(set);
  }
}
