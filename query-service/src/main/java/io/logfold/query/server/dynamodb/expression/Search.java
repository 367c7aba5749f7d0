package io.logfold.query.server.dynamodb.expression;

import java.util.function.IntUnaryOperator;

/**
 * Looks for one sequence in another, in time linear in both, whatever they are: callers choose both, and the thread that looks
 * has others to serve. Knuth, Morris and Pratt, "Fast pattern matching in strings" (1977).
 */
final class Search {
  private Search() {}

  static boolean within(int wholeSize, IntUnaryOperator whole, int partSize, IntUnaryOperator part) {
    if (partSize == 0) {
      return true;
    }
    if (partSize > wholeSize) {
      return false;
    }
    // Of each beginning of the part: how long the longest shorter beginning is that it ends with.
    int[] border = new int[partSize];
    int same = 0;
    for (int i = 1; i < partSize; i++) {
      while (same > 0 && part.applyAsInt(i) != part.applyAsInt(same)) {
        same = border[same - 1];
      }
      if (part.applyAsInt(i) == part.applyAsInt(same)) {
        same++;
      }
      border[i] = same;
    }
    same = 0;
    for (int i = 0; i < wholeSize; i++) {
      while (same > 0 && whole.applyAsInt(i) != part.applyAsInt(same)) {
        same = border[same - 1];
      }
      if (whole.applyAsInt(i) == part.applyAsInt(same)) {
        same++;
      }
      if (same == partSize) {
        return true;
      }
    }
    return false;
  }
}
