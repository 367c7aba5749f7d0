package io.logfold.standalone.faults;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One call of a client over all its attempts, and how it ended.
 *
 * @param request the request id of a write; empty for reads
 * @param attempts how often it was sent
 * @param invoked place of its beginning in the order of all beginnings and ends of a history
 * @param answered place of its end; {@link #NEVER} where it has none, because its fate is not known
 * @param invokedMs wall clock of the beginning, milliseconds since the epoch
 * @param answeredMs wall clock of the end, or of when it was given up
 */
record Operation(int client, Register register, Call call, String request, int attempts, long invoked, long answered,
    long invokedMs, long answeredMs, Answer answer) {
  static final long NEVER = Long.MAX_VALUE;

  /** One key of one partition key: what a history is checked by. */
  record Register(String partitionKey, String key) {}

  sealed interface Call {}

  /** @param level as {@code lease}, {@code barrier}, {@code read-index}, {@code at-least=REV}, {@code stale=MS} */
  record Get(String level) implements Call {
    boolean linearizable() {
      return !level.startsWith("at-least=") && !level.startsWith("stale=");
    }

    /** What stands behind {@code name=}; empty where this level is another. */
    OptionalLong number(String name) {
      return level.startsWith(name + "=") ? OptionalLong.of(Long.parseLong(level.substring(name.length() + 1)))
          : OptionalLong.empty();
    }
  }

  /** @param value null: a delete */
  record Write(Condition condition, @Nullable String value) implements Call {}

  sealed interface Condition {
    Condition ALWAYS = new Always();
    Condition ABSENT = new Absent();
    Condition EXISTS = new Exists();

    record Always() implements Condition {}

    record Absent() implements Condition {}

    record Exists() implements Condition {}

    record ValueIs(String value) implements Condition {}

    record RevisionIs(long revision) implements Condition {}
  }

  sealed interface Answer {}

  /** @param position every event of the partition up to this revision is reflected, as the answer said */
  record Found(String value, long revision, long position, String servedBy) implements Answer {}

  record Missing(long position, String servedBy) implements Answer {}

  /** @param changed false: a delete that found nothing, decided at this revision */
  record Applied(long revision, boolean changed) implements Answer {}

  /** The condition did not hold. @param current the key's revision then; 0: it was absent */
  record Refused(long current) implements Answer {}

  /** A write whose client gave it up, and was told that it never happened and never will: CANCELLED is in the log. */
  record Cancelled(long revision) implements Answer {}

  /** Surely did not happen. @param code why */
  record NotDone(String code) implements Answer {}

  /** May have happened, or may happen at any time. */
  record Unknown(String code) implements Answer {}
}
