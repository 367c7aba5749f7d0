package io.logfold.log.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Ties the model to the code: every log the core model reaches in a small box is given to the real {@link LogFold}. */
class FoldConformanceTest {
  private static final Set<List<Integer>> LOGS = new HashSet<>();

  @BeforeAll
  static void collectLogs() {
    Invariant<CoreState> collect = new Invariant<>("collects", state -> {
      LOGS.add(Arrays.stream(state.log, 0, state.length + 1).map(FoldConformanceTest::withoutMarks).boxed().toList());
      return true;
    });
    for (CoreBounds box : List.of(
        CoreBounds.of("events", 2, 2, 2, 2).errors(1),
        CoreBounds.of("resign", 2, 2, 3, 1).resigns(1),
        CoreBounds.of("noise", 2, 2, 2, 1).strays(1).duplicates(1))) {
      Explorer.explore(new CoreModel(box, Law.unchanged(), List.of(collect)), 5_000_000);
    }
    System.out.printf("fold conformance: %,d different logs%n", LOGS.size());
  }

  /** What lies in the log, without what its sender and its client think of it. */
  private static int withoutMarks(int rec) {
    return rec & ((1 << 13) - 1);
  }

  @Test
  void theRealFoldJudgesEveryReachableLogAsTheModelDoes() {
    for (List<Integer> log : LOGS) {
      int[] records = log.stream().mapToInt(Integer::intValue).toArray();
      CoreFold model = CoreFold.of(records, records.length - 1, Law.unchanged());
      List<FoldState> real = new RealLog(records).states();

      for (int offset = 0; offset < records.length; offset++) {
        assertThat(seen(real.get(offset))).as(text(records) + " at " + offset).isEqualTo(List.of(
            offset + 1L,
            model.token[offset] == 0 ? FoldState.NO_TOKEN : (long) model.token[offset],
            (long) model.lsn[offset],
            (long) model.lastValid[offset]));
      }
    }
  }

  private static List<Long> seen(FoldState state) {
    return List.of(state.position(), state.token(), state.lsn(), state.lastValidOffset());
  }

  @Test
  void aReaderThatStartsFromAnyCheckpointEndsLikeOneFromTheBeginning() {
    for (List<Integer> log : LOGS) {
      RealLog real = new RealLog(log.stream().mapToInt(Integer::intValue).toArray());
      List<Bytes> raw = real.raw();
      for (int checkpoint = 0; checkpoint < raw.size(); checkpoint++) {
        LogFold fold = new LogFold(real.states().get(checkpoint), false);
        for (int offset = checkpoint + 1; offset < raw.size(); offset++) {
          fold.apply(offset, raw.get(offset));
        }
        assertThat(fold.state()).isEqualTo(real.states().getLast());
      }
    }
  }

  private static String text(int[] records) {
    return Arrays.stream(records).skip(1).mapToObj(Rec::text).toList().toString();
  }
}
