package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.assertFails;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.fresh;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.ScanOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Null and empty arguments: refused, in a fixed order, before anything else. */
public interface ArgumentsContract extends ContractFixture {

  @Test
  default void aMissingPartitionKeyIsRefusedBeforeAnythingElse() {
    Predicate absent = new Predicate.Absent(bytes("k"));
    for (Bytes missing : new Bytes[] {null, Bytes.EMPTY}) {
      assertFails(ErrorCode.MISSING_PARTITION_KEY, () -> blocking().get(missing, null));
      assertFails(ErrorCode.MISSING_PARTITION_KEY, () -> blocking().getAll(missing, null));
      assertFails(ErrorCode.MISSING_PARTITION_KEY, () -> blocking().set(missing, null, null));
      assertFails(ErrorCode.MISSING_PARTITION_KEY, () -> blocking().setIf(missing, null, null, absent));
      assertFails(ErrorCode.MISSING_PARTITION_KEY, () -> blocking().delete(missing, null));
      assertFails(ErrorCode.MISSING_PARTITION_KEY, () -> blocking().deleteIf(missing, null, absent));
      assertFails(ErrorCode.MISSING_PARTITION_KEY, () -> blocking().scan(missing, ScanOptions.all()));
      assertFails(ErrorCode.MISSING_PARTITION_KEY,
          () -> blocking().commit(missing, List.of(), List.of(new Mutation.Delete(bytes("k")))));
    }
  }

  @Test
  default void aMissingKeyIsRefusedBeforeAMissingValue() {
    Bytes partitionKey = fresh("arguments");
    Predicate absent = new Predicate.Absent(bytes("k"));
    for (Bytes missing : new Bytes[] {null, Bytes.EMPTY}) {
      assertFails(ErrorCode.MISSING_KEY, () -> blocking().get(partitionKey, missing));
      assertFails(ErrorCode.MISSING_KEY, () -> blocking().set(partitionKey, missing, null));
      assertFails(ErrorCode.MISSING_KEY, () -> blocking().setIf(partitionKey, missing, null, absent));
      assertFails(ErrorCode.MISSING_KEY, () -> blocking().delete(partitionKey, missing));
      assertFails(ErrorCode.MISSING_KEY, () -> blocking().deleteIf(partitionKey, missing, absent));
    }
    assertFails(ErrorCode.MISSING_KEY, () -> blocking().getAll(partitionKey, null));
    assertFails(ErrorCode.MISSING_KEY, () -> blocking().getAll(partitionKey, List.of()));
    assertFails(ErrorCode.MISSING_KEY, () -> blocking().getAll(partitionKey, List.of(bytes("k"), Bytes.EMPTY)));
  }

  @Test
  default void aMissingValueIsRefused() {
    Bytes partitionKey = fresh("arguments");
    assertFails(ErrorCode.MISSING_VALUE, () -> blocking().set(partitionKey, bytes("k"), null));
    assertFails(ErrorCode.MISSING_VALUE,
        () -> blocking().setIf(partitionKey, bytes("k"), null, new Predicate.Absent(bytes("k"))));
    assertThat(blocking().get(partitionKey, bytes("k"))).isEmpty();
  }

  @Test
  default void aConditionalWriteWithoutConditionIsRefused() {
    Bytes partitionKey = fresh("arguments");
    assertFails(ErrorCode.INVALID_ARGUMENT, () -> blocking().setIf(partitionKey, bytes("k"), bytes("v")));
    assertFails(ErrorCode.INVALID_ARGUMENT, () -> blocking().deleteIf(partitionKey, bytes("k")));
    assertThat(blocking().get(partitionKey, bytes("k"))).isEmpty();
  }
}
