package io.logfold.query.server.dynamodb.item;

import io.logfold.api.Bytes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/** Items, values and numbers of all kinds from a seed. */
final class RandomItems {
  private static final String CHARACTERS = "abcAZ09_.-# é€\u0000\uFFFD😀";

  private final Random random;

  RandomItems(long seed) {
    this.random = new Random(seed);
  }

  Item item() {
    return Item.of(members(3));
  }

  DynamoNumber number() {
    int digits = 1 + random.nextInt(random.nextBoolean() ? 3 : 38);
    BigInteger unscaled = new BigInteger(128, random).mod(BigInteger.TEN.pow(digits));
    // At times near to one another, at times anywhere in the range.
    int exponent = random.nextBoolean() ? random.nextInt(7) - 3 : random.nextInt(256) - 130;
    int length = unscaled.toString().length();
    BigDecimal value = new BigDecimal(unscaled, length - 1 - exponent);
    return DynamoNumber.of(random.nextBoolean() ? value : value.negate());
  }

  private Map<String, AttributeValue> members(int depth) {
    Map<String, AttributeValue> members = new HashMap<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      members.put("n" + text(), value(depth));
    }
    return members;
  }

  private AttributeValue value(int depth) {
    return switch (random.nextInt(depth > 0 ? 10 : 8)) {
      case 0 -> new AttributeValue.S(text());
      case 1 -> new AttributeValue.N(number());
      case 2 -> new AttributeValue.B(bytes());
      case 3 -> new AttributeValue.Bool(random.nextBoolean());
      case 4 -> new AttributeValue.Null();
      case 5 -> AttributeValue.SS.of(some(this::text));
      case 6 -> AttributeValue.NS.of(some(this::number));
      case 7 -> AttributeValue.BS.of(some(this::bytes));
      case 8 -> AttributeValue.M.of(members(depth - 1));
      default -> new AttributeValue.L(some(() -> value(depth - 1)));
    };
  }

  private <T> List<T> some(Supplier<T> member) {
    List<T> members = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      members.add(member.get());
    }
    return members;
  }

  String text() {
    int[] characters = CHARACTERS.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(6); i > 0; i--) {
      text.appendCodePoint(characters[random.nextInt(characters.length)]);
    }
    return text.toString();
  }

  private Bytes bytes() {
    byte[] bytes = new byte[random.nextInt(5)];
    random.nextBytes(bytes);
    return Bytes.wrap(bytes);
  }
}
