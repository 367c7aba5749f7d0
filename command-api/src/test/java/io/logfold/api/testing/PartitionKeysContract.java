package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.applied;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.concat;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The list of partition keys. The store may hold others, and others may come and go: the scenarios look at what starts
 * with a beginning of their own.
 */
public interface PartitionKeysContract extends ContractFixture {

  @Test
  default void partitionKeysAreListedOnceInOrderByPagesOfAnySize() {
    Bytes base = fresh("list-");
    List<Bytes> created = new ArrayList<>();
    for (String hex : List.of("00", "0000", "00ff", "2f", "61", "6100", "6161", "7f", "80", "ff", "ff00", "ffff")) {
      created.add(concat(base, Bytes.hex(hex)));
    }
    for (Bytes partitionKey : created.reversed()) {
      blocking().set(partitionKey, bytes("key"), bytes("v"));
      blocking().set(partitionKey, bytes("key2"), bytes("v"));
    }
    for (int pageSize : new int[] {1, 2, 5, 12, 1000}) {
      assertThat(listed(base, pageSize)).as("by pages of %d", pageSize).isEqualTo(created);
    }
  }

  @Test
  default void theListGoesOnBehindAnyKeyWhetherItExistsOrNot() {
    Bytes base = fresh("list-");
    for (String name : List.of("a", "c", "e")) {
      blocking().set(concat(base, bytes(name)), bytes("key"), bytes("v"));
    }
    assertThat(first(concat(base, bytes("a")))).isEqualTo(concat(base, bytes("c")));
    assertThat(first(concat(base, bytes("b")))).isEqualTo(concat(base, bytes("c")));
    assertThat(first(concat(base, bytes("c")))).isEqualTo(concat(base, bytes("e")));
    assertThat(first(base)).isEqualTo(concat(base, bytes("a")));
  }

  @Test
  default void theWholeListHoldsWhatIsThere() {
    Bytes base = fresh("list-");
    List<Bytes> created = List.of(concat(base, bytes("a")), concat(base, bytes("b")));
    created.forEach(partitionKey -> blocking().set(partitionKey, bytes("key"), bytes("v")));
    List<Bytes> all = new ArrayList<>();
    blocking().partitionKeys().forEach(all::add);
    assertThat(all).isSorted().doesNotHaveDuplicates().containsSubsequence(created);
  }

  @Test
  default void aPartitionKeyDisappearsWithItsLastKey() {
    Bytes base = fresh("list-");
    Bytes a = concat(base, bytes("a"));
    Bytes b = concat(base, bytes("b"));
    assertThat(listed(base, 10)).isEmpty();
    applied(blocking().commit(a, List.of(),
        List.of(new Mutation.Put(key(1), bytes("v")), new Mutation.Put(key(2), Bytes.EMPTY))));
    blocking().set(b, key(1), bytes("v"));
    blocking().delete(a, key(1));
    assertThat(listed(base, 10)).containsExactly(a, b);
    blocking().delete(a, key(2));
    assertThat(listed(base, 10)).containsExactly(b);
    blocking().set(a, key(3), bytes("v"));
    assertThat(listed(base, 1)).containsExactly(a, b);
    blocking().delete(b, key(1));
    assertThat(listed(base, 1)).containsExactly(a);
  }

  @Test
  default void aReadOrAFailedWriteCreatesNoPartitionKey() {
    Bytes base = fresh("list-");
    Bytes partitionKey = concat(base, bytes("a"));
    blocking().get(partitionKey, key(1));
    blocking().delete(partitionKey, key(1));
    blocking().setIf(partitionKey, key(1), bytes("v"), new io.logfold.api.Predicate.Exists(key(1)));
    assertThat(listed(base, 10)).isEmpty();
  }

  /** Those that start with base, read by pages of that size. */
  private List<Bytes> listed(Bytes base, int pageSize) {
    List<Bytes> found = new ArrayList<>();
    Bytes after = base;
    while (true) {
      PartitionKeysPage page = blocking().partitionKeys(new PartitionKeysRequest(Optional.of(after), pageSize));
      assertThat(page.partitionKeys()).hasSizeLessThanOrEqualTo(pageSize);
      for (Bytes partitionKey : page.partitionKeys()) {
        if (!partitionKey.startsWith(base)) {
          return found;
        }
        found.add(partitionKey);
      }
      if (!page.more()) {
        return found;
      }
      assertThat(page.partitionKeys().getLast()).as("the list gets further").isGreaterThan(after);
      after = page.partitionKeys().getLast();
    }
  }

  private Bytes first(Bytes after) {
    return blocking().partitionKeys(new PartitionKeysRequest(Optional.of(after), 1)).partitionKeys().getFirst();
  }
}
