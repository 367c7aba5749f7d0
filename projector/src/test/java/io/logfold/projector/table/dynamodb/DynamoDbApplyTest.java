package io.logfold.projector.table.dynamodb;

import static io.logfold.projector.table.dynamodb.LocalTable.PK;
import static io.logfold.projector.table.dynamodb.LocalTable.at;
import static io.logfold.projector.table.dynamodb.LocalTable.delete;
import static io.logfold.projector.table.dynamodb.LocalTable.put;
import static io.logfold.projector.table.dynamodb.LocalTable.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.projector.table.Table.TableRead;
import io.logfold.projector.table.TableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItemsRequest;

/** What goes wrong between a projector, a reader and DynamoDB, placed by hand at each request. */
class DynamoDbApplyTest {
  private static final String WRITE = "TransactWriteItems";
  private static final Timing HASTY = Timing.SYSTEM.withBudgets(300, 300);

  private final LocalTable local = new LocalTable();
  private final Meddler meddler = new Meddler();

  @AfterEach
  void close() throws Exception {
    local.close();
  }

  /** The owner takes over between any two requests of the zombie: put, delete, put; nothing comes back to life. */
  @Test
  void aProjectorPausedAtAnyRequestAndTakenOverChangesNothing() {
    Table owner = local.open();
    owner.apply(0, List.of(put("k", "1", 1)), at(0), at(1));
    owner.apply(0, List.of(put("k", "2", 2), put("other", "2", 2)), at(1), at(2));
    long lsn = 2;
    int steps = 0;
    for (boolean paused = true; paused; steps++) {
      Meddler zombie = new Meddler();
      Table late = local.open(zombie);
      int[] left = {steps};
      boolean[] takenOver = {false};
      long seen = lsn;
      zombie.before = kind -> {
        if (left[0]-- == 0) {
          owner.apply(0, List.of(delete("k", seen + 1)), at(seen), at(seen + 1));
          takenOver[0] = true;
        }
      };
      paused = false;
      try {
        late.apply(0, List.of(put("k", "late", seen + 1)), at(seen), at(seen + 1));
        assertThat(takenOver[0]).as("taken over before request %s", steps).isFalse();
      } catch (CheckpointMovedException e) {
        assertThat(takenOver[0]).isTrue();
        paused = true;
        assertThat(row(owner, "k")).isEmpty();
        assertThat(owner.checkpoint(0)).isEqualTo(at(seen + 1));
        owner.apply(0, List.of(put("k", "again", seen + 2)), at(seen + 1), at(seen + 2));
        lsn = seen + 2;
      }
    }
    assertThat(steps).as("requests of an apply that takes over, and one round without a pause").isEqualTo(4 + 1);
  }

  @Test
  void anApplyWhoseAnswerWasLostIsAskedAgainAndLandsOnce() {
    Table table = local.open(meddler);
    meddler.after = Meddler.first(1, WRITE, () -> {
      throw Meddler.connectionLost();
    });
    table.apply(0, List.of(put("k", "1", 1)), at(0), at(1));
    assertThat(meddler.sent().stream().filter(WRITE::equals)).hasSize(2);
    assertThat(table.checkpoint(0)).isEqualTo(at(1));
    assertThat(row(table, "k")).contains(new Row(Bytes.utf8("k"), Bytes.utf8("1"), 1));
    table.apply(0, List.of(delete("k", 2)), at(1), at(2));
    assertThat(row(table, "k")).isEmpty();
  }

