package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import java.util.List;
import java.util.Optional;

/** A condition of a write, or a filter of what was read. Immutable. */
public final class Condition {
  private final Predicate predicate;
  private final List<Path> paths;

  Condition(Predicate predicate, List<Path> paths) {
    this.predicate = predicate;
    this.paths = List.copyOf(paths);
  }

  /** Refuses a condition of a write to a table with this key. */
  public void checkKeys(KeySchema keys) {
    Paths.checkNotInKey(paths, keys);
  }

  /** Refuses a filter of a query of a table with this key; a scan's filter may speak of the key. */
  public void checkFilterOfQuery(KeySchema keys) {
    Paths.checkNotInKey(paths, keys);
    Paths.checkNoKey(paths, keys);
  }

  /** Whether it holds for the item; where there is none, for one without attributes. */
  public boolean matches(Optional<Item> item) {
    return matches(item.orElse(Item.EMPTY));
  }

  public boolean matches(Item item) {
    return holds(predicate, item);
  }

  /** Conditions that say one thing of one attribute, which a store may know how to decide without a look at the item. */
  public sealed interface Plain {
    record Exists(String attribute) implements Plain {}

    record Absent(String attribute) implements Plain {}

    record Equal(String attribute, AttributeValue value) implements Plain {}
  }

  /** Empty where it is none of those. */
  public Optional<Plain> plain() {
    return switch (predicate) {
      case Predicate.Exists exists when !exists.path().nested() -> Optional.of(new Plain.Exists(exists.path().root()));
      case Predicate.NotExists absent when !absent.path().nested() -> Optional.of(new Plain.Absent(absent.path().root()));
      case Predicate.Compare compare when compare.comparator() == Comparator.EQ
          && compare.left() instanceof Operand.Attribute attribute && !attribute.path().nested()
          && compare.right() instanceof Operand.Constant constant ->
          Optional.of(new Plain.Equal(attribute.path().root(), constant.value()));
      default -> Optional.empty();
    };
  }

  private static boolean holds(Predicate predicate, Item item) {
    return switch (predicate) {
      case Predicate.Compare compare -> {
        Optional<AttributeValue> left = Values.find(compare.left(), item);
        Optional<AttributeValue> right = Values.find(compare.right(), item);
        // What is not there is unequal to everything, and has no order.
        yield left.isPresent() && right.isPresent()
            ? Values.compare(compare.comparator(), left.get(), right.get())
            : compare.comparator() == Comparator.NE;
      }
      case Predicate.Between between -> compare(Comparator.GE, between.tested(), between.low(), item)
          && compare(Comparator.LE, between.tested(), between.high(), item);
      case Predicate.In in -> in.candidates().stream()
          .anyMatch(candidate -> compare(Comparator.EQ, in.tested(), candidate, item));
      case Predicate.Exists exists -> exists.path().in(item).isPresent();
      case Predicate.NotExists notExists -> notExists.path().in(item).isEmpty();
      case Predicate.TypeIs typeIs ->
          Values.find(typeIs.tested(), item).filter(value -> value.type() == typeIs.type()).isPresent();
      case Predicate.BeginsWith begins -> Values.find(begins.tested(), item).filter(tested ->
          Values.find(begins.prefix(), item).filter(prefix -> Values.beginsWith(tested, prefix)).isPresent())
          .isPresent();
      case Predicate.Contains contains -> Values.find(contains.tested(), item).filter(tested ->
          Values.find(contains.member(), item).filter(member -> Values.contains(tested, member)).isPresent())
          .isPresent();
      case Predicate.And and -> holds(and.left(), item) && holds(and.right(), item);
      case Predicate.Or or -> holds(or.left(), item) || holds(or.right(), item);
      case Predicate.Not not -> !holds(not.inner(), item);
    };
  }

  private static boolean compare(Comparator comparator, Operand left, Operand right, Item item) {
    return holds(new Predicate.Compare(comparator, left, right), item);
  }
}
