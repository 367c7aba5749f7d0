package io.logfold.standalone.faults;

import io.logfold.api.Bytes;
import io.logfold.log.LogRecord;
import io.logfold.log.LogScan;
import io.logfold.log.Outcome;
import io.logfold.log.PartitionHash;
import io.logfold.log.Verdict;
import io.logfold.standalone.faults.Operation.Answer;
import io.logfold.standalone.faults.Operation.Applied;
import io.logfold.standalone.faults.Operation.Cancelled;
import io.logfold.standalone.faults.Operation.Condition;
import io.logfold.standalone.faults.Operation.Found;
import io.logfold.standalone.faults.Operation.Get;
import io.logfold.standalone.faults.Operation.Missing;
import io.logfold.standalone.faults.Operation.NotDone;
import io.logfold.standalone.faults.Operation.Refused;
import io.logfold.standalone.faults.Operation.Unknown;
import io.logfold.standalone.faults.Operation.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares what clients were told with what the logs say, when a run is over: that each acknowledged write is there, once,
 * with the revision that was told; that what surely did not happen is not; that each read, of any level, gave what the log
 * says for the position that it named; and that positions reflect all that had ended before. One thread.
 */
final class LogWitness {
  /** Clocks are read in milliseconds, at both ends. */
  private static final long CLOCK_MS = 5;

  /** How leaders alone serve reads. */
  private static final Set<String> LEADERS = Set.of("lease", "barrier");

  private final List<FoldedLog> logs = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  LogWitness(LogScan scan, String store, int partitions) {
    for (int partition = 0; partition < partitions; partition++) {
      FoldedLog log = FoldedLog.read(scan, store, partition);
      logs.add(log);
      faults.addAll(log.faults());
    }
  }

  /** All that is wrong, in words; empty where all is well. Every operation must have ended. */
  List<String> faults(List<Operation> history) {
    Map<String, Operation> writes = new HashMap<>();
    for (Operation operation : history) {
      switch (operation.call()) {
        case Get get -> read(operation, get);
        case Write write -> {
          writes.put(operation.request(), operation);
          write(operation, write);
        }
      }
    }
    for (FoldedLog log : logs) {
      for (String request : log.requests()) {
        if (!writes.containsKey(request)) {
          faults.add("nobody made request " + request + ", which is in the log");
        }
      }
    }
    checkOrder(history);
    checkStale(history);
    return faults;
  }

  /** How often leaderships changed and what was void, for people. */
  String summary() {
    long leaderships = logs.stream().mapToLong(FoldedLog::leaderships).sum();
    long resignations = logs.stream().mapToLong(FoldedLog::resignations).sum();
    return logs.stream().mapToLong(FoldedLog::lsn).sum() + " valid records in " + logs.size() + " partitions, "
        + leaderships + " leaderships (" + resignations + " ended by Resign), void: "
        + skipped(Verdict.Reason.VOID_CLAIM) + " claims, " + skipped(Verdict.Reason.STALE_TOKEN)
        + " records of deposed leaders, " + skipped(Verdict.Reason.WRONG_LSN) + " behind a lost one";
  }

  private long skipped(Verdict.Reason reason) {
    return logs.stream().mapToLong(log -> log.skipped(reason)).sum();
  }

  private int partition(Operation operation) {
    return PartitionHash.partition(Bytes.utf8(operation.register().partitionKey()), logs.size());
  }

  private FoldedLog log(Operation operation) {
    return logs.get(partition(operation));
  }

  // ---- writes

  private void write(Operation operation, Write write) {
    LogRecord.Event event = log(operation).event(operation.request());
    if (event != null) {
      checkEvent(operation, write, event);
    }
    Outcome outcome = event == null ? null : event.outcome();
    boolean right = switch (operation.answer()) {
      case Applied applied when applied.changed() -> Outcome.APPLIED.equals(outcome) && lsnOf(event) == applied.revision();
      case Applied applied -> event == null ? log(operation).at(operation.register(), applied.revision()) == null
          : Outcome.UNCHANGED.equals(outcome) && lsnOf(event) == applied.revision();
      case Refused refused -> event == null ? refused.current() == 0 || log(operation).hasVersion(operation.register(), refused.current())
          : outcome instanceof Outcome.PredicateFailed failed && failed.revision() == refused.current();
      case Cancelled cancelled -> Outcome.CANCELLED.equals(outcome) && lsnOf(event) == cancelled.revision();
      case NotDone not -> event == null || Outcome.CANCELLED.equals(outcome);
      case Unknown unknown -> true;
      case Found found -> false;
      case Missing missing -> false;
    };
    if (!right) {
      faults.add("told otherwise than the log says, which is " + (event == null ? "nothing" : event.toString()) + ": " + operation);
    }
  }

  private static long lsnOf(LogRecord.@Nullable Event event) {
    return event == null ? -1 : event.lsn();
  }

