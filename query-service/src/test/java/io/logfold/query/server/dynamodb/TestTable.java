package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/** A table that is there throughout. Their names are behind those of other tests' tables. */
record TestTable(String name, Key hash, Optional<Key> range) {
  static final String PREFIX = "zz-";

  static final List<TestTable> ALL = List.of(
      new TestTable("zz-s", "id:S"),
      new TestTable("zz-n", "id:N"),
      new TestTable("zz-b", "id:B"),
      new TestTable("zz-s-s", "pk:S", "sk:S"),
      new TestTable("zz-s-n", "pk:S", "sk:N"),
      new TestTable("zz-n-b", "pk:N", "sk:B"),
      new TestTable("zz-lakefs", "PartitionKey:B", "ItemKey:B"));

  /** An attribute of the key; S, N or B. */
  record Key(String name, String type) {
    static Key of(String text) {
      String[] parts = text.split(":", 2);
      return new Key(parts[0], parts[1]);
    }
  }

  TestTable(String name, String hash) {
    this(name, Key.of(hash), Optional.empty());
  }

  TestTable(String name, String hash, String range) {
    this(name, Key.of(hash), Optional.of(Key.of(range)));
  }

  List<Key> key() {
    return range.map(sort -> List.of(hash, sort)).orElseGet(() -> List.of(hash));
  }

  /** What CreateTable says. */
  ObjectNode creation() {
    ObjectNode request = JsonNodeFactory.instance.objectNode().put("TableName", name).put("BillingMode", "PAY_PER_REQUEST");
    key().forEach(key -> request.withArray("AttributeDefinitions").addObject()
        .put("AttributeName", key.name()).put("AttributeType", key.type()));
    key().forEach(key -> request.withArray("KeySchema").addObject()
        .put("AttributeName", key.name()).put("KeyType", key.equals(hash) ? "HASH" : "RANGE"));
    return request;
  }
}
