package io.logfold.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.log.PartitionLog.AppendCallback;
import io.logfold.log.PartitionLog.AppendFailure;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.testing.FaultyPartitionLog;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultyPartitionLogTest {
  private final InMemoryPartitionLog shared = new InMemoryPartitionLog();
  private final FaultyPartitionLog log = new FaultyPartitionLog(shared);
  private final List<String> answers = new ArrayList<>();

  @Test
  void eachFaultAnswersAndLandsAsItSays() {
    log.next(Fault.NONE, Fault.NEVER_SENT, Fault.LOST, Fault.FAILED_BUT_IN_THE_LOG, Fault.ACKNOWLEDGED_WITHOUT_OFFSET);
    List.of("ok", "never", "lost", "kept", "nowhere", "ok2").forEach(this::append);
    assertThat(content()).containsExactly("ok", "kept", "nowhere", "ok2");
    assertThat(answers)
        .containsExactly("ok@0", "never!never sent", "lost!unknown", "kept!unknown", "nowhere@-1", "ok2@3");
  }

  @Test
  void aLateRecordLandsBehindWhatOthersAppendedAndBeforeWhatItsAppenderAppendedSince() {
    log.next(Fault.LATE);
    append("late");
    append("behind");
    shared.append(Bytes.utf8("other"), recording("other"));
    assertThat(content()).containsExactly("other");
    log.releaseLate();
    append("last");
    assertThat(content()).containsExactly("other", "late", "behind", "last");
    assertThat(answers).containsExactly("late!unknown", "other@0", "behind@2", "last@3");
  }

  @Test
  void slowAcknowledgementsKeepTheirOrder() {
    log.next(Fault.SLOW_ACKNOWLEDGEMENT, Fault.NONE, Fault.LOST);
    append("slow");
    append("ok");
    append("lost");
    assertThat(content()).containsExactly("slow", "ok");
    assertThat(answers).isEmpty();
    log.releaseAcknowledgements();
    assertThat(answers).containsExactly("slow@0", "ok@1", "lost!unknown");
  }

  @Test
  void readsFailWhileTheyAreOrderedTo() {
    append("x");
    log.failReads(true);
    assertThatThrownBy(() -> log.read(0, 100, 0).join()).hasCauseInstanceOf(PartitionLog.LogUnavailableException.class);
    log.failReads(false);
    assertThat(log.read(0, 100, 0).join().records()).hasSize(1);
  }

  private void append(String text) {
    log.append(Bytes.utf8(text), recording(text));
  }

  private AppendCallback recording(String text) {
    return new AppendCallback() {
      @Override
      public void appended(long offset) {
        answers.add(text + "@" + offset);
      }

      @Override
      public void failed(AppendFailure failure) {
        answers.add(text + "!" + (failure.neverSent() ? "never sent" : "unknown"));
      }
    };
  }

  private List<String> content() {
    return shared.read(0, 1_000, 0).join().records().stream().map(RawRecord::value).map(Bytes::utf8).toList();
  }
}
