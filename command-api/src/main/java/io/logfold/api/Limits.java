package io.logfold.api;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The portable limits, in bytes unless said otherwise, checked when a request is made so that no event exists that some
 * table cannot hold. Where they come from: Postgres's index row ends at 2,704 bytes, DynamoDB's keys at 2,048 and 1,024
 * and its item at 400 KB; Kafka's record at the topic's {@code max.message.bytes}.
 */
public final class Limits {
  public static final int MAX_PARTITION_KEY_BYTES = 1_536;
  public static final int MAX_KEY_BYTES = 1_024;
  public static final int MAX_VALUE_BYTES = 390 * 1024;
  public static final int MAX_COMMIT_MUTATIONS = 90;
  public static final int MAX_COMMIT_PREDICATES = 90;
  public static final int MAX_COMMIT_BYTES = 3 * 1024 * 1024;
  public static final int MAX_GET_KEYS = 1_000;
  public static final int MAX_PAGE_ENTRIES = 10_000;
  public static final int MAX_PRINCIPAL_BYTES = 256;
  public static final int MAX_REASON_BYTES = 1_024;
  public static final int MAX_SOURCE_BYTES = 256;

  private static final int MAX_TABLE_NAME = 40;

  private Limits() {}

  public static Bytes checkPartitionKey(@Nullable Bytes partitionKey) {
    if (partitionKey == null || partitionKey.isEmpty()) {
      throw new StoreException(ErrorCode.MISSING_PARTITION_KEY, "partitionKey must have 1 to "
          + MAX_PARTITION_KEY_BYTES + " bytes, got " + (partitionKey == null ? "null" : "none"));
    }
    checkSize("partitionKey", partitionKey.size(), MAX_PARTITION_KEY_BYTES);
    return partitionKey;
  }

  /** Names of tables are part of the log: short, and without surprises in a URL or a file name. */
  public static String checkTableName(String name) {
    if (name.isEmpty() || name.length() > MAX_TABLE_NAME || !name.matches("[a-z0-9][a-z0-9_-]*")) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "a table's name has 1 to " + MAX_TABLE_NAME
          + " of a-z, 0-9, _ and -, and begins with a letter or digit; got \"" + name + "\"");
    }
    return name;
  }

  /** Names of policies are part of the log too: as those of tables. */
  public static String checkPolicyName(String name) {
    if (name.isEmpty() || name.length() > MAX_TABLE_NAME || !name.matches("[a-z0-9][a-z0-9_-]*")) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "a policy's name has 1 to " + MAX_TABLE_NAME
          + " of a-z, 0-9, _ and -, and begins with a letter or digit; got \"" + name + "\"");
    }
    return name;
  }

  static Bytes checkPolicyPrefix(Bytes prefix) {
    checkSize("a policy's prefix", prefix.size(), MAX_PARTITION_KEY_BYTES);
    return prefix;
  }

  public static Bytes checkKey(@Nullable Bytes key) {
    if (key == null || key.isEmpty()) {
      throw new StoreException(ErrorCode.MISSING_KEY,
          "key must have 1 to " + MAX_KEY_BYTES + " bytes, got " + (key == null ? "null" : "none"));
    }
    checkSize("key", key.size(), MAX_KEY_BYTES);
    return key;
  }

  public static Bytes checkValue(@Nullable Bytes value) {
    if (value == null) {
      throw new StoreException(ErrorCode.MISSING_VALUE,
          "value must have 0 to " + MAX_VALUE_BYTES + " bytes, got null; to remove a key, delete it");
    }
    checkSize("value", value.size(), MAX_VALUE_BYTES);
    return value;
  }

  static String checkText(String field, @Nullable String text, int maxBytes) {
    if (text == null) {
      return "";
    }
    checkSize(field, text.getBytes(StandardCharsets.UTF_8).length, maxBytes);
    return text;
  }

  static void checkCommit(List<Predicate> predicates, List<Mutation> mutations) {
    checkCount("mutations", mutations.size(), MAX_COMMIT_MUTATIONS);
    checkCount("predicates", predicates.size(), MAX_COMMIT_PREDICATES);
    long bytes = 0;
    for (Mutation mutation : mutations) {
      bytes += mutation.key().size() + (mutation instanceof Mutation.Put put ? put.value().size() : 0);
    }
    if (bytes > MAX_COMMIT_BYTES) {
      throw new StoreException(ErrorCode.TOO_LARGE, "a commit holds at most " + MAX_COMMIT_BYTES
          + " bytes of keys and values, got " + bytes + "; split it");
    }
  }

  static void checkCount(String field, int given, int most) {
    if (given > most) {
      throw new StoreException(ErrorCode.TOO_LARGE, field + ": at most " + most + ", got " + given);
    }
  }

  private static void checkSize(String field, int given, int most) {
    if (given > most) {
      throw new StoreException(ErrorCode.TOO_LARGE, field + " has at most " + most + " bytes, got " + given);
    }
  }
}
