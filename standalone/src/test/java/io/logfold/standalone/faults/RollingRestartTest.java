package io.logfold.standalone.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.log.testing.BrokerCluster;
import io.logfold.standalone.faults.Operation.NotDone;
import io.logfold.standalone.faults.Operation.Unknown;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A new version is rolled out: each node in turn is stopped in order and started again, under load. */
@Tag("slow")
class RollingRestartTest {
  private static final int ROUNDS = Integer.getInteger("faults.rolls", 7);

  private final long seed = Long.getLong("faults.seed", System.nanoTime());

  @Test
  @Timeout(1_200)
  void everyRequestOfARollingRestartIsResolvedByAskingAgainWithItsId() throws Exception {
    Path folder = Path.of("target", "faults", "rolling-" + seed).toAbsolutePath();
    try (BrokerCluster brokers = BrokerCluster.start(folder.resolve("kafka"), FaultCluster.NODES.toArray(String[]::new));
        FaultRound round = FaultRound.start("rolling", brokers, folder, Duration.ofSeconds(3), seed, new EnumMap<>(Fault.class))) {
      Recoveries pauses = new Recoveries();
      for (int i = 0; i < ROUNDS; i++) {
        for (ClusterNode node : round.cluster().nodes()) {
          long begun = System.nanoTime();
          pauses.injected();
          assertThat(node.stop()).as(node.name() + " stops in order").isZero();
          round.awaitAnswers(System.nanoTime());
          pauses.sinceBegin((System.nanoTime() - begun) / 1_000_000);
          node.begin();
          node.awaitReady();
          round.awaitAnswers(System.nanoTime());
        }
      }
      round.judge();
      System.out.println("faults: rolling restart: " + pauses + " (stop, and all partitions elsewhere)");
      assertThat(round.clients().history().operations()).as("writes that were not resolved, but were not given up by choice")
          .noneMatch(each -> each.answer() instanceof Unknown && each.attempts() > 50)
          .noneMatch(each -> each.answer() instanceof NotDone && each.attempts() > 50);
    }
  }
}
