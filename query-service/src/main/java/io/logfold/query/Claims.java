package io.logfold.query;

import io.logfold.api.ErrorCode;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.Hash;
import io.logfold.log.LogRecord;
import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.AppendFailure;
import io.logfold.log.PartitionLog.LogBatch;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHasher;
import io.logfold.log.RecordHeader;
import io.logfold.log.Verdict;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When this node claims, and from when on it may append data under a claim (L1, L2). One claim is under way at a time.
 * Owned by the leader's thread.
 *
 * <ul>
 *   <li>It claims where nobody's token is in force, or its own; else only for a command that the incumbent did not answer,
 *       and when nothing valid was heard for TTL(1+e).
 *   <li>Of several standbys each waits its rank's number of staggers longer, so that the claims do not meet; the successor
 *       that a Resign names waits not at all. Ranks come from a placement, and are hints: who leads is said by the log alone.
 *   <li>Before it claims it reads the record at its basis again and compares the hash with its fold's: a node whose fold
 *       went wrong would find its own claim effective, and answer reads, while nobody else sees it lead.
 *   <li>Data waits until TTL(1+e) after the basis was observed; not at all where the basis is a Resign, and as for the
 *       token before where that was this process's own.
 * </ul>
 */
final class Claims {
  private static final Logger log = LoggerFactory.getLogger(Claims.class);
  private static final long RETRY_NANOS = 200_000_000;
  private static final long GIVE_UP_NANOS = 10_000_000_000L;
  private static final int MOST_NONCES = 64;

  /** For whom it claims. */
  interface Claimant {
    FoldState state();

    Phase phase();

    void become(Phase phase);

    /** What is in the log by now shall be read. */
    void readOn();

    void halt(ErrorCode code, String why);
  }

  /** A claim that was sent. */
  record Attempt(long nonce, long sentNanos, long sentWallMs, long dataFromNanos) {}

  private final LeaderConfig config;
  private final long quietNanos;
  private final PartitionLog partitionLog;
  private final Executor leaderThread;
  private final LeaderClock clock;
  private final RandomGenerator random;
  private final Claimant claimant;

  /** The last one sent; it may become effective although it was given up. */
  private @Nullable Attempt attempt;

  /** Where the claim under way lies; -1: not known yet. */
  private long offset = -1;

  /** The log has the claim under way and did not say where: once the end was read it has been judged. */
  private boolean unplaced;

  private boolean wanted;

  /** The claims that this process has sent lately; one that was given up may still come into the log. */
  private final ArrayDeque<Long> sentNonces = new ArrayDeque<>();

  /** A token in force that another process claimed under this node's name, while this one was reading along. */
  private long twinToken = FoldState.NO_TOKEN;

  /** This node leads nothing any more: it is about to end. */
  private boolean retired;

  /** Nodes in the order in which they shall claim; empty: not known, and then nobody waits for anybody. */
  private List<String> ranking = List.of();

  /** Whom the last Resign named, while nobody has claimed after it; null: it named nobody, or there is none. */
  private @Nullable String successor;
  private boolean claimedBefore;
  private long notBeforeNanos;
  private long observedNanos;
  private long heard;

  /** The token that this process led under last, and its L2; NO_TOKEN: it led none. */
  private long lastOwnToken = FoldState.NO_TOKEN;
  private long lastOwnDataFromNanos;

  Claims(LeaderConfig config, GenesisConfig genesis, PartitionLog partitionLog, Executor leaderThread, LeaderClock clock,
      RandomGenerator random, Claimant claimant) {
    this.config = config;
    this.quietNanos = genesis.ttlMs() * 1_000 * (1_000 + genesis.driftPermille());
    this.partitionLog = partitionLog;
    this.leaderThread = leaderThread;
    this.clock = clock;
    this.random = random;
    this.claimant = claimant;
  }

  // ---- what is heard of the log

  /** A valid record was read, or a state of the log that holds it: the age of the basis counts from here. */
  void observed() {
    observedNanos = clock.monotonicNanos();
    if (!(claimant.phase() instanceof Phase.Recovering)) {
      heard++; // else it may have been said long ago
    }
  }

  /** The incumbent resigned: whoever stands by claims at once, without a command; the one it named before the others. */
  void vacated(String named) {
    wanted = true;
    successor = named.isEmpty() ? null : named;
  }

