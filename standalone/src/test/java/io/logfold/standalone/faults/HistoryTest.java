package io.logfold.standalone.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.standalone.faults.Operation.Applied;
import io.logfold.standalone.faults.Operation.Cancelled;
import io.logfold.standalone.faults.Operation.Condition;
import io.logfold.standalone.faults.Operation.Found;
import io.logfold.standalone.faults.Operation.Get;
import io.logfold.standalone.faults.Operation.Missing;
import io.logfold.standalone.faults.Operation.NotDone;
import io.logfold.standalone.faults.Operation.Refused;
import io.logfold.standalone.faults.Operation.Register;
import io.logfold.standalone.faults.Operation.Unknown;
import io.logfold.standalone.faults.Operation.Write;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
  private static final Register KEY = new Register("p\"k", "k");

  @TempDir Path folder;

  @Test
  void whatIsWrittenIsReadAgainAsItWas() throws Exception {
    Path file = folder.resolve("runs/history.jsonl");
    List<Operation> kept;
    try (History history = new History(file)) {
      history.begin(1, KEY, new Write(Condition.ALWAYS, "v"), "id-1").end(new Applied(7, true), 1);
      history.begin(1, KEY, new Write(Condition.ABSENT, null), "id-2").end(new Refused(7), 2);
      history.begin(2, KEY, new Write(new Condition.ValueIs(""), ""), "id-3").end(new Unknown("UNKNOWN"), 9);
      history.begin(2, KEY, new Write(new Condition.RevisionIs(7), "w"), "id-4").end(new NotDone("NOT_APPLIED"), 1);
      history.begin(2, KEY, new Write(Condition.EXISTS, "w"), "id-5").end(new Cancelled(8), 3);
      history.begin(3, KEY, new Get("lease"), "").end(new Found("v", 7, 8, "lease"), 1);
      history.begin(3, KEY, new Get("at-least=7"), "").end(new Missing(9, "at-least"), 1);
      kept = history.operations();
    }
    assertThat(HistoryFile.read(file)).isEqualTo(kept).hasSize(7);
  }

  @Test
  void theOrderIsThatOfBeginningsAndEndsAndAnUnknownOneHasNoEnd() throws Exception {
    try (History history = new History(folder.resolve("history.jsonl"))) {
      History.Open first = history.begin(1, KEY, new Get("lease"), "");
      History.Open second = history.begin(2, KEY, new Write(Condition.ALWAYS, "v"), "id");
      History.Open third = history.begin(3, KEY, new Write(Condition.ALWAYS, "w"), "id2");
      second.end(new Applied(1, true), 1);
      first.end(new Missing(0, "lease"), 1);
      third.end(new Unknown("UNKNOWN"), 1);
      assertThat(history.operations()).extracting(Operation::invoked).containsExactly(2L, 1L, 3L);
      assertThat(history.operations()).extracting(Operation::answered).containsExactly(4L, 5L, Operation.NEVER);
    }
  }
}