  /** DynamoDB forgets request tokens after ten minutes; the batch's id in the checkpoint stays. */
  @Test
  void anApplyThatArrivedIsKnownAgainAfterItsTokenIsForgotten() {
    ExecutionInterceptor forgetful = new ExecutionInterceptor() {
      private int writes;

      @Override
      public SdkRequest modifyRequest(Context.ModifyRequest context, ExecutionAttributes attributes) {
        return context.request() instanceof TransactWriteItemsRequest write && writes++ > 0
            ? write.toBuilder().clientRequestToken("another-" + writes).build() : context.request();
      }
    };
    Table table = local.open(meddler, forgetful);
    meddler.after = Meddler.first(1, WRITE, () -> {
      throw Meddler.connectionLost();
    });
    table.apply(0, List.of(put("k", "1", 1)), at(0), at(1));
    assertThat(meddler.sent().stream().filter(WRITE::equals)).hasSize(2);
    assertThat(table.checkpoint(0)).isEqualTo(at(1));
    table.apply(0, List.of(put("k", "2", 2)), at(1), at(2));
    assertThat(row(table, "k").orElseThrow().revision()).isEqualTo(2);
  }

  @Test
  void anApplyThatNeverArrivesFailsInTimeAndChangesNothing() {
    Table table = local.open(HASTY, meddler);
    meddler.before = kind -> {
      throw Meddler.connectionLost();
    };
    assertThatThrownBy(() -> table.apply(0, List.of(put("k", "1", 1)), at(0), at(1)))
        .isInstanceOf(TableException.class).isNotInstanceOf(CheckpointMovedException.class)
        .hasMessageContaining("Connection reset").hasMessageContaining(local.name());
    meddler.before = kind -> {};
    assertThat(table.checkpoint(0)).isEqualTo(at(0));
    table.apply(0, List.of(put("k", "1", 1)), at(0), at(1));
    assertThat(row(table, "k")).isPresent();
  }

  /** What the projector does with an apply that failed and had arrived: it reads the checkpoint and goes on. */
  @Test
  void anApplyThatArrivedAndFailedIsFoundInTheCheckpoint() {
    Table table = local.open(HASTY, meddler);
    meddler.after = kind -> {
      if (kind.equals(WRITE)) {
        throw Meddler.connectionLost();
      }
    };
    assertThatThrownBy(() -> table.apply(0, List.of(put("k", "1", 1)), at(0), at(1)))
        .isInstanceOf(TableException.class).isNotInstanceOf(CheckpointMovedException.class);
    meddler.after = kind -> {};
    assertThat(table.checkpoint(0)).isEqualTo(at(1));
    assertThatThrownBy(() -> table.apply(0, List.of(put("k", "1", 1)), at(0), at(1)))
        .isInstanceOf(CheckpointMovedException.class);
    table.apply(0, List.of(put("k", "2", 2)), at(1), at(2));
    assertThat(row(table, "k").orElseThrow().revision()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
      "TransactionInProgressException", "InternalServerError"})
  void throttlingDelaysAndLosesNothing(String code) {
    Table table = local.open(meddler);
    int[] calls = {0};
    meddler.before = kind -> {
      if (calls[0]++ % 3 != 2) {
        throw Meddler.refusal(code);
      }
    };
    table.apply(0, List.of(put("a", "1", 1), put("b", "1", 1)), at(0), at(1));
    assertThat(row(table, "a")).isPresent();
    assertThat(table.scan(0, PK, KeyRange.ALL, 5, false, false).rows()).hasSize(2);
    assertThat(table.partitionKeys(0, Optional.empty(), 5)).containsExactly(PK);
    assertThat(table.checkpoint(0)).isEqualTo(at(1));
  }

  @Test
  void throttlingWithoutEndIsATableException() {
    Table table = local.open(HASTY, meddler);
    meddler.before = kind -> {
      throw Meddler.refusal("ThrottlingException");
    };
    assertThatThrownBy(() -> table.apply(0, List.of(put("a", "1", 1)), at(0), at(1)))
        .isInstanceOf(TableException.class).hasMessageContaining("ThrottlingException");
    assertThatThrownBy(() -> row(table, "a")).isInstanceOf(TableException.class);
    assertThatThrownBy(() -> table.scan(0, PK, KeyRange.ALL, 5, false, false)).isInstanceOf(TableException.class);
    assertThatThrownBy(() -> table.partitionKeys(0, Optional.empty(), 5)).isInstanceOf(TableException.class);
    assertThatThrownBy(() -> table.checkpoint(0)).isInstanceOf(TableException.class);
  }