  void ranking(List<String> nodes) {
    ranking = List.copyOf(nodes);
  }

  /** The first node in the ranking that is not this one; empty where there is none. */
  String nextInRanking() {
    return ranking.stream().filter(node -> !node.equals(config.node())).findFirst().orElse("");
  }

  void retire() {
    retired = true;
  }

  boolean retired() {
    return retired;
  }

  boolean wanted() {
    return wanted && !retired;
  }

  /** Who leads is known, at the log's end or because of a claim; returns whether this node wants to. */
  boolean settled() {
    wanted = vacantOrOwn(claimant.state());
    return wanted;
  }

  /**
   * Nobody's token is in force, or this node's: of this process, or of an earlier life, which a node id rules to be over. Not
   * that of a twin: two processes that both took the token for their own would depose each other without end.
   */
  private boolean vacantOrOwn(FoldState state) {
    return state.token() == FoldState.NO_TOKEN || (state.leaderNode().equals(config.node()) && state.token() != twinToken);
  }

  /** Another node's token is in force, be it heard of or not. */
  boolean otherNodeLeads() {
    return !vacantOrOwn(claimant.state());
  }

  /** How long ago the last valid record was heard of. */
  long silentMs() {
    return (clock.monotonicNanos() - observedNanos) / 1_000_000;
  }

  /** How often something valid was heard of; where it has grown, whoever leads is alive. */
  long heard() {
    return heard;
  }

  /** How long this node keeps still after the last valid record, before it claims. */
  private long patienceNanos(FoldState state) {
    if (state.token() == FoldState.NO_TOKEN) {
      String named = successor;
      return named == null ? staggers(state) : named.equals(config.node()) ? 0 : staggers(state) + config.staggerMs() * 1_000_000;
    }
    return vacantOrOwn(state) ? 0 : quietNanos + staggers(state);
  }

  /** One stagger for each node, but the incumbent, that shall claim before this one. */
  private long staggers(FoldState state) {
    long before = ranking.stream().takeWhile(node -> !node.equals(config.node()))
        .filter(node -> !node.equals(state.leaderNode())).count();
    return before * config.staggerMs() * 1_000_000;
  }

  /** Whether the L2 of the token that this process led under last has elapsed. */
  boolean quietElapsed(long nowNanos) {
    return nowNanos - lastOwnDataFromNanos >= 0;
  }

  // ---- claiming

  /** Claims if it is time to. */
  void consider(long nowNanos, boolean commandWaits) {
    boolean tooSoon = claimedBefore && nowNanos - notBeforeNanos < 0;
    long patience = patienceNanos(claimant.state());
    boolean silent = patience == 0 || nowNanos - observedNanos > patience;
    if (!retired && (wanted || commandWaits) && !tooSoon && silent) {
      verifyBasis(nowNanos);
    }
  }

  private void verifyBasis(long nowNanos) {
    FoldState state = claimant.state();
    long nonce = random.nextLong();
    offset = -1;
    unplaced = false;
    claimedBefore = true;
    notBeforeNanos = nowNanos + RETRY_NANOS + (long) (RETRY_NANOS * random.nextDouble());
    claimant.become(new Phase.Claiming(nonce, nowNanos + GIVE_UP_NANOS));
    partitionLog.read(state.lastValidOffset(), 1, 0).whenComplete((batch, failure) -> leaderThread.execute(() -> {
      if (underWay(nonce)) {
        basisRead(nonce, state, batch, failure);
      }
    }));
  }

  private void basisRead(long nonce, FoldState basis, @Nullable LogBatch batch, @Nullable Throwable failure) {
    if (!claimant.state().hash().equals(basis.hash())) {
      claimant.become(new Phase.Following()); // somebody wrote meanwhile: who leads is to be considered anew
    } else if (batch == null || batch.records().isEmpty()) {
      log.debug("{}: cannot claim, the log is not to be read: {}", name(), String.valueOf(failure));
      claimant.become(new Phase.Following());
    } else if (hashAt(batch.records().get(0), basis).equals(Optional.of(basis.hash()))) {
      send(nonce);
    } else {
      claimant.halt(ErrorCode.CORRUPT, "the record at offset " + basis.lastValidOffset()
          + " is not the one this node has folded, whose hash is " + basis.hash()
          + ": this node's fold, or its table's, went wrong, or the log was changed; compare with another node");
    }
  }

