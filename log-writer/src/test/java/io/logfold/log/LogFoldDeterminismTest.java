package io.logfold.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.testing.LogBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random logs with every kind of record that is skipped; a failure names its seed. */
class LogFoldDeterminismTest {
  private static final GenesisConfig CONFIG = new GenesisConfig(1, PartitionHash.NAME, 3_000, 50, 5_000, 20);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aFoldFromAnyCheckpointEqualsTheFoldFromTheStart(long seed) {
    Random random = new Random(seed);
    LogBuilder log = randomLog(random, 400);
    List<RawRecord> records = log.records();
    List<RequestInfo> requests = requests(records);

    LogFold whole = new LogFold(FoldState.empty("s", 0), true);
    LogFold projector = new LogFold(FoldState.empty("s", 0), false);
    AnchorTracker anchors = new AnchorTracker(Checkpoint.empty("s", 0));
    int movedAnchors = 0;
    for (int i = 0; i < records.size(); i++) {
      RawRecord record = records.get(i);
      Verdict verdict = whole.apply(record.offset(), record.value());
      assertThat(projector.apply(record.offset(), record.value())).isEqualTo(verdict);
      assertThat(projector.state()).isEqualTo(whole.state());
      Checkpoint checkpoint = anchors.moved(projector.state());
      Checkpoint kept = CheckpointCodec.decode(CheckpointCodec.encode(checkpoint));
      assertThat(kept).isEqualTo(checkpoint);
      if (random.nextInt(200) == 0) {
        anchors = new AnchorTracker(kept);
      }
      if (random.nextInt(8) == 0) {
        LogFold restarted = new LogFold(kept.anchor(), true);
        records.subList(0, i + 1).stream()
            .filter(each -> each.offset() >= kept.anchor().position())
            .forEach(each -> restarted.apply(each.offset(), each.value()));
        assertThat(restarted.state()).isEqualTo(whole.state()).isEqualTo(kept.at());
        assertSameAnswers(restarted.requests(), whole.requests(), requests);
        movedAnchors += kept.anchor().position() > 0 ? 1 : 0;
      }
    }
    assertThat(movedAnchors).isPositive();
    assertThat(whole.state().hash()).isEqualTo(log.hash());
    assertThat(whole.state().lsn()).isEqualTo(log.lsn());
    assertThat(whole.state().token()).isEqualTo(log.token());
    for (Verdict.Reason reason : Verdict.Reason.values()) {
      assertThat(whole.skipped(reason)).as("the log has some of %s", reason).isPositive();
    }
  }

  private static void assertSameAnswers(RequestTable table, RequestTable expected, List<RequestInfo> requests) {
    assertThat(table.size()).isEqualTo(expected.size());
    for (RequestInfo request : requests) {
      if (!table.find(request.id()).equals(expected.find(request.id()))
          || table.expired(request.timeMs()) != expected.expired(request.timeMs())
          || table.expired(request.timeMs() + 1) != expected.expired(request.timeMs() + 1)) {
        throw new AssertionError("another answer for " + request);
      }
    }
  }

  private static List<RequestInfo> requests(List<RawRecord> records) {
    List<RequestInfo> requests = new ArrayList<>();
    for (RawRecord record : records) {
      if (RecordCodec.decode(record.value()) instanceof RecordCodec.Decoded.Ok ok
          && ok.record() instanceof LogRecord.Event event) {
        requests.add(event.request());
      }
    }
    return requests;
  }

  private static LogBuilder randomLog(Random random, int steps) {
    LogBuilder log = new LogBuilder("s", 0);
    log.stray(log.nextClaim("early")).genesis(CONFIG);
    List<LogRecord> late = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      log.pass(random.nextInt(3) == 0 ? random.nextInt(2_000) : 0);
      boolean led = log.token() != FoldState.NO_TOKEN;
      switch (random.nextInt(led ? 16 : 4)) {
        case 0 -> log.claim("n" + random.nextInt(3));
        case 1 -> late.add(log.nextClaim("late" + step));
        case 2 -> {
          log.stray(noise(random));
          if (random.nextInt(4) == 0) {
            log.stray(claimOnAnotherHistory(log, step));
          }
        }
        case 3 -> {
          if (!late.isEmpty()) {
            // Made on an earlier state. Only where the LSN cannot be the next one by now: that would be corrupt.
            LogRecord record = late.remove(random.nextInt(late.size()));
            boolean harmless = record instanceof LogRecord.TokenRecord old
                ? old.token() != log.token() || old.lsn() <= log.lsn()
                : !record.header().prevHash().equals(log.hash());
            if (harmless) {
              log.stray(record);
            }
          }
        }
        case 4 -> log.resign();
        case 5 -> log.renew();
        case 6 -> log.barrier();
        case 7 -> log.gap(random.nextInt(5)).repeatLast();
        case 8 -> late.add(log.nextPut("late", "x"));
        case 9 -> log.event(log.request(), List.of(), new Outcome.PredicateFailed(0, step));
        default -> log.event(request(random, log, step), List.of(), Outcome.APPLIED);
      }
    }
    return log;
  }

  /** Times from long ago to as far ahead as a leader allows, and beyond. */
  private static RequestInfo request(Random random, LogBuilder log, int step) {
    long timeMs = switch (random.nextInt(4)) {
      case 0 -> log.timeMs() + random.nextInt((int) GenesisConfig.MAX_CLOCK_LEAD_MS + 1_000);
      case 1 -> Math.max(0, log.timeMs() - random.nextInt(12_000));
      default -> log.timeMs();
    };
    return new RequestInfo(new RequestId(step, random.nextLong()), random.nextInt(3), timeMs);
  }

  private static LogRecord.Claim claimOnAnotherHistory(LogBuilder log, int step) {
    RecordHeader wrong = new RecordHeader("s", 0, RecordHeader.FORMAT, RecordHasher.ofValue(Bytes.utf8("another history")));
    return new LogRecord.Claim(wrong, "wrong", "wrong:1", log.token(), log.lastValidOffset(), step);
  }

  private static Bytes noise(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        yield Bytes.wrap(bytes);
      }
      case 1 -> LogBuilder.led().put("a", "1").records().get(random.nextInt(3)).value();
      default -> new LogBuilder("t", 0).genesis(CONFIG).records().getFirst().value();
    };
  }
}
