package io.logfold.query.server.dynamodb.item;

import java.util.Optional;

/** The ten types of attributes; the names of the constants are those in JSON and in {@code attribute_type}. */
public enum AttributeType {
  S("STRING"),
  N("NUMBER"),
  B("BINARY"),
  BOOL("BOOLEAN"),
  NULL("NULL"),
  M("MAP"),
  L("LIST"),
  SS("STRING_SET"),
  NS("NUMBER_SET"),
  BS("BINARY_SET");

  private final String longName;

  AttributeType(String longName) {
    this.longName = longName;
  }

  /** The name that a few of DynamoDB's messages use instead. */
  public String longName() {
    return longName;
  }

  /** Whether values of this type have an order: strings, numbers and bytes. */
  public boolean ordered() {
    return this == S || this == N || this == B;
  }

  /** Whether values of this type are sets. */
  public boolean set() {
    return this == SS || this == NS || this == BS;
  }

  public static Optional<AttributeType> of(String name) {
    for (AttributeType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