  /** Invariant 3: what was applied is what was asked for, and its condition held on the state before. */
  private void checkEvent(Operation operation, Write write, LogRecord.Event event) {
    RegisterState before = log(operation).at(operation.register(), event.lsn() - 1);
    boolean holds = switch (write.condition()) {
      case Condition.Always always -> true;
      case Condition.Absent absent -> before == null;
      case Condition.Exists exists -> before != null;
      case Condition.ValueIs is -> before != null && is.value().equals(before.value());
      case Condition.RevisionIs is -> before != null && is.revision() == before.revision();
    };
    if (event.outcome() instanceof Outcome.Cancelled) {
      return;
    }
    if (holds == event.outcome() instanceof Outcome.PredicateFailed) {
      faults.add("the condition " + (holds ? "held" : "did not hold") + " on " + before + " at LSN " + (event.lsn() - 1)
          + ", and yet: " + event);
    }
    if (event.outcome() instanceof Outcome.Applied) {
      RegisterState after = log(operation).at(operation.register(), event.lsn());
      String value = after == null ? null : after.value();
      if (!java.util.Objects.equals(value, write.value()) || event.mutations().size() != 1) {
        faults.add("something else was applied than was asked for: " + operation + " became " + event);
      }
    }
  }

  // ---- reads

  private void read(Operation operation, Get get) {
    OptionalLong position = position(operation.answer());
    if (position.isEmpty()) {
      return;
    }
    RegisterState truly = log(operation).at(operation.register(), position.getAsLong());
    boolean right = switch (operation.answer()) {
      case Found found -> truly != null && found.value().equals(truly.value()) && found.revision() == truly.revision();
      default -> truly == null;
    };
    if (!right) {
      faults.add("at position " + position.getAsLong() + " the log has " + truly + ": " + operation);
    }
    if (position.getAsLong() > log(operation).lsn()) {
      faults.add("the log ends at LSN " + log(operation).lsn() + ": " + operation);
    }
    OptionalLong least = get.number("at-least");
    if (least.isPresent() && position.getAsLong() < least.getAsLong()) {
      faults.add("older than was asked for: " + operation);
    }
  }

  private static OptionalLong position(Answer answer) {
    return switch (answer) {
      case Found found -> OptionalLong.of(found.position());
      case Missing missing -> OptionalLong.of(missing.position());
      default -> OptionalLong.empty();
    };
  }

  private static String servedBy(Answer answer) {
    return switch (answer) {
      case Found found -> found.servedBy();
      case Missing missing -> missing.servedBy();
      default -> "";
    };
  }

  /** The revision that an answer proves to have been reached when it came. */
  private static OptionalLong reached(Operation operation) {
    return switch (operation.answer()) {
      case Applied applied -> OptionalLong.of(applied.revision());
      case Cancelled cancelled -> OptionalLong.of(cancelled.revision());
      case Refused refused -> OptionalLong.of(refused.current());
      default -> position(operation.answer());
    };
  }

  /**
   * Over all keys of a partition: a linearizable read's position is at or above all that leaders had told before it began,
   * and a write's revision is above it. (What a follower has told may be ahead of the leader's position: it can see a record
   * before its acknowledgement reaches the leader, which then waits only where it is asked for a key of that record.)
   */
  private void checkOrder(List<Operation> history) {
    record Moment(long at, Operation operation, boolean end) {}

    List<Moment> moments = new ArrayList<>();
    for (Operation operation : history) {
      if (reached(operation).isPresent()) {
        moments.add(new Moment(operation.invoked(), operation, false));
        moments.add(new Moment(operation.answered(), operation, true));
      }
    }
    moments.sort(Comparator.comparingLong(Moment::at));
    long[] known = new long[logs.size()];
    Map<Operation, Long> floors = new HashMap<>();
    for (Moment moment : moments) {
      Operation operation = moment.operation();
      int partition = partition(operation);
      if (!moment.end()) {
        floors.put(operation, known[partition]);
        continue;
      }
      long floor = floors.getOrDefault(operation, 0L);
      long reached = reached(operation).getAsLong();
      boolean tooOld = switch (operation.call()) {
        case Get get -> get.linearizable() && reached < floor;
        case Write write -> operation.answer() instanceof Applied applied && applied.changed() && reached <= floor;
      };
      if (tooOld) {
        faults.add("revision " + floor + " of its partition had been told before it began: " + operation);
      }
      if (!(operation.call() instanceof Get) || LEADERS.contains(servedBy(operation.answer()))) {
        known[partition] = Math.max(known[partition], reached);
      }
    }
  }

  /** STALE(maxAge) reflects every record that was made earlier than that before the call. */
  private void checkStale(List<Operation> history) {
    for (Operation operation : history) {
      OptionalLong position = position(operation.answer());
      if (operation.call() instanceof Get get && get.number("stale").isPresent() && position.isPresent()) {
        long least = log(operation).lsnBefore(operation.invokedMs() - get.number("stale").getAsLong() - CLOCK_MS);
        if (position.getAsLong() < least) {
          faults.add("LSN " + least + " was older than the call allows to miss: " + operation);
        }
      }
    }
  }
}
