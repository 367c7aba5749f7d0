package io.logfold.query.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.Checkpoints;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TellingTableTest {
  @Test
  void itTellsWhatWasAppliedAndNothingElse() {
    List<List<Long>> told = new ArrayList<>();
    try (Table table = new TellingTable(Tables.open("memory:", "s", 2),
        (partition, lsn) -> told.add(List.of((long) partition, lsn)))) {
      table.apply(1, List.of(), Checkpoints.at("s", 1, 0), Checkpoints.at("s", 1, 7));
      assertThatThrownBy(() -> table.apply(1, List.of(), Checkpoints.at("s", 1, 0), Checkpoints.at("s", 1, 9)))
          .isInstanceOf(CheckpointMovedException.class);
      assertThat(table.checkpoint(1)).isEqualTo(Checkpoints.at("s", 1, 7));
      assertThat(told).containsExactly(List.of(1L, 7L));
    }
  }
}
