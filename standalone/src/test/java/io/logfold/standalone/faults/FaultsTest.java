package io.logfold.standalone.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.log.testing.BrokerCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three brokers and three nodes, each a process, are killed, stopped and cut off while clients work; no client was told
 * anything that one copy of the data on one machine would not have told.
 *
 * <p>{@code -Dfaults.seed=SEED} makes the same choices again (not the same timing). What a run leaves is in
 * {@code target/faults}: see docs/TESTING.md.
 */
class FaultsTest {
  private static final Duration TTL = Duration.ofSeconds(3);
  private static final Duration SHORT_TTL = Duration.ofSeconds(1);

  /** Of the long round. */
  private static final int EACH = Integer.getInteger("faults.each", 20);

  private final long seed = Long.getLong("faults.seed", System.nanoTime());
  private final Path folder = Path.of("target", "faults",
      DateTimeFormatter.ofPattern("MMdd-HHmmss").format(LocalDateTime.now())).toAbsolutePath();
  private final Map<Fault, Recoveries> counts = new EnumMap<>(Fault.class);

  @Test
  @Timeout(400)
  void noClientNoticesMoreThanAPauseWhenProcessesDieStandStillOrAreCutOff() throws Exception {
    System.out.println("faults: seed " + seed + ", in " + folder);
    try (BrokerCluster brokers = BrokerCluster.start(folder.resolve("kafka"), FaultCluster.NODES.toArray(String[]::new));
        FaultRound round = FaultRound.start("short", brokers, folder, SHORT_TTL, seed, counts)) {
      for (Fault fault : List.of(Fault.LEADER_KILLED, Fault.LEADER_STOOD_STILL, Fault.NODE_CUT_FROM_KAFKA,
          Fault.BROKER_CUT_FROM_CONTROLLERS, Fault.NODE_CUT_FROM_CLIENTS)) {
        round.inject(fault);
      }
      round.judge();
    } finally {
      System.out.print("faults: injected\n" + Fault.table(counts));
    }
  }

  /** The profile {@code faults}: each fault at least twenty times, every kind on a store of its own. */
  @Test
  @Tag("slow")
  @Timeout(4_500)
  void eachFaultTwentyTimes() throws Exception {
    System.out.println("faults: seed " + seed + ", in " + folder);
    Set<Fault> wanted = EnumSet.allOf(Fault.class);
    String only = System.getProperty("faults.only", "");
    if (!only.isEmpty()) {
      wanted = EnumSet.copyOf(List.of(only.split(",")).stream().map(Fault::valueOf).toList());
    }
    try (BrokerCluster brokers = BrokerCluster.start(folder.resolve("kafka"), FaultCluster.NODES.toArray(String[]::new))) {
      for (Fault fault : wanted) {
        // The first of these tells how long a takeover needs with the lease that a store has by default.
        Duration ttl = fault == Fault.LEADER_KILLED ? TTL : SHORT_TTL;
        String name = fault.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        try (FaultRound round = FaultRound.start(name, brokers, folder, ttl, seed + fault.ordinal(), counts)) {
          for (int i = 0; i < EACH; i++) {
            round.inject(fault);
            round.awaitWhole();
          }
          round.judge();
        } finally {
          System.out.print("faults: injected\n" + Fault.table(counts));
        }
      }
    }
    assertThat(counts.values()).allSatisfy(recoveries -> assertThat(recoveries.count()).isGreaterThanOrEqualTo(EACH));
  }
}