  /** The chain's hash behind this record, if it is the one at the basis; empty where it is not. */
  private static Optional<Hash> hashAt(RawRecord record, FoldState state) {
    return record.offset() == state.lastValidOffset() && RecordCodec.decode(record.value()) instanceof RecordCodec.Decoded.Ok ok
        ? Optional.of(RecordHasher.next(ok.record().header().prevHash(), ok.record()))
        : Optional.empty();
  }

  private void send(long nonce) {
    long now = clock.monotonicNanos();
    FoldState state = claimant.state();
    boolean vacant = state.token() == FoldState.NO_TOKEN;
    boolean reclaim = !vacant && state.token() == lastOwnToken;
    // L2. Vacant: the basis is a Resign, or nobody ever led. Own token: what held for it holds on.
    long dataFrom = vacant ? now : reclaim ? lastOwnDataFromNanos : observedNanos + quietNanos;
    RecordHeader header = new RecordHeader(state.store(), state.partition(), RecordHeader.FORMAT, state.hash());
    attempt = new Attempt(nonce, now, clock.wallMs(), dataFrom);
    sentNonces.add(nonce);
    if (sentNonces.size() > MOST_NONCES) {
      sentNonces.remove();
    }
    log.debug("{}: claiming on token {}, basis {}", name(), state.token(), state.lastValidOffset());
    LogRecord.Claim claim =
        new LogRecord.Claim(header, config.node(), config.address(), state.token(), state.lastValidOffset(), nonce);
    partitionLog.append(RecordCodec.encode(claim), new PartitionLog.AppendCallback() {
      @Override
      public void appended(long at) {
        leaderThread.execute(() -> acknowledged(nonce, at));
      }

      @Override
      public void failed(AppendFailure failure) {
        leaderThread.execute(() -> {
          if (underWay(nonce)) {
            log.debug("{}: the claim failed: {}", name(), String.valueOf(failure.cause()));
            claimant.become(new Phase.Following());
          }
        });
      }
    });
  }

  private void acknowledged(long nonce, long at) {
    if (underWay(nonce)) {
      offset = at;
      unplaced = at < 0;
      recordJudged();
      if (underWay(nonce)) {
        claimant.readOn(); // what is read from now on holds it
      }
    }
  }

  private boolean underWay(long nonce) {
    return claimant.phase() instanceof Phase.Claiming claiming && claiming.nonce() == nonce;
  }

  // ---- the outcome

  /** A record was judged: where it was the claim and did not become effective, it was void. */
  void recordJudged() {
    if (claimant.phase() instanceof Phase.Claiming && offset >= 0 && claimant.state().position() > offset) {
      claimant.become(new Phase.Following());
    }
  }

  /** The log was read to its end: a claim that lies anywhere in it was judged. */
  void endReached() {
    if (claimant.phase() instanceof Phase.Claiming && unplaced) {
      claimant.become(new Phase.Following());
    }
  }

  /** Some claim is effective; returns this process's own if it is that. Another one of it is void from now on. */
  Optional<Attempt> effective(Verdict.ClaimEffective effective) {
    observed();
    successor = null;
    Attempt sent = attempt;
    attempt = null;
    boolean sameName = effective.claim().node().equals(config.node());
    if (sameName && !sentNonces.contains(effective.claim().nonce()) && !(claimant.phase() instanceof Phase.Recovering)) {
      twinToken = effective.token();
      log.error("{}: another process runs as node {}, at {}, and has claimed the partition: give each process a node id of its"
          + " own; this one treats it as another node", name(), config.node(), effective.claim().address());
    }
    boolean own = sent != null && sent.nonce() == effective.claim().nonce() && sameName;
    return own ? Optional.ofNullable(sent) : Optional.empty();
  }

  /** This node leads under its claim. */
  void leads(long token, Attempt effective) {
    lastOwnToken = token;
    lastOwnDataFromNanos = effective.dataFromNanos();
    wanted = false;
  }

  private String name() {
    return claimant.state().store() + "/" + claimant.state().partition();
  }
}
