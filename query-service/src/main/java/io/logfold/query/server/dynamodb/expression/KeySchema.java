package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeType;
import io.logfold.query.server.dynamodb.item.KeyAttribute;
import java.util.Optional;

/** The key of a table: a hash key, and of some tables a range key. */
public record KeySchema(KeyAttribute hash, Optional<KeyAttribute> range) {
  public static KeySchema of(String hash, AttributeType type) {
    return new KeySchema(new KeyAttribute(hash, type), Optional.empty());
  }

  public static KeySchema of(String hash, AttributeType hashType, String range, AttributeType rangeType) {
    return new KeySchema(new KeyAttribute(hash, hashType), Optional.of(new KeyAttribute(range, rangeType)));
  }

  public boolean contains(String attribute) {
    return hash.name().equals(attribute) || range.map(KeyAttribute::name).filter(attribute::equals).isPresent();
  }
}
