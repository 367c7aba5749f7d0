package io.logfold.query;

import io.logfold.api.ErrorCode;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a partition leader begins to read its log: at the checkpoint of the table that serves, or, where that cannot be
 * asked, of another one; and whether what it then reads is the log that the table was made from. Owned by the leader's
 * thread.
 *
 * <p>Which table serves is said by the log, so a start that guessed wrong begins once more with what the log has said.
 */
final class Recovery {
  private static final Logger log = LoggerFactory.getLogger(Recovery.class);
  private static final long RETRY_NANOS = 200_000_000;

  /** How long the start waits for the table that serves, before the partition is led without it. */
  private static final long TABLE_AWAY_NANOS = 15_000_000_000L;

  /** For whom it finds the beginning. */
  interface Reader {
    FoldState state();

    /** Whether the beginning is still looked for. */
    boolean recovering();

    /** Fold and memtable begin at this checkpoint, and the log is read from its anchor on. */
    void beginAt(Checkpoint checkpoint);

    /** The log is read on from where the fold is. */
    void readOn();

    void later(Runnable what, long atNanos);

    void halt(ErrorCode code, String why);
  }

  private final Reader reader;
  private final Serving serving;
  private final GenesisConfig genesis;
  private final LeaderClock clock;

  /** Null before the table's checkpoint is known. */
  private @Nullable TableOrigin origin;

  /** The table whose checkpoint that is. */
  private String beganFrom = NodeTables.MAIN;

  /** The table that serves, where the start does without it; null where it does not. */
  private @Nullable String doneWithout;

  /** Since when no table to begin from has answered. */
  private @Nullable Long awaySinceNanos;

  Recovery(Reader reader, Serving serving, GenesisConfig genesis, LeaderClock clock) {
    this.reader = reader;
    this.serving = serving;
    this.genesis = genesis;
    this.clock = clock;
  }

  /** @param known the table that serves, where the log has said it */
  void begin(Optional<String> known) {
    Long awaySince = awaySinceNanos;
    boolean patient = awaySince == null || clock.monotonicNanos() - awaySince < TABLE_AWAY_NANOS;
    serving.findBeginning(known, patient, (beginning, failure) -> {
      if (!reader.recovering()) {
        return;
      }
      boolean none = beginning != null && beginning.checkpoint().isEmpty();
      if (known.isPresent() && (none || (beginning == null && !patient))) {
        beginWithout(known.get(), none ? "this node has none of that name" : String.valueOf(failure));
        return;
      }
      if (beginning == null || beginning.checkpoint().isEmpty()) {
        if (awaySinceNanos == null) {
          awaySinceNanos = clock.monotonicNanos();
        }
        log.warn("{}: the table cannot be read, trying again: {}", name(), String.valueOf(failure));
        reader.later(() -> begin(known), clock.monotonicNanos() + RETRY_NANOS);
        return;
      }
      if (patient) {
        awaySinceNanos = null; // else this is not the one that was waited for
      }
      Checkpoint checkpoint = beginning.checkpoint().get();
      if (!refused(TableOrigin.refusal(checkpoint, reader.state(), genesis))) {
        origin = new TableOrigin(checkpoint.at());
        beganFrom = beginning.name();
        reader.beginAt(checkpoint);
      }
    });
  }

  /**
   * The log was read from another table's checkpoint, which is the floor: all above it is here, and the table that serves
   * may answer once it has come so far. Until then reads that need it are refused, and another one can be made to serve.
   */
  private void beginWithout(String table, String why) {
    log.error("{}: the table \"{}\" serves and cannot be asked: {}; reads that need it are refused until it is there, or"
        + " another table is made to serve", name(), table, why);
    doneWithout = table;
    reader.readOn();
  }

  /** Whether the log before this offset is not the one that the table was made from: then the partition has halted. */
  boolean refusesBefore(long offset) {
    return origin != null && refused(origin.before(offset, reader.state()));
  }

  /** Whether nothing may follow from the log's end as it was read: it lies before the table, or is another log's. */
  boolean refusesEnd() {
    FoldState state = reader.state();
    if (origin != null && (refused(origin.atEnd(state, clock.monotonicNanos())) || origin.beyond(state))) {
      log.warn("{}: the log ends at offset {}, the table stands further: waiting for the log", name(), state.position());
      return true;
    }
    return false;
  }

  /** Whether the log, read to its end, named another table than the one begun from; begins anew from that. */
  boolean beginsAnew() {
    String named = serving.name();
    if (named.equals(beganFrom) || named.equals(doneWithout)) {
      return false;
    }
    log.info("{}: the log says that the table \"{}\" serves, beginning anew from that", name(), named);
    begin(Optional.of(named));
    return true;
  }

  private boolean refused(Optional<TableOrigin.Refusal> refusal) {
    refusal.ifPresent(because -> reader.halt(because.code(), because.why()));
    return refusal.isPresent();
  }

  private String name() {
    return reader.state().store() + "/" + reader.state().partition();
  }
}
