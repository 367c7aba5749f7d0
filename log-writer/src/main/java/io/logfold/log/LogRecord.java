package io.logfold.log;

import io.logfold.api.Bytes;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import java.util.List;
import java.util.Optional;

/** What lies in a partition's log. Which of them are valid is for {@link LogFold} to say. */
public sealed interface LogRecord {
  RecordHeader header();

  /** The first record of a log, fixed for life; the first one wins. */
  record Genesis(RecordHeader header, GenesisConfig config) implements LogRecord {}

  /**
   * A node asks for leadership.
   *
   * @param prevToken the token in force as the claimer saw it; {@link FoldState#NO_TOKEN} where there was none
   * @param basis offset of the last valid record the claimer had seen
   * @param nonce tells one claim of a node from the next
   */
  record Claim(RecordHeader header, String node, String address, long prevToken, long basis, long nonce)
      implements LogRecord {}

  /** Written by a leader under its token; valid only if the LSN is the next one. Times in milliseconds since the epoch. */
  sealed interface TokenRecord extends LogRecord {
    long token();

    long lsn();

    /** Never less than that of the valid record before. */
    long timeMs();
  }

  /**
   * A request, decided. Mutations are empty where it changed nothing and only its outcome is kept.
   *
   * @param serve the table that answers the partition's misses from this LSN on; empty: as before. Where it is named, the
   *     event is about the partition: it has no partition key and no mutations
   * @param policy a change of the policies, in force from this LSN on; likewise about the partition
   * @param redaction a value of the partition key that is made unreadable; such an event has no mutations
   */
  record Event(RecordHeader header, long token, long lsn, RequestInfo request, long timeMs, Provenance provenance,
      Bytes partitionKey, List<Mutation> mutations, Outcome outcome, Optional<String> serve,
      Optional<PolicyChange> policy, Optional<Redaction> redaction) implements TokenRecord {
    public Event {
      mutations = List.copyOf(mutations);
      if (!mutations.isEmpty()) {
        Limits.checkPartitionKey(partitionKey);
      }
      if (serve.isPresent()) {
        Limits.checkTableName(serve.get());
        if (!mutations.isEmpty() || !partitionKey.isEmpty()) {
          throw new IllegalArgumentException("an event that names the serving table changes no keys");
        }
      }
      if (policy.isPresent() && (!mutations.isEmpty() || !partitionKey.isEmpty())) {
        throw new IllegalArgumentException("an event that changes the policies changes no keys");
      }
      if (redaction.isPresent()) {
        Limits.checkPartitionKey(partitionKey);
        if (!mutations.isEmpty()) {
          throw new IllegalArgumentException("an event that redacts a value changes no keys");
        }
      }
      if ((serve.isPresent() ? 1 : 0) + (policy.isPresent() ? 1 : 0) + (redaction.isPresent() ? 1 : 0) > 1) {
        throw new IllegalArgumentException("an event is about one thing: a serving table, a policy or a redaction");
      }
    }

    public Event(RecordHeader header, long token, long lsn, RequestInfo request, long timeMs, Provenance provenance,
        Bytes partitionKey, List<Mutation> mutations, Outcome outcome, Optional<String> serve) {
      this(header, token, lsn, request, timeMs, provenance, partitionKey, mutations, outcome, serve, Optional.empty(),
          Optional.empty());
    }

    /** An event that changes the policies. */
    public static Event policy(RecordHeader header, long token, long lsn, RequestInfo request, long timeMs,
        Provenance provenance, PolicyChange change) {
      return new Event(header, token, lsn, request, timeMs, provenance, Bytes.EMPTY, List.of(), Outcome.APPLIED,
          Optional.empty(), Optional.of(change), Optional.empty());
    }

    /** An event that redacts a value. */
    public static Event redaction(RecordHeader header, long token, long lsn, RequestInfo request, long timeMs,
        Provenance provenance, Bytes partitionKey, Redaction redaction) {
      return new Event(header, token, lsn, request, timeMs, provenance, partitionKey, List.of(), Outcome.APPLIED,
          Optional.empty(), Optional.empty(), Optional.of(redaction));
    }

    public Event(RecordHeader header, long token, long lsn, RequestInfo request, long timeMs, Provenance provenance,
        Bytes partitionKey, List<Mutation> mutations, Outcome outcome) {
      this(header, token, lsn, request, timeMs, provenance, partitionKey, mutations, outcome, Optional.empty());
    }
  }

  /** Renews the lease while reads arrive and writes do not. */
  record Renew(RecordHeader header, long token, long lsn, long timeMs) implements TokenRecord {}

  /** Proves that its sender still led after it was sent. */
  record Barrier(RecordHeader header, long token, long lsn, long timeMs) implements TokenRecord {}

  /** Ends the leadership; the token is vacant from here. successor is a node id, or empty. */
  record Resign(RecordHeader header, long token, long lsn, long timeMs, String successor) implements TokenRecord {}
}
