package io.logfold.projector.table.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.api.Limits;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.Checkpoints;
import io.logfold.projector.testing.DynamoDbLocal;
import io.logfold.projector.testing.TableContract;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The contract, and the largest of everything. */
class DynamoDbTableTest extends TableContract {
  private static final String CONTRACT = "contract";
  private final String name = "t" + UUID.randomUUID().toString().replace("-", "");

  @Override
  protected Table open(String store, int partitions) {
    return Tables.open(DynamoDbLocal.url(name), store, partitions);
  }

  @Override
  protected boolean shared() {
    return true;
  }

  @Override
  protected boolean snapshots() {
    return false;
  }

  @Override
  protected boolean checkpointOfTheSameMoment() {
    return false;
  }

  @Override
  protected boolean partitionKeysInSeveralPartitions() {
    return false;
  }

  /** 90 mutations, 3 MiB, the longest partition key. */
  @Test
  void theLargestCommitIsOneTransaction() {
    Bytes partitionKey = LocalTable.filled(Limits.MAX_PARTITION_KEY_BYTES, 'p');
    int each = Limits.MAX_COMMIT_BYTES / Limits.MAX_COMMIT_MUTATIONS;
    List<RowChange> changes = new ArrayList<>();
    for (int i = 0; i < Limits.MAX_COMMIT_MUTATIONS; i++) {
      changes.add(LocalTable.put(partitionKey, longKey(i), LocalTable.filled(each - Limits.MAX_KEY_BYTES, i), 1));
    }
    table().apply(0, changes, Checkpoints.at(CONTRACT, 0, 0), Checkpoints.at(CONTRACT, 0, 1));
    assertThat(table().scan(0, partitionKey, KeyRange.ALL, 100, false, false).rows())
        .isEqualTo(changes.stream().map(DynamoDbTableTest::row).toList());
    assertThat(table().get(0, partitionKey, changes.stream().map(RowChange::key).toList()).rows())
        .isEqualTo(changes.stream().map(change -> Optional.of(row(change))).toList());
  }

