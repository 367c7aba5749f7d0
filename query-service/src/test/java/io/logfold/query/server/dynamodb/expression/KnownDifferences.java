package io.logfold.query.server.dynamodb.expression;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where DynamoDB Local is not followed, and why. */
final class KnownDifferences {
  private static final String RESERVED =
      "the service's documentation lists SIZE and CONVERT among the reserved words; Local lets both through";
  private static final String TYPES =
      "Local names types that the service does not have, in an order that changes from process to process";
  private static final String WHICH_PAIR =
      "where several pairs of paths overlap, Local may name two paths that do not overlap with each other";
  private static final String WHICH_ERROR =
      "where several actions fail on the item, Local tells the one a hash table brings first, we the first written";

  private static final Map<String, String> REASONS = Map.ofEntries(
      Map.entry("C size = :n", RESERVED),
      Map.entry("C n.size = :n", RESERVED),
      Map.entry("C size.n = :n", RESERVED),
      Map.entry("C attribute_type(n,s)", TYPES),
      Map.entry("C attribute_type(s,n)", TYPES),
      Map.entry("C attribute_type(s,m.x)", TYPES),
      Map.entry("P b.c, a.c, a, b", WHICH_PAIR),
      Map.entry("U SET b.c = :n, a.c = :n, a = :n, b = :n", WHICH_PAIR),
      Map.entry("U SET a = zz, b = n + s", WHICH_ERROR),
      Map.entry("U SET zz.a = :n, a = zz", WHICH_ERROR),
      Map.entry("U REMOVE zz.a SET a = yy", WHICH_ERROR),
      Map.entry("U SET a = yy ADD s :n", WHICH_ERROR),
      Map.entry("U REMOVE zz.a ADD s :n", WHICH_ERROR),
      Map.entry("U ADD zz.a :n DELETE n :ss", WHICH_ERROR));

  /** What only the item brings to light. */
  private static final Set<String> ERRORS_ON_THE_ITEM = Set.of(
      "The provided expression refers to an attribute that does not exist in the item",
      "An operand in the update expression has an incorrect data type",
      "The document path provided in the update expression is invalid for update",
      "DynamoDB only supports precision up to 38 digits",
      "Number overflow. Attempting to store a number with magnitude larger than supported range",
      "Number underflow. Attempting to store a number with magnitude smaller than supported range");

  private static final List<String> PATHS = List.of("Two document paths overlap", "Two document paths conflict");

  private KnownDifferences() {}

  /** Empty where there is none. */
  static String reason(char kind, String text) {
    return REASONS.getOrDefault(kind + " " + text, "");
  }

  /** Whether two answers that differ do so for one of the reasons. */
  static boolean explains(String local, String ours) {
    return ERRORS_ON_THE_ITEM.contains(local) && ERRORS_ON_THE_ITEM.contains(ours)
        || PATHS.stream().anyMatch(local::contains) && PATHS.stream().anyMatch(ours::contains)
        || local.contains("HeapByteBuffer") && ours.contains("bound operand: AttributeValue: {B:")
        || local.contains("DECIMALSET") && ours.contains("function: attribute_type, operand type: {");
  }
}
