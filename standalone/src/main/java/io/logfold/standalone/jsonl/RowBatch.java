package io.logfold.standalone.jsonl;

import io.logfold.api.Bytes;
import io.logfold.api.CommitRequest;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Versioned;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Neighbouring rows of one partition key, to be written by one commit: what is known of them, and what is asked next. Each
 * written row carries the predicate on which it was decided to be written (absent, or the revision that was seen), so
 * that a commit is right whenever it arrives, or is not applied. Owned by the importer's thread.
 */
final class RowBatch {
  static final int MAX_ROWS = Math.min(Limits.MAX_COMMIT_MUTATIONS, Limits.MAX_COMMIT_PREDICATES);
  /** Smaller than a commit may be, so that a window of them stays small. */
  static final int MAX_BYTES = 512 << 10;

  private enum Effect { NONE, IMPORT, OVERWRITE, SKIP }

  private final List<StateRow> rows;
  private final long from;
  private final Effect[] effects;
  /** Revisions that are to be overwritten. */
  private final long[] replaced;
  private @Nullable CommitRequest request;
  private int round;
  private boolean done;
  private boolean underWay;

  /** @param from how many rows of the file come before */
  RowBatch(List<StateRow> rows, long from) {
    this.rows = List.copyOf(rows);
    this.from = from;
    this.effects = new Effect[rows.size()];
    this.replaced = new long[rows.size()];
    Arrays.fill(effects, Effect.NONE);
  }

  List<StateRow> rows() {
    return rows;
  }

  Bytes partitionKey() {
    return rows.getFirst().partitionKey();
  }

  List<Bytes> keys() {
    return rows.stream().map(StateRow::key).toList();
  }

  long bytes() {
    return rows.stream().mapToLong(StateRow::bytes).sum();
  }

  /** How many rows of the file are done once this and all before are. */
  long to() {
    return from + rows.size();
  }

  String name() {
    return from + "-" + to();
  }

  /** How many requests have had their answer without its being done. */
  int round() {
    return round;
  }

  boolean done() {
    return done;
  }

  /** Whether this one must wait for the other: it may write a key that the other writes too. */
  boolean mustFollow(RowBatch earlier) {
    return earlier.partitionKey().equals(partitionKey()) && earlier.rows.getLast().key().compareTo(rows.getFirst().key()) >= 0;
  }

  /** That all keys are absent, unseen. */
  void guessAbsent() {
    Arrays.fill(effects, Effect.IMPORT);
    Arrays.fill(replaced, 0);
  }

  /**
   * Decides by what the store holds.
   *
   * @return the first row that conflicts, where conflicts must not be; then nothing of the batch is to be written
   */
  Optional<StateRow> decide(List<Optional<Versioned>> found, OnConflict onConflict) {
    Arrays.fill(effects, Effect.NONE);
    for (int i = 0; i < rows.size(); i++) {
      Optional<Versioned> there = found.get(i);
      if (there.isEmpty()) {
        effects[i] = Effect.IMPORT;
        replaced[i] = 0;
      } else if (there.get().redacted() || !there.get().value().equals(rows.get(i).value())) {
        switch (onConflict) {
          case SKIP -> effects[i] = Effect.SKIP;
          case OVERWRITE -> {
            effects[i] = Effect.OVERWRITE;
            replaced[i] = there.get().revision();
          }
          case FAIL -> {
            return Optional.of(rows.get(i));
          }
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The commit that does what was decided; empty where nothing is to be written.
   *
   * @param id names the request of this round: an id that has had its answer is never used again
   * @param attempt 1, or 0 where an earlier run may have sent this batch
   */
  Optional<CommitRequest> commit(IntFunction<RequestId> id, int attempt, long nowMs, Provenance provenance) {
    List<Predicate> predicates = new ArrayList<>();
    List<Mutation> mutations = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      StateRow row = rows.get(i);
      switch (effects[i]) {
        case IMPORT -> predicates.add(new Predicate.Absent(row.key()));
        case OVERWRITE -> predicates.add(new Predicate.RevisionIs(row.key(), replaced[i]));
        case NONE, SKIP -> {
          continue;
        }
      }
      mutations.add(new Mutation.Put(row.key(), row.value()));
    }
    if (mutations.isEmpty()) {
      return Optional.empty();
    }
    CommitRequest made = new CommitRequest(partitionKey(), predicates, mutations,
        new RequestInfo(id.apply(round), attempt, nowMs), provenance);
    request = made;
    return Optional.of(made);
  }

  /** The request whose fate is open, as its next attempt; empty where there is none. */
  Optional<CommitRequest> again() {
    CommitRequest open = request;
    if (open == null) {
      return Optional.empty();
    }
    RequestInfo info = open.request();
    CommitRequest next = info.attempt() == 0 ? open : new CommitRequest(open.partitionKey(), open.predicates(),
        open.mutations(), info.nextAttempt(), open.provenance());
    request = next;
    return Optional.of(next);
  }

  /** The request has had its final answer, or was surely never applied and never will be. */
  void answered() {
    request = null;
    round++;
  }

  boolean underWay() {
    return underWay;
  }

  void underWay(boolean now) {
    underWay = now;
  }

  void finish() {
    done = true;
  }

  long imported() {
    return count(Effect.IMPORT);
  }

  long overwritten() {
    return count(Effect.OVERWRITE);
  }

  long skipped() {
    return count(Effect.SKIP);
  }

  long unchanged() {
    return count(Effect.NONE);
  }

  private long count(Effect wanted) {
    return Arrays.stream(effects).filter(effect -> effect == wanted).count();
  }
}