  /** As much of everything as applyLimits allows: bytes, and a new partition key of the longest kind for each row. */
  @Test
  void theLargestBatchThatTheLimitsAllowIsOneTransaction() {
    Table.ApplyLimits limits = table().applyLimits();
    int rows = limits.changesAndPartitionKeys() / 2;
    int value = (int) (limits.bytes() / rows) - Limits.MAX_PARTITION_KEY_BYTES - Limits.MAX_KEY_BYTES;
    List<RowChange> changes = new ArrayList<>();
    List<Bytes> partitionKeys = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      byte[] partitionKey = new byte[Limits.MAX_PARTITION_KEY_BYTES];
      partitionKey[0] = (byte) (i % 5);
      partitionKey[partitionKey.length - 1] = (byte) i;
      partitionKeys.add(Bytes.wrap(partitionKey));
      changes.add(LocalTable.put(Bytes.wrap(partitionKey), longKey(i), LocalTable.filled(value, i), 1));
    }
    table().apply(0, changes, Checkpoints.at(CONTRACT, 0, 0), Checkpoints.at(CONTRACT, 0, 1));
    Collections.sort(partitionKeys);
    assertThat(table().partitionKeys(0, Optional.empty(), 100)).isEqualTo(partitionKeys);
    assertThat(table().partitionKeys(0, Optional.of(partitionKeys.get(20)), 7))
        .isEqualTo(partitionKeys.subList(21, 28));
  }

  @Test
  void rowsBeyondTheNamesThatFitIntoATransactionAreAppliedAllTheSame() {
    List<RowChange> changes = new ArrayList<>();
    List<Bytes> partitionKeys = new ArrayList<>();
    for (int i = 0; i < table().applyLimits().changes(); i++) {
      partitionKeys.add(Bytes.utf8("p%02d".formatted(i)));
      changes.add(LocalTable.put(partitionKeys.get(i), Bytes.utf8("k"), Bytes.EMPTY, 1));
    }
    table().apply(0, changes, Checkpoints.at(CONTRACT, 0, 0), Checkpoints.at(CONTRACT, 0, 1));
    assertThat(table().partitionKeys(0, Optional.empty(), 1_000)).isEqualTo(partitionKeys);
  }

  /** 24 values of 390 KiB are 9 MB; a transaction reads 4 MB, and a query 1 MB at once. */
  @Test
  void manyLargestValuesAreReadInSeveralRequests() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      Row row = new Row(Bytes.utf8("k%02d".formatted(i)), LocalTable.filled(Limits.MAX_VALUE_BYTES, i), 1);
      rows.add(row);
      table().apply(0, List.of(LocalTable.put(LocalTable.PK, row.key(), row.value(), 1)),
          Checkpoints.at(CONTRACT, 0, i), Checkpoints.at(CONTRACT, 0, i + 1));
    }
    assertThat(table().get(0, LocalTable.PK, rows.stream().map(Row::key).toList()).rows())
        .isEqualTo(rows.stream().map(Optional::of).toList());
    TablePage page = table().scan(0, LocalTable.PK, KeyRange.ALL, 100, false, false);
    assertThat(page.more()).isTrue();
    assertThat(page.rows()).isEqualTo(rows.subList(0, page.rows().size()));
    assertThat(page.rows().stream().mapToLong(row -> row.value().size()).sum())
        .isBetween((long) Table.PAGE_BYTES - 100, Table.PAGE_BYTES + 2L * Limits.MAX_VALUE_BYTES);
    assertThat(table().scan(0, LocalTable.PK, KeyRange.ALL, 100, true, true).rows()).hasSize(24);
  }

  @Test
  void theRangeBehindTheLongestKeyIsLegal() {
    Bytes longest = LocalTable.filled(Limits.MAX_KEY_BYTES, 'k');
    Bytes next = Bytes.utf8("l");
    table().apply(0, List.of(LocalTable.put(LocalTable.PK, longest, Bytes.EMPTY, 1),
        LocalTable.put(LocalTable.PK, next, Bytes.EMPTY, 1)), Checkpoints.at(CONTRACT, 0, 0),
        Checkpoints.at(CONTRACT, 0, 1));
    KeyRange behind = KeyRange.ALL.beyond(longest, false);
    assertThat(table().scan(0, LocalTable.PK, behind, 5, false, false).rows()).extracting(Row::key)
        .containsExactly(next);
    KeyRange upTo = new KeyRange(Bytes.utf8("a"), Optional.of(longest.successor()));
    assertThat(table().scan(0, LocalTable.PK, upTo, 5, true, false).rows()).extracting(Row::key)
        .containsExactly(longest);
    KeyRange between = new KeyRange(longest.successor(), Optional.of(next));
    assertThat(table().scan(0, LocalTable.PK, between, 5, false, false).rows()).isEmpty();
  }

  /** Where names of up to 1,000 bytes and longer ones meet. */
  @Test
  void partitionKeysOfAnyLengthAreToldInOrder() {
    Random random = new Random(7);
    List<Bytes> partitionKeys = new ArrayList<>();
    for (int size : new int[] {1, 999, 1_000, 1_001, 1_002, 1_024, 1_536}) {
      for (int last : new int[] {0x00, 0x01, 0xFF}) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) (size == 1_002 ? 0xFF : 'x'));
        bytes[size - 1] = (byte) last;
        partitionKeys.add(Bytes.wrap(bytes));
      }
    }
    List<RowChange> changes = new ArrayList<>();
    partitionKeys.forEach(each -> changes.add(LocalTable.put(each, Bytes.utf8("k"), Bytes.EMPTY, 1)));
    Collections.shuffle(changes, random);
    table().apply(0, changes, Checkpoints.at(CONTRACT, 0, 0), Checkpoints.at(CONTRACT, 0, 1));
    Collections.sort(partitionKeys);
    assertThat(table().partitionKeys(0, Optional.empty(), 100)).isEqualTo(partitionKeys);
    for (int i = 0; i < partitionKeys.size(); i++) {
      assertThat(table().partitionKeys(0, Optional.of(partitionKeys.get(i)), 2)).as("behind number %s", i)
          .isEqualTo(partitionKeys.subList(i + 1, Math.min(partitionKeys.size(), i + 3)));
    }
  }

  private static Bytes longKey(int number) {
    byte[] key = new byte[Limits.MAX_KEY_BYTES];
    key[0] = (byte) number;
    return Bytes.wrap(key);
  }

  private static Row row(RowChange change) {
    return new Row(change.key(), change.value().orElseThrow(), change.revision());
  }
}
