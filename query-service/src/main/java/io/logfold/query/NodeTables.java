package io.logfold.query;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Table;
import java.util.List;
import java.util.Optional;

/**
 * The tables of a node by their names. One of them answers a partition's misses: the one that the log names, or the main
 * one where it names none. Tables come and go while the node runs; every method may be called from any thread.
 */
public interface NodeTables {
  /** The table that a store begins with. */
  String MAIN = "main";

  /** All of them, the main one first. */
  List<String> names();

  Optional<Table> table(String name);

  /** The history that is kept beside the main table; empty where none is. */
  default Optional<Table> history() {
    return Optional.empty();
  }

  /** Why this table must not answer for the partition, in words for people; empty: it may. */
  Optional<String> notReady(String name, int partition);

  /** What it is, for people: its URL without secrets. */
  String describe(String name);

  /** Only the main one, which is always ready. */
  static NodeTables only(Table table, String inWords) {
    return new NodeTables() {
      @Override
      public List<String> names() {
        return List.of(MAIN);
      }

      @Override
      public Optional<Table> table(String name) {
        return name.equals(MAIN) ? Optional.of(table) : Optional.empty();
      }

      @Override
      public Optional<String> notReady(String name, int partition) {
        return name.equals(MAIN) ? Optional.empty() : Optional.of("there is none of that name");
      }

      @Override
      public String describe(String name) {
        return inWords;
      }
    };
  }

  /** @throws StoreException UNAVAILABLE where the partition's table is not one of this node's */
  default Table serving(String name, int partition) {
    return table(name).orElseThrow(() -> new StoreException(ErrorCode.UNAVAILABLE, "partition " + partition
        + " is served by the table \"" + name + "\", which this node does not have (it has " + String.join(", ", names())
        + "); add it to this node, or let another table serve"));
  }
}
