package io.logfold.log.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Which model, within which bounds, for which question. The core's bounds are several small boxes rather than one large
 * one: each lets much happen of one kind.
 */
final class ModelRuns {
  private static final int TTL = 2;

  private ModelRuns() {}

  /** The law itself; must be explored completely and be clean. */
  static List<StateSpace<?>> law(boolean large) {
    Law law = Law.unchanged();
    List<StateSpace<?>> runs = new ArrayList<>();
    for (CoreBounds bounds : withTwoNodes(large)) {
      runs.add(new CoreModel(bounds, law, CoreInvariants.all()).reduced());
    }
    for (CoreBounds bounds : withThreeNodes(large)) {
      runs.add(new CoreModel(bounds, law, CoreInvariants.all()).reduced());
    }
    runs.add(new GenesisModel(2, law));
    if (large) {
      runs.add(new GenesisModel(3, law));
    }
    int ticks = large ? 5 : 4;
    runs.add(new RequestModel(ticks, large ? 4 : 3, false, law));
    runs.add(new RequestModel(ticks, large ? 4 : 2, true, law));
    runs.add(new ProjectionModel(large ? 4 : 3, law));
    runs.add(new ServingModel(3, 1, 1, law));
    if (large) {
      runs.add(new ServingModel(4, 1, 1, law));
      runs.add(new ServingModel(5, 1, 0, law));
    }
    return runs;
  }

  private static List<CoreBounds> withTwoNodes(boolean large) {
    List<CoreBounds> boxes = new ArrayList<>(List.of(
        CoreBounds.of("takeover", 2, TTL, 3, 2),
        CoreBounds.of("takeover, finer time", 2, 3, 3, 1),
        CoreBounds.of("renewal", 2, TTL, 2, 1).renewals(1),
        CoreBounds.of("renewal and error", 2, TTL, 2, 1).renewals(1).errors(1),
        CoreBounds.of("resign", 2, TTL, 3, 1).resigns(1),
        CoreBounds.of("error", 2, TTL, 2, 2).errors(1),
        CoreBounds.of("restart", 2, TTL, 3, 1).restarts(1),
        CoreBounds.of("strays and duplicates", 2, TTL, 2, 1).strays(1).duplicates(1),
        CoreBounds.of("diverged standby", 2, TTL, 3, 1).divergences(1)));
    if (large) {
      boxes.addAll(List.of(
          CoreBounds.of("takeover, two events, finer time", 2, 3, 3, 2),
          CoreBounds.of("three claims and renewal", 2, TTL, 3, 1).renewals(1),
          CoreBounds.of("resign and error", 2, TTL, 3, 1).resigns(1).errors(1),
          CoreBounds.of("takeover and error", 2, TTL, 3, 2).errors(1),
          CoreBounds.of("two renewals", 2, TTL, 3, 1).renewals(2),
          CoreBounds.of("renewed twice, finer time", 2, 3, 2, 1).renewals(2),
          CoreBounds.of("resign and renewal", 2, TTL, 3, 1).renewals(1).resigns(1),
          CoreBounds.of("resign, error and restart", 2, TTL, 3, 1).resigns(1).errors(1).restarts(1),
          CoreBounds.of("two resigns", 2, TTL, 4, 1).resigns(2),
          CoreBounds.of("four claims", 2, TTL, 4, 2).errors(1)));
    }
    return boxes;
  }

  private static List<CoreBounds> withThreeNodes(boolean large) {
    List<CoreBounds> boxes = new ArrayList<>(List.of(
        CoreBounds.of("three nodes, takeover", 3, TTL, 3, 1),
        CoreBounds.of("three nodes, move", 3, TTL, 2, 1).resigns(1)));
    if (large) {
      boxes.addAll(List.of(
          CoreBounds.of("three nodes, resign", 3, TTL, 3, 1).resigns(1),
          CoreBounds.of("three nodes, two events", 3, TTL, 3, 2),
          CoreBounds.of("three nodes, restart", 3, TTL, 3, 1).restarts(1),
          CoreBounds.of("three nodes, error", 3, TTL, 3, 1).errors(1),
          CoreBounds.of("three nodes, resign and error", 3, TTL, 3, 1).resigns(1).errors(1),
          CoreBounds.of("three nodes, resign and restart", 3, TTL, 3, 1).resigns(1).restarts(1),
          CoreBounds.of("three nodes, two events and error", 3, TTL, 3, 2).errors(1),
          CoreBounds.of("three nodes, two events and restart", 3, TTL, 3, 2).restarts(1),
          CoreBounds.of("three nodes, restart and error", 3, TTL, 3, 1).restarts(1).errors(1),
          CoreBounds.of("three nodes, two resigns", 3, TTL, 4, 1).resigns(2),
          CoreBounds.of("three nodes, two events, restart and error", 3, TTL, 3, 2).restarts(1).errors(1)));
    }
    return boxes;
  }

