package io.logfold.standalone.faults;

import io.logfold.standalone.faults.Operation.Answer;
import io.logfold.standalone.faults.Operation.Applied;
import io.logfold.standalone.faults.Operation.Call;
import io.logfold.standalone.faults.Operation.Condition;
import io.logfold.standalone.faults.Operation.Found;
import io.logfold.standalone.faults.Operation.Get;
import io.logfold.standalone.faults.Operation.Missing;
import io.logfold.standalone.faults.Operation.Refused;
import io.logfold.standalone.faults.Operation.Unknown;
import io.logfold.standalone.faults.Operation.Write;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The sequential specification: one key, as a program that does one operation after the other.
 *
 * @param value null: absent
 * @param revision that last changed the key; where it was not told, one that is surely less
 * @param told false where no answer has told the revision, because the fate of the write is not known; the next may
 */
record RegisterState(@Nullable String value, long revision, boolean told) {
  static final RegisterState START = new RegisterState(null, 0, true);

  RegisterState(@Nullable String value, long revision) {
    this(value, revision, true);
  }

  /** The state behind the operation; null where the operation cannot have had this answer in this state. */
  @Nullable RegisterState after(Call call, Answer answer) {
    return switch (call) {
      case Get get -> read(answer);
      case Write write -> write(write, answer);
    };
  }

  private @Nullable RegisterState read(Answer answer) {
    return switch (answer) {
      case Found found -> found.value().equals(value) ? at(found.revision()) : null;
      case Missing missing -> value == null ? this : null;
      default -> throw new IllegalArgumentException("a read that was not answered says nothing: " + answer);
    };
  }

  private @Nullable RegisterState write(Write write, Answer answer) {
    return switch (answer) {
      case Applied applied -> applied(write, applied);
      case Refused refused -> refused(write.condition(), refused.current());
      case Unknown unknown -> {
        // Where it would change nothing, it is as if it had never happened: no state needs to be tried twice.
        RegisterState held = held(write.condition());
        boolean changes = held != null && (write.value() != null || value != null);
        yield held != null && (write.value() != null || value != null) ? new RegisterState(write.value(), held.leastRevision(), false) : null;
      }
      default -> throw new IllegalArgumentException("a write cannot be answered by " + answer);
    };
  }

  private @Nullable RegisterState applied(Write write, Applied applied) {
    RegisterState held = held(write.condition());
    if (held == null || applied.changed() != (write.value() != null || value != null)) {
      return null;
    }
    if (!applied.changed()) {
      return held;
    }
    return applied.revision() > held.leastRevision() ? new RegisterState(write.value(), applied.revision()) : null;
  }

  private @Nullable RegisterState refused(Condition condition, long current) {
    if ((current == 0) != (value == null)) {
      return null;
    }
    RegisterState known = value == null ? this : at(current);
    if (known == null) {
      return null;
    }
    return known.held(condition) == null ? known : null;
  }

  /** This state, with what the condition tells of its revision; null where the condition does not hold. */
  private @Nullable RegisterState held(Condition condition) {
    return switch (condition) {
      case Condition.Always always -> this;
      case Condition.Absent absent -> value == null ? this : null;
      case Condition.Exists exists -> value != null ? this : null;
      case Condition.ValueIs is -> is.value().equals(value) ? this : null;
      case Condition.RevisionIs is -> value != null ? at(is.revision()) : null;
    };
  }

  private @Nullable RegisterState at(long answered) {
    if (told) {
      return revision == answered ? this : null;
    }
    return answered > revision ? new RegisterState(value, answered) : null;
  }

  /** Its revision, or one that it is not below. No operation makes it less. */
  long leastRevision() {
    return told ? revision : revision + 1;
  }

  /** The greatest {@link #leastRevision} at which an operation may still have had this answer; none: at any. */
  static OptionalLong last(Answer answer) {
    return switch (answer) {
      case Found found -> OptionalLong.of(found.revision());
      case Refused refused when refused.current() > 0 -> OptionalLong.of(refused.current());
      case Applied applied when applied.changed() -> OptionalLong.of(applied.revision() - 1);
      default -> OptionalLong.empty();
    };
  }

  @Override
  public String toString() {
    return Objects.requireNonNullElse(value, "absent") + (told ? "@" : "@ above ") + revision;
  }
}
