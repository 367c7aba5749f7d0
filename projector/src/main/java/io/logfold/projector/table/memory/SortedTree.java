package io.logfold.projector.table.memory;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map in key order: a change gives a new tree that shares all but the path to the key.
 *
 * <p>It is a treap (a search tree by key that is a heap by priority) whose priorities are a hash of the key, so that
 * its shape depends on its content alone and its depth is logarithmic. Own code because the JDK has no persistent map.
 */
final class SortedTree<V> {
  private final @Nullable Node<V> root;

  private SortedTree(@Nullable Node<V> root) {
    this.root = root;
  }

  static <V> SortedTree<V> empty() {
    return new SortedTree<>(null);
  }

  boolean isEmpty() {
    return root == null;
  }

  @Nullable V get(Bytes key) {
    Node<V> node = root;
    while (node != null) {
      int order = key.compareTo(node.key);
      if (order == 0) {
        return node.value;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  SortedTree<V> with(Bytes key, V value) {
    return new SortedTree<>(put(root, key, priority(key), value));
  }

  SortedTree<V> without(Bytes key) {
    return new SortedTree<>(remove(root, key));
  }

  /** Shows the entries of the range, in the direction asked for, until the visitor says false. */
  void visit(KeyRange range, boolean reverse, BiPredicate<Bytes, V> visitor) {
    visit(root, range, reverse, visitor);
  }

  private static <V> boolean visit(
      @Nullable Node<V> node, KeyRange range, boolean reverse, BiPredicate<Bytes, V> visitor) {
    if (node == null) {
      return true;
    }
    boolean aboveStart = node.key.compareTo(range.startInclusive()) >= 0;
    boolean belowEnd = range.endExclusive().isEmpty() || node.key.compareTo(range.endExclusive().get()) < 0;
    Node<V> first = reverse ? node.right : node.left;
    Node<V> last = reverse ? node.left : node.right;
    boolean firstReaches = reverse ? belowEnd : aboveStart;
    boolean lastReaches = reverse ? aboveStart : belowEnd;
    return (!firstReaches || visit(first, range, reverse, visitor))
        && (!(aboveStart && belowEnd) || visitor.test(node.key, node.value))
        && (!lastReaches || visit(last, range, reverse, visitor));
  }

  private static <V> Node<V> put(@Nullable Node<V> node, Bytes key, int priority, V value) {
    if (node == null) {
      return new Node<>(key, priority, value, null, null);
    }
    if (priority > node.priority) {
      return new Node<>(key, priority, value, below(node, key), above(node, key));
    }
    int order = key.compareTo(node.key);
    if (order == 0) {
      return new Node<>(key, priority, value, node.left, node.right);
    }
    return order < 0
        ? node.with(put(node.left, key, priority, value), node.right)
        : node.with(node.left, put(node.right, key, priority, value));
  }

  private static <V> @Nullable Node<V> remove(@Nullable Node<V> node, Bytes key) {
    if (node == null) {
      return null;
    }
    int order = key.compareTo(node.key);
    if (order == 0) {
      return join(node.left, node.right);
    }
    return order < 0
        ? node.with(remove(node.left, key), node.right)
        : node.with(node.left, remove(node.right, key));
  }

  private static <V> @Nullable Node<V> below(@Nullable Node<V> node, Bytes key) {
    if (node == null) {
      return null;
    }
    return node.key.compareTo(key) < 0 ? node.with(node.left, below(node.right, key)) : below(node.left, key);
  }

  private static <V> @Nullable Node<V> above(@Nullable Node<V> node, Bytes key) {
    if (node == null) {
      return null;
    }
    return node.key.compareTo(key) > 0 ? node.with(above(node.left, key), node.right) : above(node.right, key);
  }

  private static <V> @Nullable Node<V> join(@Nullable Node<V> low, @Nullable Node<V> high) {
    if (low == null) {
      return high;
    }
    if (high == null) {
      return low;
    }
    return low.priority >= high.priority
        ? low.with(low.left, join(low.right, high))
        : high.with(join(low, high.left), high.right);
  }

  /** The bytes' hash, stirred: the finalizer of MurmurHash3, which spreads the plain polynomial over all bits. */
  private static int priority(Bytes key) {
    int h = key.hashCode();
    h = (h ^ (h >>> 16)) * 0x85EBCA6B;
    h = (h ^ (h >>> 13)) * 0xC2B2AE35;
    return h ^ (h >>> 16);
  }

  private record Node<V>(Bytes key, int priority, V value, @Nullable Node<V> left, @Nullable Node<V> right) {
    Node<V> with(@Nullable Node<V> newLeft, @Nullable Node<V> newRight) {
      return newLeft == left && newRight == right ? this : new Node<>(key, priority, value, newLeft, newRight);
    }
  }
}
