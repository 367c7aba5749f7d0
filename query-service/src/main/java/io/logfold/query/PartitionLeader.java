package io.logfold.query;

import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Limits;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.api.RedactOutcome;
import io.logfold.api.RedactRequest;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.AppendFailure;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHeader;
import io.logfold.log.Verdict;
import io.logfold.projector.table.Table;
import io.logfold.query.PartitionKeyListing.Listing;
import io.logfold.query.Reads.Get;
import io.logfold.query.Scans.Scan;
import io.logfold.query.values.Values;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader of one partition, or its standby: one thread of control that decides writes, appends them, answers reads.
 *
 * <p>Its inputs are operations, acknowledgements, records read from the log, answers of the table, and time; all of them
 * are messages that run on the leader's thread, one after the other. The thread's owner ({@link Mailbox}, or a
 * simulation) calls {@link #endOfTurn} when no message is left for now, and no later than
 * {@link #nextWakeupNanos} after that. Log, table, clock, randomness and threads are arguments, and there is no other way out;
 * nor in, but for {@link CallerReads}, which answers on callers' threads what the leader's has put there.
 *
 * <p>The rules it keeps are L1 to L10 of the protocol (docs/CONSISTENCY.md):
 * <ul>
 *   <li>L1, L2: {@link Claims}.
 *   <li>L6: here: what happens on trouble.
 *   <li>L3, L4, L8: {@link Pipeline}, and {@link LogTail}, which reads gaps back.
 *   <li>L5, L9: {@link Reads}, {@link CallerReads}, {@link Lease}; failed predicates and answered duplicates in {@link Writes}.
 *   <li>L7: {@link #move}, {@link #close}.
 *   <li>L10: {@link Lease}.
 * </ul>
 */
public final class PartitionLeader implements Mailbox.Owner {
  private static final Logger log = LoggerFactory.getLogger(PartitionLeader.class);
  private static final long SWEEP_NANOS = 20_000_000;
  /** How long a standby stops reading because its table is behind. */
  private static final long FORGET_NANOS = 5_000_000_000L;

  private static final long GENESIS_RETRY_NANOS = 1_000_000_000;

  /** How often a standby that waits for its turn to claim looks whether it has come. */
  private static final long CLAIM_TICK_NANOS = 20_000_000;

  private final LeaderConfig config;
  private final GenesisConfig genesis;
  private final int partition;
  private final PartitionLog partitionLog;
  private final LeaderClock clock;
  private final Executor leaderThread;
  private final TableAccess tables;
  private final Seat seat = new Seat();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  private final Values values;
  private final Reads reads;
  private final Serving serving;
  private final Writes writes;
  private final Policing policing;
  private final Redacting redacting;
  private final Scans scans;
  private final Snapshots snapshots;
  private final PartitionKeyListing listing;

  private volatile @Nullable String halted;
  private volatile String leaderAddress = "";

  /** Not null exactly while this node leads and answers; replaced by the leader's thread, used by callers'. */
  private volatile @Nullable CallerReads callerReads;
  private Phase phase = new Phase.Recovering();
  private LogFold fold;
  private Memtable memtable;
  private Pipeline pipeline;
  private LogTail tail;
  private Lease lease;
  private long epoch;

  /** The record whose place the log did not tell, while it is looked for. */
  private @Nullable InFlight soughtRecord;

  private final Waiting waiting;
  private final Claims claims;
  private final Recovery recovery;
  private final Departure departure;

  /** What was in flight when a leadership ended, and is not decided yet. */
  private final ArrayDeque<InFlight> undecided = new ArrayDeque<>();

  private boolean leaseUsed;
  private long lastSweepNanos;
  private long nextGenesisNanos;
  private boolean full;
  private long fullSinceNanos;

  /**
   * @param empty the state before the first record: names the store and the partition
   * @param genesis what the store shall be if it does not exist yet, and must be if it does
   * @param nodeTables the tables of the node, of which one serves
   * @param incumbent how the node that leads is asked for its position, where this one stands by
   * @param leaderThread runs messages one after the other
   * @param tableThreads run the table's blocking calls
   */
  public PartitionLeader(LeaderConfig config, FoldState empty, GenesisConfig genesis, PartitionLog partitionLog, NodeTables nodeTables,
      Incumbent incumbent, Executor leaderThread, TableThreads tableThreads, LeaderClock clock, RandomGenerator random,
      WriteGate gate) {
    this(config, empty, genesis, partitionLog, nodeTables, incumbent, leaderThread, tableThreads, clock, random, gate,
        Values.plainOnly(empty.store()), PastValues.NONE);
  }

  /**
   * @param values how values are stored and shown
   * @param past where values that were overwritten are found
   */
  public PartitionLeader(LeaderConfig config, FoldState empty, GenesisConfig genesis, PartitionLog partitionLog, NodeTables nodeTables,
      Incumbent incumbent, Executor leaderThread, TableThreads tableThreads, LeaderClock clock, RandomGenerator random,
      WriteGate gate, Values values, PastValues past) {
    this.config = config;
    this.values = values;
    this.genesis = genesis;
    this.partition = empty.partition();
    this.partitionLog = partitionLog;
    this.clock = clock;
    this.leaderThread = leaderThread;
    this.tables = new TableAccess(() -> servingTable(), tableThreads, leaderThread);
    this.fold = new LogFold(empty, true);
    this.memtable = newMemtable(0, 0);
    this.lease = new Lease(genesis.ttlMs(), genesis.driftPermille(), clock);
    this.pipeline = new Pipeline(partitionLog, leaderThread, clock, new Acknowledgements(), empty);
    this.tail = newTail();
    this.waiting = new Waiting(config.maxWaiting(), clock.monotonicNanos());
    this.claims = new Claims(config, genesis, partitionLog, leaderThread, clock, random, new Candidate());
    this.reads = new Reads(seat, incumbent);
    this.serving = new Serving(seat, reads, nodeTables, tables);
    this.recovery = new Recovery(new Beginner(), serving, genesis, clock);
    this.departure = new Departure(new Leaver(), claims, clock);
    this.writes = new Writes(seat, reads, gate);
    this.policing = new Policing(seat, reads);
    this.redacting = new Redacting(seat, reads, past);
    this.snapshots = new Snapshots(seat, reads, tableThreads, random);
    this.scans = new Scans(seat, reads, snapshots);
    this.listing = new PartitionKeyListing(seat, reads);
    this.lastSweepNanos = clock.monotonicNanos();
  }

  // ---- what others ask of it, from any thread

  /** Begins to read the log, and to claim. */
  public void start() {
    leaderThread.execute(() -> recovery.begin(Optional.empty()));
  }

  /** Done when it can answer for the first time: it leads, or it knows which other node does. Failed where it halted. */
  public CompletableFuture<Void> ready() {
    return ready;
  }

  /**
   * Whether an operation is kept where another node's token is in force. Routing asks here first, then the incumbent, and
   * insists here where that did not answer.
   */
  public enum Manner {
    /** It fails with NOT_LEADER at once, which names the leader. */
    ASKS,

    /** It waits for a leader, and makes this node claim once the incumbent is silent; NOT_LEADER if that is heard of. */
    INSISTS
  }

  public CompletableFuture<GetResult> get(GetRequest request, Manner manner, long deadlineNanos) {
    CallerReads answersHere = callerReads;
    if (answersHere != null && request.consistency() instanceof Consistency.Linearizable) {
      GetResult known = answersHere.get(request);
      if (known != null) {
        return CompletableFuture.completedFuture(known);
      }
    }
    Get operation = new Get(request, values, deadlineNanos);
    begin(operation, manner, () -> reads.get(operation));
    return operation.future;
  }

  public CompletableFuture<CommitOutcome> commit(CommitRequest request, Manner manner, long deadlineNanos) {
    Operation.Write operation = new Operation.Write(request, deadlineNanos);
    begin(operation, manner, () -> writes.write(operation));
    return operation.future;
  }

  /** What became of a request; where the log knows nothing of it, it is withdrawn, and never will be applied. */
  public CompletableFuture<Resolution> resolve(ResolveRequest request, Manner manner, long deadlineNanos) {
    Operation.Resolve operation = new Operation.Resolve(request, deadlineNanos);
    begin(operation, manner, () -> writes.resolve(operation));
    return operation.future;
  }

  public CompletableFuture<ScanPage> scan(ScanRequest request, Manner manner, long deadlineNanos) {
    Scan operation = new Scan(request, values, deadlineNanos);
    begin(operation, manner, () -> scans.scan(operation));
    return operation.future;
  }

  public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, Manner manner, long deadlineNanos) {
    Listing operation = new Listing(request, deadlineNanos);
    begin(operation, manner, () -> listing.list(operation));
    return operation.future;
  }

  /** For followers: the position that a read which begins now must reflect. Answered under the lease, as a read is. */
  public CompletableFuture<ReadIndex> readIndex(Manner manner, long deadlineNanos) {
    Reads.Index operation = new Reads.Index(deadlineNanos);
    begin(operation, manner, () -> reads.index(operation));
    return operation.future;
  }

  /** An operation arrives. However it goes on, it ends: by its answer, or because its deadline is watched from here on. */
  private void begin(Operation<?> operation, Manner manner, Runnable firstStep) {
    leaderThread.execute(() -> {
      operation.insists = manner == Manner.INSISTS;
      operation.heardAtArrival = claims.heard();
      if (!waiting.admits(operation, seat.partition())) {
        return;
      }
      try {
        firstStep.run();
      } finally {
        if (!operation.ended()) {
          waiting.watch(operation);
        }
      }
    });
  }

  /**
   * Makes the table of this name answer the partition's misses: done when that is committed. Refused (UNAVAILABLE) while it
   * is not ready, or further behind than {@link LeaderConfig#serveLagEvents}.
   */
  public CompletableFuture<ServeOutcome> serve(String table, RequestInfo request, Provenance provenance, long deadlineNanos) {
    Serving.Serve operation = new Serving.Serve(Limits.checkTableName(table), request, provenance, deadlineNanos);
    begin(operation, Manner.ASKS, () -> serving.serve(operation));
    return operation.future;
  }

  /** Makes a value unreadable: done when that is logged and its key is destroyed. */
  public CompletableFuture<RedactOutcome> redact(RedactRequest request, Manner manner, long deadlineNanos) {
    Redacting.Redact operation = new Redacting.Redact(request, deadlineNanos);
    begin(operation, manner, () -> redacting.redact(operation));
    return operation.future;
  }

  /** The policies in force, as a linearizable read. */
  public CompletableFuture<PolicyOutcome> policies(Manner manner, long deadlineNanos) {
    Policing.Listing operation = new Policing.Listing(deadlineNanos);
    begin(operation, manner, () -> policing.list(operation));
    return operation.future;
  }

  /** Changes the policies: done when the event that says so is committed. See {@link PartitionPolicies#changePolicies}. */
  public CompletableFuture<PolicyOutcome> changePolicies(PolicyChange change, RequestInfo request, Provenance provenance,
      Manner manner, long deadlineNanos) {
    Policing.Change operation = new Policing.Change(change, request, provenance, deadlineNanos);
    begin(operation, manner, () -> policing.change(operation));
    return operation.future;
  }

  /** In which order the nodes shall claim this partition, where nobody leads it; empty: nobody waits for anybody. */
  public void ranking(List<String> nodes) {
    leaderThread.execute(() -> claims.ranking(nodes));
  }

  /**
   * Gives the leadership to another node, which need not know of it. Done, with its name, when some other node leads. What arrives
   * meanwhile waits, and is then sent there by NOT_LEADER. Refused (UNAVAILABLE) where this node leads for so short a time
   * that it must not resign (L7), or where writes in flight are not committed in time: then it goes on leading. Where the deadline passes it may move yet.
   */
  public CompletableFuture<String> move(String successor, long deadlineNanos) {
    Departure.Move operation = new Departure.Move(successor, deadlineNanos);
    begin(operation, Manner.ASKS, () -> departure.move(operation));
    return operation.future;
  }

  /** From now on this node claims nothing any more; what it leads it leads on, until it is moved or closed. */
  public void retire() {
    leaderThread.execute(claims::retire);
  }

  public void endSnapshot(String snapshotId) {
    leaderThread.execute(() -> snapshots.end(snapshotId));
  }

  /** How it stands, as seen by its own thread. */
  public CompletableFuture<PartitionStatus> status() {
    CompletableFuture<PartitionStatus> answer = new CompletableFuture<>();
    leaderThread.execute(() -> answer.complete(PartitionStatus.of(phase, seat, serving, claims)));
    return answer;
  }

  /**
   * Takes nothing new, waits for what is in flight, resigns (L7), ends. Done at the latest a few seconds later; then what
   * is still undecided has failed with UNKNOWN.
   */
  public CompletableFuture<Void> close() {
    leaderThread.execute(departure::close);
    return closed;
  }

  // ---- turns

  /** No message is left for now: does once what many messages asked for. */
  @Override
  public void endOfTurn() {
    long now = clock.monotonicNanos();
    if (phase instanceof Phase.Leading leading) {
      if (waiting.any(Waiting.For.BARRIER)) {
        waiting.barrierAppended(pipeline.append(LogRecord.Barrier::new).record.lsn());
      } else if (pipeline.isEmpty() && (waiting.any(Waiting.For.LEASE) || (leaseUsed && lease.wantsRenewal()))) {
        keepLease();
      }
      if (waiting.any(Waiting.For.DATA) && now - leading.dataFromNanos() >= 0) {
        waiting.run(Waiting.For.DATA);
      }
      redacting.goOn(now);
    } else if (phase instanceof Phase.Following) {
      claims.consider(now, waiting.any(Waiting.For.LEADER));
    } else if (phase instanceof Phase.Claiming claiming && now - claiming.giveUpNanos() > 0) {
      phase = new Phase.Following();
    } else {
      departure.goOn(now);
    }
    leaseUsed = false;
    memtable.shrink();
    if (!(phase instanceof Phase.Halted || phase instanceof Phase.Closed)) {
      serving.askCheckpoint(now);
    }
    if (now - lastSweepNanos > SWEEP_NANOS) {
      lastSweepNanos = now;
      waiting.sweep(now);
      waiting.run(Waiting.For.ROOM);
      waiting.run(Waiting.For.TABLE);
    }
    tail.tick(now);
  }

  /** How long the leader can do without a turn if no message comes; Long.MAX_VALUE: for ever. */
  @Override
  public long nextWakeupNanos() {
    long now = clock.monotonicNanos();
    long next = snapshots.expire(now);
    if (waiting.anyWatched() || phase instanceof Phase.Closing || phase instanceof Phase.Resigning) {
      next = Math.min(next, SWEEP_NANOS);
    }
    if (phase instanceof Phase.Leading leading && waiting.any(Waiting.For.DATA)) {
      next = Math.min(next, Math.max(1, leading.dataFromNanos() - now));
    }
    if (redacting.pending()) {
      next = Math.min(next, 1_000_000_000);
    }
    if (!(phase instanceof Phase.Halted || phase instanceof Phase.Closed)) {
      if (memtable.hasUnprojected()) {
        next = Math.min(next, config.checkpointPollMs() * 1_000_000);
      } else if (memtable.projectedLsn() < fold.state().lsn()) {
        next = Math.min(next, 10 * config.checkpointPollMs() * 1_000_000);
      }
      if (phase instanceof Phase.Claiming
          || (phase instanceof Phase.Following && (claims.wanted() || waiting.any(Waiting.For.LEADER)))) {
        next = Math.min(next, CLAIM_TICK_NANOS);
      }
      next = Math.min(next, tail.nextWakeupNanos(now));
    }
    return next;
  }

  // ---- from the table's checkpoint to the end of the log

  /** For whom {@link Recovery} finds where to begin. */
  private final class Beginner implements Recovery.Reader {
    @Override
    public FoldState state() {
      return fold.state();
    }

    @Override
    public boolean recovering() {
      return phase instanceof Phase.Recovering;
    }

    @Override
    public void beginAt(Checkpoint checkpoint) {
      claims.observed(); // what the table holds was in the log before now, and need not be read again
      fold = new LogFold(checkpoint.anchor(), true);
      leaderAddress = checkpoint.anchor().leaderAddress();
      // Their tombstones may never have been written.
      checkpoint.anchor().redacted().forEach(values::redacted);
      checkpoint.at().redacted().forEach(values::redacted);
      memtable = newMemtable(checkpoint.at().lsn(), checkpoint.at().lsn());
      pipeline = new Pipeline(partitionLog, leaderThread, clock, new Acknowledgements(), checkpoint.anchor());
      tail = newTail();
      tail.follow();
    }

    @Override
    public void readOn() {
      tail.follow();
    }

    @Override
    public void later(Runnable what, long atNanos) {
      tail.later(what, atNanos);
    }

    @Override
    public void halt(ErrorCode code, String why) {
      PartitionLeader.this.halt(code, why);
    }
  }

  private Table servingTable() {
    return serving.table();
  }

  private LogTail newTail() {
    return new LogTail(partitionLog, leaderThread, clock, new Tailed());
  }

  /** What the tail tells. */
  private final class Tailed implements LogTail.Listener {
    @Override
    public long position() {
      return fold.state().position();
    }

    @Override
    public boolean mayRead() {
      if (!memtable.full()) {
        full = false;
        return true;
      }
      long now = clock.monotonicNanos();
      if (!full) {
        full = true;
        fullSinceNanos = now;
      }
      boolean follows = phase instanceof Phase.Following || phase instanceof Phase.Recovering;
      boolean forgets = follows && (!serving.here() || now - fullSinceNanos > FORGET_NANOS);
      if (forgets) {
        forgetAll();
      }
      return forgets;
    }

    @Override
    public void record(long offset, io.logfold.api.Bytes raw) {
      if (offset < fold.state().position() || recovery.refusesBefore(offset)) {
        return;
      }
      judged(fold.apply(offset, raw));
      claims.recordJudged();
      if (waiting.any(Waiting.For.LOG)) {
        waiting.run(Waiting.For.LOG);
      }
    }

    @Override
    public void atEnd() {
      reachedEnd();
    }

    @Override
    public boolean patient() {
      return !(phase instanceof Phase.Recovering); // which waits at the end, for a table or for a Genesis
    }

    @Override
    public void gapClosed() {
      InFlight head = pipeline.head();
      if (head != null && head == soughtRecord && tokenInUse()) {
        abandon(); // acknowledged, and not in the log up to its end
      } else {
        commitAcknowledged();
      }
    }

    @Override
    public void gone(String why) {
      halt(ErrorCode.CORRUPT, "the log does not hold what the table was made from: " + why
          + "; the topic was truncated or replaced, restore it, or start with an empty table");
    }
  }

  /**
   * A standby whose table does not come on would rather forget what it has read than stop to read: it must know who leads.
   * The floor says so; should it lead, the table answers once its checkpoint is there.
   */
  private void forgetAll() {
    FoldState state = fold.state();
    log.warn("{}: the table \"{}\" does not come on; forgetting what it lacks, up to LSN {}", name(), serving.name(), state.lsn());
    memtable = newMemtable(state.lsn(), memtable.projectedLsn());
    epoch++; // reads that are under way rest on what was forgotten
    full = false;
  }

  private Memtable newMemtable(long floor, long projectedLsn) {
    return new Memtable(config.memtableLimitBytes(), floor, projectedLsn, (partitionKey, key) -> {
      CallerReads current = callerReads;
      if (current != null) {
        current.forget(partitionKey, key);
      }
    });
  }

  private void reachedEnd() {
    if (recovery.refusesEnd()) {
      return;
    }
    FoldState state = fold.state();
    if (state.genesis().isEmpty()) {
      writeGenesis();
      return;
    }
    if (phase instanceof Phase.Recovering && !ready.isDone() && recovery.beginsAnew()) {
      tail.stop();
      return;
    }
    claims.endReached();
    if (phase instanceof Phase.Recovering) {
      phase = new Phase.Following();
      log.info("{}: read the log to offset {}, LSN {}", name(), state.position(), state.lsn());
      if (!claims.settled()) {
        ready.complete(null);
        waiting.run(Waiting.For.LEADER);
      }
    }
  }

  private void writeGenesis() {
    long now = clock.monotonicNanos();
    if (now - nextGenesisNanos < 0 && nextGenesisNanos != 0) {
      return;
    }
    nextGenesisNanos = now + GENESIS_RETRY_NANOS;
    FoldState state = fold.state();
    RecordHeader header = new RecordHeader(state.store(), state.partition(), RecordHeader.FORMAT, state.hash());
    partitionLog.append(RecordCodec.encode(new LogRecord.Genesis(header, genesis)), new LogTail.Nudge(leaderThread, tail));
  }

  private void judged(Verdict verdict) {
    switch (verdict) {
      case Verdict.GenesisAccepted accepted -> {
        claims.observed();
        TableOrigin.refusal(accepted.genesis().config(), genesis).ifPresent(because -> halt(because.code(), because.why()));
      }
      case Verdict.ClaimEffective effective -> claimEffective(effective);
      case Verdict.Valid valid -> {
        claims.observed();
        committed(valid.record());
      }
      case Verdict.Skipped skipped -> {
        if (skipped.reason() == Verdict.Reason.OTHER_HISTORY) {
          log.error("{}: {}; the node that made it, or this one, has folded the log wrongly: stop it, and compare with"
              + " another reader", name(), skipped.detail());
        } else {
          log.debug("{}: skipped the record before offset {}: {} {}", name(), fold.state().position(), skipped.reason(),
              skipped.detail());
        }
      }
      case Verdict.Corrupt corrupt -> halt(ErrorCode.CORRUPT, corrupt.detail());
      case Verdict.NewerFormat newer -> halt(ErrorCode.UNSUPPORTED, "the log has a record of format " + newer.format()
          + " at offset " + fold.state().position() + ", this node reads up to " + RecordHeader.FORMAT + "; upgrade this node");
    }
  }

  // ---- commits

  private final class Acknowledgements implements Pipeline.Outcomes {
    @Override
    public void appending(LogRecord.Event event) {
      CallerReads current = callerReads;
      if (current != null) {
        current.appending(event);
      }
    }

    @Override
    public void acknowledged(InFlight record, long offset) {
      record.acknowledgedOffset = offset;
      commitAcknowledged();
    }

    @Override
    public void failed(InFlight record, AppendFailure failure) {
      if (record.record.token() == fold.state().token() && isInFlight(record)) {
        log.warn("{}: an append failed, claiming anew: {}", name(), String.valueOf(failure.cause()));
        abandon();
        if (failure.neverSent() && undecided.remove(record)) {
          answerAll(record, new StoreException(ErrorCode.NOT_APPLIED,
              "the log did not take the write: " + failure.cause().getMessage() + "; try again"));
        }
      }
    }
  }

  private boolean isInFlight(InFlight record) {
    return record.record.lsn() > fold.state().lsn() && !pipeline.isEmpty() && tokenInUse();
  }

  /** Commits what is acknowledged without a gap; where there is one, has it read back (L4, L8). */
  private void commitAcknowledged() {
    if (!tokenInUse()) {
      return;
    }
    for (InFlight head = pipeline.head(); head != null; head = pipeline.head()) {
      if (head.acknowledgedOffset == InFlight.NOT_ACKNOWLEDGED || tail.closingGap()) {
        return;
      }
      if (head.acknowledgedOffset != fold.state().position()) {
        // An unexplained gap, or no offset at all: what is between is for the log to say.
        if (head.acknowledgedOffset >= 0 && head.acknowledgedOffset < fold.state().position()) {
          abandon(); // it was read back and did not count
          return;
        }
        soughtRecord = head.acknowledgedOffset < 0 ? head : null;
        tail.closeGap(head.acknowledgedOffset);
        return;
      }
      judged(fold.applyOwn(head.acknowledgedOffset, head.record, head.hashAfter));
    }
  }

  /** A record of the token in force is valid and below the high watermark. */
  private void committed(LogRecord.TokenRecord record) {
    InFlight head = pipeline.head();
    boolean appendedHere = head != null && head.record.token() == record.token() && head.record.lsn() == record.lsn();
    CallerReads current = callerReads;
    if (record instanceof LogRecord.Event event) {
      if (current != null && (head == null || head.record != record)) {
        current.appending(event); // read back, or written by somebody else under our token
      }
      memtable.commit(event.partitionKey(), event.mutations(), event.lsn());
      if (event.serve().isPresent()) {
        serving.changed();
      }
      event.redaction().ifPresent(redacting::committed);
    }
    if (current != null) {
      current.committed(record.lsn());
    }
    if (head != null && appendedHere) {
      pipeline.removeHead();
      lease.renewedBy(head.sentNanos, head.sentWallMs);
      answerCommitted(head);
    } else if (!undecided.isEmpty() && undecided.peek().record.token() == record.token()
        && undecided.peek().record.lsn() == record.lsn()) {
      answerCommitted(undecided.remove());
    }
    waiting.committed(record.lsn());
    if (waiting.any(Waiting.For.LEASE) && lease.valid()) {
      waiting.run(Waiting.For.LEASE);
    }
    if (record instanceof LogRecord.Resign resign) {
      claims.vacated(resign.successor());
      leaderAddress = "";
      if (phase instanceof Phase.Leading) {
        abandon(); // somebody wrote it under our token; it counts all the same
      } else if (phase instanceof Phase.Resigning) {
        dethrone();
        tail.follow(); // the successor's claim will be read
      }
    }
    if (phase instanceof Phase.Following && waiting.any(Waiting.For.LEADER)) {
      waiting.run(Waiting.For.LEADER); // the incumbent lives: whoever insisted is sent there
    }
    if (waiting.any(Waiting.For.ROOM) && pipeline.size() < config.maxInFlightRecords() / 2) {
      waiting.run(Waiting.For.ROOM);
    }
  }

  private static void answerCommitted(InFlight entry) {
    if (entry.record instanceof LogRecord.Event event) {
      for (Operation.Decided<?> operation : entry.waiting) {
        operation.decided(event.outcome(), event.lsn());
      }
    }
  }

  private static void answerAll(InFlight entry, StoreException failure) {
    entry.waiting.forEach(operation -> operation.fail(failure));
  }

  // ---- leadership begins

  /** For whom {@link Claims} claims. */
  private final class Candidate implements Claims.Claimant {
    @Override
    public FoldState state() {
      return fold.state();
    }

    @Override
    public Phase phase() {
      return phase;
    }

    @Override
    public void become(Phase next) {
      phase = next;
      if (next instanceof Phase.Following) {
        // Who waits for a leader may have been answered by what was read meanwhile. Not here, in the middle of a claim.
        leaderThread.execute(() -> waiting.run(Waiting.For.LEADER));
      }
    }

    @Override
    public void readOn() {
      tail.follow();
    }

    @Override
    public void halt(ErrorCode code, String why) {
      PartitionLeader.this.halt(code, why);
    }
  }

  private void claimEffective(Verdict.ClaimEffective effective) {
    leaderAddress = effective.claim().address();
    Optional<Claims.Attempt> own = claims.effective(effective);
    if (tokenInUse()) {
      dethrone();
      tail.follow();
    }
    // What was in flight under an earlier token is decided now: before the claim it counted, behind it it is void for ever.
    while (!undecided.isEmpty()) {
      answerAll(undecided.remove(), new StoreException(ErrorCode.NOT_APPLIED,
          "the write lost its place in the log to a change of leadership and is void; try again"));
    }
    if (own.isPresent() && !(phase instanceof Phase.Closing || phase instanceof Phase.Closed)) {
      lead(effective.token(), own.get());
    } else if (!(phase instanceof Phase.Closing || phase instanceof Phase.Closed || phase instanceof Phase.Recovering)) {
      phase = new Phase.Following();
      claims.settled();
      log.info("{}: {} leads under token {}", name(), effective.claim().node(), effective.token());
      ready.complete(null);
      departure.moved(effective.claim().node());
      waiting.run(Waiting.For.LEADER);
    }
  }

  private void lead(long token, Claims.Attempt attempt) {
    epoch++;
    phase = new Phase.Leading(token, attempt.dataFromNanos());
    claims.leads(token, attempt);
    pipeline.begin(fold.state());
    lease.drop();
    lease.renewedBy(attempt.sentNanos(), attempt.sentWallMs());
    answerCallers();
    tail.stop();
    log.info("{}: leading under token {}, LSN {}", name(), token, fold.state().lsn());
    redacting.leads();
    ready.complete(null);
    departure.stayed();
    waiting.run(Waiting.For.LEADER);
    waiting.run(Waiting.For.LOG);
  }

  private void answerCallers() {
    stopAnsweringCallers();
    callerReads = new CallerReads(seat.partition(), lease, fold.state().lsn());
  }

  /** Comes before the lease is given up: who reads on a thread of its own looks at the lease, then whether this was called. */
  private void stopAnsweringCallers() {
    CallerReads current = callerReads;
    if (current != null) {
      current.end();
      callerReads = null;
    }
  }

  // ---- trouble (L6)

  /** Something about the appends cannot be explained: stop answering, let the log say what became of them, claim anew. */
  private void abandon() {
    if (!tokenInUse()) {
      return;
    }
    boolean closing = phase instanceof Phase.Closing;
    dethrone();
    if (!closing) {
      phase = new Phase.Recovering();
    }
    tail.follow();
  }

  /** The own token is no longer used. */
  private void dethrone() {
    epoch++;
    stopAnsweringCallers();
    lease.drop();
    undecided.addAll(pipeline.abandon());
    for (InFlight entry : undecided) {
      if (entry.record instanceof LogRecord.Event event) {
        memtable.dropPending(event.partitionKey(), event.mutations());
      }
    }
    if (phase instanceof Phase.Leading || phase instanceof Phase.Resigning) {
      phase = new Phase.Following();
    } else if (phase instanceof Phase.Closing) {
      phase = new Phase.Closing(false);
    }
    waiting.runCommitWaiters();
    waiting.noLongerLeading();
    leaderThread.execute(redacting::lookAgain);
  }

  /** A message failed in a way that must not happen: its state cannot be trusted any more, so the partition stops. */
  @Override
  public void fault(Throwable failure) {
    halt(ErrorCode.INTERNAL, "internal fault: " + failure);
  }

  private void halt(ErrorCode code, String why) {
    if (phase instanceof Phase.Halted || phase instanceof Phase.Closed) {
      return;
    }
    log.error("{}: HALTED: {}", name(), why);
    boolean closing = phase instanceof Phase.Closing;
    if (tokenInUse()) {
      dethrone();
    }
    phase = new Phase.Halted(code, why);
    tail.stop();
    while (!undecided.isEmpty()) {
      InFlight entry = undecided.remove();
      entry.waiting.forEach(operation -> operation.fail(
          StoreException.unknown(operation.request.id(), entry.record.token(), "the partition has halted: " + why)));
    }
    ready.completeExceptionally(new StoreException(code, name() + ": " + why));
    halted = why;
    waiting.run(Waiting.For.LEADER);
    waiting.runCommitWaiters();
    waiting.failAll(operation -> failStopped(operation, code, why));
    if (closing) {
      ended();
    }
  }

  private void failStopped(Operation<?> operation, ErrorCode code, String why) {
    if (operation.handedOver) {
      operation.fail(operation.undecided("the partition has halted: " + why));
    } else {
      operation.fail(code, "partition " + seat.partition() + " has stopped: " + why);
    }
  }

  /** All that its operations see, for those who watch over its invariants. On the leader's thread. */
  Leadership seat() {
    return seat;
  }

  /** Where whoever leads is reached, as far as this node has read; empty where nobody is known to. From any thread. */
  String leaderAddress() {
    return leaderAddress;
  }

  /** Why it has stopped for good; empty while it has not. From any thread. */
  Optional<String> halted() {
    return Optional.ofNullable(halted);
  }

  // ---- small duties

  /** L9: a lease that is still held is renewed; one that has run out is got back by a Barrier. */
  private void keepLease() {
    if (lease.valid()) {
      pipeline.append(LogRecord.Renew::new);
    } else {
      pipeline.append(LogRecord.Barrier::new);
    }
  }

  /** Who departs, for {@link Departure}. */
  private final class Leaver implements Departure.Leaver {
    @Override
    public Phase phase() {
      return phase;
    }

    @Override
    public void become(Phase next) {
      phase = next;
    }

    @Override
    public boolean vacant() {
      return fold.state().token() == FoldState.NO_TOKEN;
    }

    @Override
    public boolean inFlight() {
      return !pipeline.isEmpty();
    }

    @Override
    public void stopAnswering() {
      stopAnsweringCallers();
      lease.drop();
      waiting.noLongerLeading();
    }

    @Override
    public void answerAgain() {
      answerCallers();
      waiting.run(Waiting.For.LEADER);
    }

    @Override
    public void resign(String successor) {
      pipeline.append((header, token, lsn, timeMs) -> new LogRecord.Resign(header, token, lsn, timeMs, successor));
    }

    @Override
    public void closing() {
      ready.completeExceptionally(new StoreException(ErrorCode.CLOSED, "the node is closing"));
      if (!(phase instanceof Phase.Halted)) {
        phase = new Phase.Closing(tokenInUse());
        waiting.run(Waiting.For.LEADER);
      }
    }

    @Override
    public void ended() {
      PartitionLeader.this.ended();
    }
  }

  private void ended() {
    phase = new Phase.Closed();
    tail.stop();
    snapshots.closeAll();
    undecided.addAll(pipeline.abandon());
    for (InFlight entry : undecided) {
      entry.waiting.forEach(operation -> operation.fail(
          StoreException.unknown(operation.request.id(), entry.record.token(), "the node is closing")));
    }
    undecided.clear();
    waiting.runCommitWaiters();
    waiting.failAll(operation -> operation.fail(ErrorCode.CLOSED, "the node is closing"));
    closed.complete(null);
  }

  /** The own token is in force as far as is known, and what is appended under it is waited for. */
  private boolean tokenInUse() {
    return switch (phase) {
      case Phase.Leading leading -> true;
      case Phase.Resigning resigning -> true;
      case Phase.Closing closing -> closing.leading();
      case Phase.Recovering recovering -> false;
      case Phase.Following following -> false;
      case Phase.Claiming claiming -> false;
      case Phase.Halted halted -> false;
      case Phase.Closed closed -> false;
    };
  }

  private String name() {
    return fold.state().store() + "/" + fold.state().partition();
  }

  /** What the operations' code sees of this leader. */
  private final class Seat implements Leadership {
    @Override
    public LeaderConfig config() {
      return config;
    }

    @Override
    public LeaderClock clock() {
      return clock;
    }

    @Override
    public int partition() {
      return partition; // never the fold's state: calls of the table ask on their own threads
    }

    @Override
    public Memtable memtable() {
      return memtable;
    }

    @Override
    public LogFold fold() {
      return fold;
    }

    @Override
    public Values values() {
      return values;
    }

    @Override
    public Pipeline pipeline() {
      return pipeline;
    }

    @Override
    public Lease lease() {
      return lease;
    }

    @Override
    public @Nullable CallerReads callerReads() {
      return callerReads;
    }

    @Override
    public TableAccess tables() {
      return tables;
    }

    @Override
    public boolean leading() {
      return phase instanceof Phase.Leading;
    }

    @Override
    public boolean answers(Operation<?> operation) {
      return phase instanceof Phase.Leading
          || (operation.followerMayAnswer && (phase instanceof Phase.Following || phase instanceof Phase.Claiming));
    }

    @Override
    public boolean readsOn() {
      return phase instanceof Phase.Leading || phase instanceof Phase.Following || phase instanceof Phase.Claiming;
    }

    @Override
    public void whenLogMoved(Operation<?> operation, Runnable then) {
      waiting.park(Waiting.For.LOG, operation, then, "the log to be read further", ErrorCode.UNAVAILABLE);
    }

    @Override
    public long dataFromNanos() {
      return phase instanceof Phase.Leading leading ? leading.dataFromNanos() : Long.MAX_VALUE;
    }

    @Override
    public long epoch() {
      return epoch;
    }

    @Override
    public Optional<InFlight> undecided(RequestId id) {
      return undecided.stream()
          .filter(entry -> entry.record instanceof LogRecord.Event event && event.request().id().equals(id)).findFirst();
    }

    @Override
    public void parkUntilLeading(Operation<?> operation, Runnable then) {
      switch (phase) {
        case Phase.Halted halted -> operation.fail(halted.code(), "partition " + partition() + " has stopped: " + halted.why());
        case Phase.Closing closing -> operation.fail(ErrorCode.CLOSED, "the node is closing");
        case Phase.Closed closedPhase -> operation.fail(ErrorCode.CLOSED, "the node is closed");
        case Phase.Recovering recovering -> waiting.park(Waiting.For.LEADER, operation, then, "the partition to read its log", ErrorCode.UNAVAILABLE);
        case Phase.Following following -> {
          boolean elsewhere = claims.otherNodeLeads() && (!operation.insists || claims.heard() > operation.heardAtArrival);
          if (elsewhere) {
            operation.fail(StoreException.notLeader(partition(), fold.state().leaderNode(), fold.state().leaderAddress()));
          } else {
            waiting.park(Waiting.For.LEADER, operation, then, "a leader", ErrorCode.UNAVAILABLE);
          }
        }
        case Phase.Resigning resigning ->
            waiting.park(Waiting.For.LEADER, operation, then, "another node to take over", ErrorCode.UNAVAILABLE);
        case Phase.Claiming claiming -> waiting.park(Waiting.For.LEADER, operation, then, "a leader", ErrorCode.UNAVAILABLE);
        case Phase.Leading leading -> then.run();
      }
    }

    @Override
    public void parkUntilData(Operation<?> operation, Runnable then) {
      waiting.park(Waiting.For.DATA, operation, then, operation.waitingFor, ErrorCode.UNAVAILABLE);
    }

    @Override
    public void whenCommitted(long lsn, Operation<?> operation, Runnable then) {
      waiting.whenCommitted(lsn, operation, then);
    }

    @Override
    public void whenLeaseRenewed(Operation<?> operation, Runnable then) {
      waiting.park(Waiting.For.LEASE, operation, then, "the log, to renew the lease", ErrorCode.UNAVAILABLE);
    }

    @Override
    public void whenBarrierCommitted(Operation<?> operation, Runnable then) {
      waiting.park(Waiting.For.BARRIER, operation, then, "a barrier to be committed", ErrorCode.UNAVAILABLE);
    }

    @Override
    public void whenRoom(Operation<?> operation, Runnable then) {
      waiting.park(Waiting.For.ROOM, operation, then, operation.waitingFor, ErrorCode.SLOW_DOWN);
    }

    @Override
    public void whenTableMoved(Operation<?> operation, Runnable then) {
      waiting.park(Waiting.For.TABLE, operation, then, operation.waitingFor, ErrorCode.UNAVAILABLE);
    }

    @Override
    public void onLeaderThread(Runnable then) {
      leaderThread.execute(then);
    }

    @Override
    public void mayHaveRoom() {
      waiting.run(Waiting.For.ROOM);
    }

    @Override
    public void leaseUsed() {
      leaseUsed = true;
    }

    @Override
    public void watch(Operation<?> operation) {
      waiting.watch(operation);
    }
  }
}
