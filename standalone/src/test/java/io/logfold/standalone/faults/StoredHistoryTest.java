package io.logfold.standalone.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Judges a history that a run has left: {@code -Dtest=StoredHistoryTest -Dfaults.history=FILE}. */
class StoredHistoryTest {
  @Test
  @EnabledIfSystemProperty(named = "faults.history", matches = ".+")
  void theStoredHistoryIsLinearizable() throws Exception {
    assertThat(Linearizability.faults(HistoryFile.read(Path.of(System.getProperty("faults.history"))))).isEmpty();
  }
}
