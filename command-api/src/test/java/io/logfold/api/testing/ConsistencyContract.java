package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.scanned;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.ClusterView;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
import io.logfold.api.ScanOptions;
import io.logfold.api.Versioned;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Read levels, and what the store tells about itself. */
public interface ConsistencyContract extends ContractFixture {

  @Test
  default void everyLevelThatPromisesToDoesReflectCompletedWrites() {
    Bytes partitionKey = fresh("consistency");
    for (int i = 0; i < 5; i++) {
      long revision = blocking().set(partitionKey, bytes("key"), bytes("v" + i));
      Versioned expected = new Versioned(bytes("v" + i), revision);
      for (Consistency level : List.of(Consistency.LINEARIZABLE, Consistency.BARRIER,
          Consistency.READ_INDEX, new Consistency.AtLeast(revision))) {
        BlockingStore reader = blocking().withConsistency(level);
        assertThat(reader.get(partitionKey, bytes("key"))).as("%s", level).contains(expected);
        assertThat(scanned(blocking(), partitionKey, ScanOptions.all().withConsistency(level))).as("%s", level)
            .containsExactly(new Entry(partitionKey, bytes("key"), expected.value(), revision));
      }
      long deleted = blocking().delete(partitionKey, bytes("key")).revision();
      for (Consistency level : List.of(Consistency.LINEARIZABLE, Consistency.BARRIER,
          Consistency.READ_INDEX, new Consistency.AtLeast(deleted))) {
        assertThat(blocking().withConsistency(level).get(partitionKey, bytes("key"))).as("%s", level).isEmpty();
      }
    }
  }

  @Test
  default void aReadMayBeOlderButNeverInvented() {
    Bytes partitionKey = fresh("consistency");
    Versioned one = new Versioned(bytes("1"), blocking().set(partitionKey, bytes("key"), bytes("1")));
    Versioned two = new Versioned(bytes("2"), blocking().set(partitionKey, bytes("key"), bytes("2")));
    for (Consistency level : List.of(new Consistency.Stale(Duration.ofHours(1)), new Consistency.AtLeast(0))) {
      blocking().withConsistency(level).get(partitionKey, bytes("key"))
          .ifPresent(found -> assertThat(found).isIn(one, two));
    }
    assertThat(blocking().withConsistency(new Consistency.AtLeast(one.revision())).get(partitionKey, bytes("key")))
        .hasValueSatisfying(found -> assertThat(found).isIn(one, two));
  }

  @Test
  default void theClusterViewNamesEveryPartition() {
    ClusterView view = blocking().cluster();
    assertThat(view.partitions()).isPositive();
    assertThat(view.keyHash()).isNotEmpty();
    assertThat(view.partitionViews()).extracting(ClusterView.Partition::partition)
        .doesNotHaveDuplicates().allMatch(partition -> partition >= 0 && partition < view.partitions());
  }
}
