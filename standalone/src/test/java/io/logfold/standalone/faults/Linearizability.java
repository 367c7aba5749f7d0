package io.logfold.standalone.faults;

import io.logfold.standalone.faults.Operation.Answer;
import io.logfold.standalone.faults.Operation.Cancelled;
import io.logfold.standalone.faults.Operation.Get;
import io.logfold.standalone.faults.Operation.NotDone;
import io.logfold.standalone.faults.Operation.Register;
import io.logfold.standalone.faults.Operation.Unknown;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether there is an order of all operations, each at some moment between its beginning and its end, in which a program that
 * does one after the other would have given these answers.
 *
 * <p>The search is that of Wing and Gong (Testing and Verifying Concurrent Objects, 1993) with the memory of
 * configurations that Lowe added (Testing for Linearizability, 2017): a configuration, the set of operations done and the
 * state they led to, is looked at once. Each key is checked by itself, because an object is linearizable when each of its
 * parts is (Herlihy and Wing, 1990). A write whose fate is not known may take effect at any time after its beginning, or
 * never. The set is remembered by a fingerprint of 128 bits instead of its members: that two sets share one is less likely
 * than that the machine errs.
 *
 * <p>Pure; for one thread.
 */
final class Linearizability {
  /** Beyond it a history counts as not decided; some hundred megabytes. */
  private static final int MOST_CONFIGURATIONS = 4_000_000;

  /** What was found of one key. */
  sealed interface Verdict {}

  record Linearizable(int operations) implements Verdict {}

  /** @param story the longest order that was found, and what could not follow it */
  record NotLinearizable(Register register, String story) implements Verdict {}

  record Undecided(Register register, int configurations) implements Verdict {}

  private record Configuration(long high, long low, RegisterState state) {}

  /** A beginning or an end in the order of the history; a ring of those that are not done yet. */
  private static final class Event {
    final Operation operation;
    final long at;
    final @Nullable Event end;
    final long high;
    final long low;
    Event before = this;
    Event behind = this;

    Event(Operation operation, long at, @Nullable Event end, long high, long low) {
      this.operation = operation;
      this.at = at;
      this.end = end;
      this.high = high;
      this.low = low;
    }

    boolean isEnd() {
      return high == 0 && low == 0;
    }

    void remove() {
      before.behind = behind;
      behind.before = before;
    }

    void putBack() {
      before.behind = this;
      behind.before = this;
    }
  }

  /**
   * The operations that must still be done and can be done only while the revision is not above some number: an order that
   * goes above it leads nowhere, which would else be seen only when such an operation ends, after many others were tried.
   */
  private static final class Outstanding {
    private final TreeMap<Long, Integer> last = new TreeMap<>();

    Outstanding(List<Operation> operations) {
      operations.forEach(this::undone);
    }

    boolean allow(Operation next, RegisterState after) {
      done(next);
      boolean allowed = last.isEmpty() || after.leastRevision() <= last.firstKey();
      undone(next);
      return allowed;
    }

    void done(Operation operation) {
      RegisterState.last(operation.answer()).ifPresent(at -> last.computeIfPresent(at, (same, count) -> count == 1 ? null : count - 1));
    }

    void undone(Operation operation) {
      RegisterState.last(operation.answer()).ifPresent(at -> last.merge(at, 1, Integer::sum));
    }
  }

  private record Step(Event done, RegisterState stateBefore) {}

  private Linearizability() {}

  /** Checks each key's linearizable operations; the others are for {@link LogWitness}. */
  static List<Verdict> check(List<Operation> history) {
    Map<Register, List<Operation>> registers = history.stream().filter(Linearizability::counts)
        .collect(Collectors.groupingBy(Operation::register, LinkedHashMap::new, Collectors.toList()));
    return registers.entrySet().stream().map(each -> check(each.getKey(), each.getValue())).toList();
  }

  /** Those that are wrong, in words; empty where all is well. */
  static List<String> faults(List<Operation> history) {
    List<String> faults = new ArrayList<>();
    for (Verdict verdict : check(history)) {
      switch (verdict) {
        case Linearizable well -> {}
        case NotLinearizable not -> faults.add(not.register() + " is not linearizable:\n" + not.story());
        case Undecided undecided -> faults.add(undecided.register() + " could not be decided within "
            + undecided.configurations() + " configurations");
      }
    }
    return faults;
  }

  private static boolean counts(Operation operation) {
    Answer answer = operation.answer();
    if (operation.call() instanceof Get get) {
      return get.linearizable() && !(answer instanceof NotDone) && !(answer instanceof Unknown);
    }
    return !(answer instanceof NotDone) && !(answer instanceof Cancelled);
  }

