package io.logfold.query.server.dynamodb.item;

import org.jspecify.annotations.Nullable;

/**
 * What a client supplied: a value, or what is wrong with it. DynamoDB tells what is wrong only when it comes to judge
 * the value, which is after it has judged other parts of the request; until then it is kept here.
 */
public final class Supplied<T> {
  private final @Nullable T value;
  private final String problem;

  private Supplied(@Nullable T value, String problem) {
    this.value = value;
    this.problem = problem;
  }

  public static <T> Supplied<T> good(T value) {
    return new Supplied<>(value, "");
  }

  public static <T> Supplied<T> bad(String problem) {
    return new Supplied<>(null, problem);
  }

  public T get() {
    return get("", "");
  }

  /** The value; the words come before and behind what is wrong, where it is. */
  public T get(String before, String behind) {
    T present = value;
    if (present == null) {
      throw new ValidationException(before + problem + behind);
    }
    return present;
  }
}
