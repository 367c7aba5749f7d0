package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.Item;

/** What an expression makes of an item, in words that can be compared. */
interface Answers {
  String FILTER_KEY_CONDITION = "pk = :pk";

  /** {@code true}, {@code false} or what is wrong. */
  String condition(Item item, String text);

  String filter(Item item, String text);

  /** Whether the item is in the range, or what is wrong. */
  String keyCondition(Item item, String text);

  /** The item after it, or what is wrong. */
  String update(Item item, String text);

  /** The names of the attributes in UPDATED_OLD and UPDATED_NEW, or what is wrong. */
  String updated(Item item, String text);

  /** What it shows of the item, or what is wrong. */
  String projection(Item item, String text);
}