  /** The law with one rule broken; must give a counter-example. */
  static StateSpace<?> broken(Mutation mutation) {
    Law law = Law.with(mutation);
    return switch (mutation) {
      case NO_DENSE_LSN, READ_WITHOUT_WAIT, FOLLOWER_LIST_OFFSETS, FOLLOWER_COMMITTED_LSN, FAILED_SETIF_WITHOUT_WAIT,
          INDEX_ASKED_BEFORE_ARRIVAL -> core(law, box(1, 2));
      case CARRY_ON_AFTER_ERROR -> core(law, box(1, 2).errors(1));
      case NO_CONTIGUITY_CHECK, NO_QUIET_PERIOD, NO_LEASE_CHECK, LEASE_FROM_ACK, NO_DRIFT_MARGIN,
          SUSPENSION_IGNORED, SUCCESSOR_CLAIMS_EARLY, INDEX_WITHOUT_LEASE -> core(law, box(2, 1));
      case WAIT_FROM_CLAIM_SENT, WAIT_FROM_BASIS_UNCONDITIONAL -> core(law, box(2, 1).renewals(1));
      case FOLLOWER_ANSWERS_UNDER_ITS_OWN_TOKEN -> core(law, box(2, 2));
      case RESIGN_DENIES_WRITES -> core(law, box(1, 1).resigns(1));
      case RESIGN_BEFORE_QUIET_PERIOD, SUCCESSOR_FOR_EVER -> core(law, box(3, 1).resigns(1));
      case RESIGN_KEEPS_READING -> core(law, box(2, 1).resigns(1));
      case OWN_TOKEN_NEVER_WAITS -> core(law, box(3, 1).errors(1));
      case BARRIER_SENT_EARLIER -> core(law, box(2, 1).renewals(1));
      case CLAIM_WITHOUT_PREV_HASH, CLAIM_WITHOUT_SELF_CHECK -> core(law, box(2, 1).divergences(1));
      case GENESIS_BY_ACKNOWLEDGEMENT, CLAIM_BEFORE_GENESIS, LAST_GENESIS_WINS -> new GenesisModel(2, law);
      case UNLOGGED_RETRY,
          DEDUPE_ON_COMMITTED_ONLY,
          LATE_UNLOGGED_ANSWER_ACCEPTED,
          RETRY_WITH_FRESH_TIME,
          EXPIRED_REQUEST_ACCEPTED,
          RESOLVE_BY_ID_ALONE,
          CANCELLED_UNDER_OTHER_TIME,
          RESOLVE_AHEAD_ACCEPTED,
          RESOLVE_UNLOGGED,
          EXPIRED_ANSWERED_AT_ONCE,
          FAST_LEADER_CLOCK -> new RequestModel(4, 3, false, law);
      case EVICT_BY_COUNT -> new RequestModel(4, 3, true, law);
      case CHECKPOINT_WITHOUT_CAS,
          ANSWER_BELOW_FLOOR,
          CHECKPOINT_WITHOUT_FOLD_STATE,
          ROW_BEFORE_CHECKPOINT,
          NO_SECOND_LOOK,
          FLOOR_ABOVE_CHECKPOINT,
          SCAN_WITHOUT_PIN -> new ProjectionModel(3, law);
      case FLOOR_FOLLOWS_OLD_TABLE,
          NEW_TABLE_BELOW_FLOOR,
          BEGIN_WITHOUT_FLOOR,
          SERVE_BELOW_FLOOR,
          SERVE_WITHOUT_PIN,
          SERVE_PIN_ENDS_WITH_CALL -> new ServingModel(4, 1, 0, law);
    };
  }

  /** The law with one rule loosened; explored completely and clean, as far as these bounds go. */
  static StateSpace<?> loosened(Relaxation relaxation) {
    Law law = Law.with(relaxation);
    CoreBounds bounds = switch (relaxation) {
      case RESIGN_WITH_WRITES_IN_FLIGHT -> CoreBounds.of("resign", 2, TTL, 2, 1).resigns(1);
      case BARRIER_READS_WITHOUT_CLOCKS -> CoreBounds.of("takeover with barriers", 2, TTL, 2, 1).renewals(1);
      case SUCCESSOR_GOES_BY_RESIGN_SENT -> CoreBounds.of("resign and error", 2, TTL, 3, 1).resigns(1).errors(1);
      case OWN_TOKENS_WAIT_GOES_ON -> CoreBounds.of("three claims and error", 2, TTL, 3, 1).errors(1);
      case FOLLOWER_ANSWERS_AT_TOKEN_CHANGE, FOLLOWER_IGNORES_TOKEN_CHANGE ->
          CoreBounds.of("three claims", 2, TTL, 3, 2);
      default -> CoreBounds.of("takeover", 2, TTL, 2, 2);
    };
    // Without clocks the invariants of lease and quiet period have nothing to say.
    boolean clocks = relaxation != Relaxation.BARRIER_READS_WITHOUT_CLOCKS;
    return new CoreModel(bounds, law, clocks ? CoreInvariants.all() : CoreInvariants.visible()).reduced();
  }

  private static CoreBounds box(int claims, int events) {
    return CoreBounds.of("small", 2, TTL, claims, events);
  }

  private static StateSpace<?> core(Law law, CoreBounds bounds) {
    return new CoreModel(bounds, law, CoreInvariants.visible());
  }
}