  @Test
  void aRefusalThatDoesNotPassIsNotRepeated() {
    Table table = local.open(meddler);
    meddler.forget();
    meddler.before = kind -> {
      throw Meddler.refusal("AccessDeniedException");
    };
    assertThatThrownBy(() -> table.apply(0, List.of(put("a", "1", 1)), at(0), at(1)))
        .isInstanceOf(TableException.class).hasMessageContaining("AccessDeniedException");
    assertThat(meddler.sent()).hasSize(1);
  }

  @Test
  void aConflictWithAnotherTransactionIsTriedAgain() {
    Table table = local.open(meddler);
    meddler.before = Meddler.first(3, WRITE, () -> {
      throw Meddler.cancelled("TransactionConflict", "None", "ThrottlingError");
    });
    table.apply(0, List.of(put("a", "1", 1)), at(0), at(1));
    meddler.before = Meddler.first(3, "TransactGetItems", () -> {
      throw Meddler.cancelled("None", "TransactionConflict");
    });
    assertThat(row(table, "a")).isPresent();
  }

  /** T3 at every step of a read: whatever lands in between, the checkpoint told is not newer than the rows. */
  @Test
  void aReadIsNeverOlderThanItsCheckpointWhateverLandsInBetween() {
    Table writer = local.open();
    writer.apply(0, List.of(put("a", "1", 1), put("b", "1", 1)), at(0), at(1));
    long[] lsn = {1};
    Table reader = local.open(meddler);
    meddler.before = kind -> {
      long next = ++lsn[0];
      writer.apply(0, List.of(put("a", "" + next, next), put("b", "" + next, next)), at(next - 1), at(next));
    };
    for (int i = 0; i < 10; i++) {
      TableRead read = reader.get(0, PK, List.of(Bytes.utf8("a"), Bytes.utf8("b")));
      assertThat(read.rows()).allSatisfy(
          row -> assertThat(row.orElseThrow().revision()).isEqualTo(read.checkpoint().at().lsn()));
      TablePage page = reader.scan(0, PK, KeyRange.ALL, 5, false, false);
      assertThat(page.rows()).hasSize(2)
          .allSatisfy(row -> assertThat(row.revision()).isGreaterThanOrEqualTo(page.checkpoint().at().lsn()));
    }
  }

  @Test
  void moreKeysThanATransactionReadsAreStillOfOneMoment() {
    Table writer = local.open();
    List<Bytes> keys = new ArrayList<>();
    for (int i = 0; i < 180; i++) {
      keys.add(Bytes.utf8("k%03d".formatted(i)));
    }
    writer.apply(0, changes(keys.subList(0, 90), 1), at(0), at(1));
    writer.apply(0, changes(keys.subList(90, 180), 1), at(1), at(2));
    Table reader = local.open(meddler);
    long[] left = {2, 5};
    meddler.before = kind -> {
      if (left[1]-- > 0) {
        long next = ++left[0];
        writer.apply(0, List.of(put("k000", "" + next, next), put("k179", "" + next, next)), at(next - 1), at(next));
      }
    };
    TableRead read = reader.get(0, PK, keys);
    assertThat(read.rows()).hasSize(180).allSatisfy(row -> assertThat(row).isPresent());
    assertThat(read.rows().get(0).orElseThrow().revision()).isEqualTo(read.checkpoint().at().lsn());
    assertThat(read.rows().get(179).orElseThrow().revision()).isEqualTo(read.checkpoint().at().lsn());

    Table hasty = local.open(HASTY, meddler);
    left[1] = Integer.MAX_VALUE;
    assertThatThrownBy(() -> hasty.get(0, PK, keys)).isInstanceOf(TableException.class)
        .hasMessageContaining("moved on");
  }

  private static List<RowChange> changes(List<Bytes> keys, long revision) {
    return keys.stream().map(key -> put(PK, key, Bytes.EMPTY, revision)).toList();
  }
}