  private static Verdict check(Register register, List<Operation> operations) {
    Event head = ring(operations);
    Outstanding outstanding = new Outstanding(operations);
    Set<Configuration> seen = new HashSet<>();
    ArrayDeque<Step> done = new ArrayDeque<>();
    List<Step> longest = List.of();
    RegisterState state = RegisterState.START;
    long high = 0;
    long low = 0;
    long ends = operations.stream().filter(each -> each.answered() != Operation.NEVER).count();
    Event event = head.behind;
    while (ends > 0) {
      if (event == head) {
        throw new IllegalStateException("an end is left, but is not in the ring");
      }
      if (!event.isEnd()) {
        RegisterState next = state.after(event.operation.call(), event.operation.answer());
        if (next != null && !wasted(done.peek(), event.operation, next) && outstanding.allow(event.operation, next) && seen.add(new Configuration(high ^ event.high, low ^ event.low, next))) {
          done.push(new Step(event, state));
          state = next;
          high ^= event.high;
          low ^= event.low;
          event.remove();
          outstanding.done(event.operation);
          if (event.end != null) {
            event.end.remove();
            ends--;
          }
          event = head.behind;
          if (seen.size() > MOST_CONFIGURATIONS) {
            return new Undecided(register, seen.size());
          }
        } else {
          event = event.behind;
        }
        continue;
      }
      // An operation has ended that is not done: what was done before was wrong.
      if (done.size() > longest.size()) {
        longest = List.copyOf(done);
      }
      Step last = done.poll();
      if (last == null) {
        return new NotLinearizable(register, story(longest, operations));
      }
      state = last.stateBefore();
      high ^= last.done().high;
      low ^= last.done().low;
      if (last.done().end != null) {
        last.done().end.putBack();
        ends++;
      }
      last.done().putBack();
      outstanding.undone(last.done().operation);
      event = last.done().behind;
    }
    return new Linearizable(operations.size());
  }

  /**
   * Whether a write of unknown fate was done just before for nothing, because this operation would have led to the same
   * state without it. The order without that write is tried anyhow, and leaves it for later; so many such writes cost
   * little.
   */
  private static boolean wasted(@Nullable Step last, Operation operation, RegisterState next) {
    return last != null && last.done().operation.answer() instanceof Unknown
        && next.equals(last.stateBefore().after(operation.call(), operation.answer()));
  }

  private static Event ring(List<Operation> operations) {
    // Any numbers will do for fingerprints, but the same at each run.
    SplittableRandom random = new SplittableRandom(0x10af01d);
    List<Event> events = new ArrayList<>();
    for (Operation operation : operations) {
      Event end = null;
      if (operation.answered() != Operation.NEVER) {
        end = new Event(operation, operation.answered(), null, 0, 0);
        events.add(end);
      }
      events.add(new Event(operation, operation.invoked(), end, random.nextLong() | 1, random.nextLong()));
    }
    events.sort(Comparator.comparingLong(event -> event.at));
    Event head = new Event(operations.get(0), Long.MIN_VALUE, null, 0, 0);
    for (Event event : events) {
      event.before = head.before;
      event.behind = head;
      event.before.behind = event;
      head.before = event;
    }
    return head;
  }

  /** The end of the longest order, and what lies around the place where it stops. */
  private static String story(List<Step> newestFirst, List<Operation> operations) {
    StringBuilder story = new StringBuilder();
    Set<Operation> placed = new HashSet<>();
    newestFirst.forEach(step -> placed.add(step.done().operation));
    for (int i = Math.min(12, newestFirst.size()) - 1; i >= 0; i--) {
      Step step = newestFirst.get(i);
      story.append("  on ").append(step.stateBefore()).append(": ").append(step.done().operation).append('\n');
    }
    Step last = newestFirst.isEmpty() ? null : newestFirst.get(0);
    RegisterState state = last == null ? RegisterState.START
        : Objects.requireNonNull(last.stateBefore().after(last.done().operation.call(), last.done().operation.answer()));
    story.append("  then the state is ").append(state).append(", and none of these can be next:\n");
    long firstEnd = operations.stream().filter(each -> !placed.contains(each)).mapToLong(Operation::answered).min()
        .orElse(Operation.NEVER);
    operations.stream().filter(each -> !placed.contains(each) && each.invoked() <= firstEnd).limit(20)
        .forEach(each -> story.append("    ").append(each).append('\n'));
    return story.toString();
  }
}
