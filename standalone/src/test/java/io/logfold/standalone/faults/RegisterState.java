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
import org.jspecify.annotations.Nullable;

/**
 * The sequential specification: one key, as a program that does one operation after the other.
 *
 * @param value null: absent
 * @param revision that last changed the key; 0 where nobody has told it, because the write's fate is not known: then any
 *     answer may tell it
 */
record RegisterState(@Nullable String value, long revision) {
  static final RegisterState START = new RegisterState(null, 0);

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
        yield changes ? new RegisterState(write.value(), 0) : null;
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
    return applied.revision() > held.revision ? new RegisterState(write.value(), applied.revision()) : null;
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

  private @Nullable RegisterState at(long told) {
    if (revision == told) {
      return this;
    }
    return revision == 0 ? new RegisterState(value, told) : null;
  }

  @Override
  public String toString() {
    return Objects.requireNonNullElse(value, "absent") + (revision == 0 ? "" : "@" + revision);
  }
}
