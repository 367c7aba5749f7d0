package io.logfold.query.simulation;

import java.util.List;

/**
 * The real code with one rule of the law broken. The simulation must notice each of them, or it does not see the rule.
 *
 * @param name as the law lists it
 * @param edits what is changed; nothing of it is in the store's own code
 */
record Mutant(String name, List<Edit> edits) {

  /**
   * One place that is changed.
   *
   * @param module the module of the source file, and the file below its {@code src/main/java}
   * @param snippet what stands there, exactly, and once
   * @param replacement what stands there in the mutant
   */
  record Edit(String module, String file, String snippet, String replacement) {}

  private static final String QUERY = "query-service";
  private static final String LEADER = "io/logfold/query/PartitionLeader.java";
  private static final String DEPARTURE = "io/logfold/query/Departure.java";
  private static final String CALLER_READS = "io/logfold/query/CallerReads.java";
  private static final String CLAIMS = "io/logfold/query/Claims.java";
  private static final String READS = "io/logfold/query/Reads.java";
  private static final String WRITES = "io/logfold/query/Writes.java";
  private static final String LOG = "log-writer";
  private static final String FOLD = "io/logfold/log/LogFold.java";

  /**
   * A claim that counts although somebody wrote after its basis. Its hash is that of its basis, so the rules that compare
   * that go too: the fold's, the claimant's own, the projector's.
   */
  private static final List<Edit> CLAIM_NOT_CONDITIONAL_ON_BASIS = List.of(
      new Edit(LOG, FOLD, "if (claim.basis() < lastValidOffset) {", "if (false) {"),
      new Edit(LOG, FOLD, "if (!claim.header().prevHash().equals(hash)) {", "if (false) {"),
      new Edit(QUERY, CLAIMS, "} else if (hashAt(batch.records().get(0), basis).equals(Optional.of(basis.hash()))) {",
          "} else if (true) {"),
      new Edit("projector", "io/logfold/projector/CheckpointProof.java", "    if (!stands(at)) {", "    if (true) {"));

  /** In the order of the law's list. */
  static List<Mutant> all() {
    return List.of(
        new Mutant("no dense-LSN rule", List.of(
            new Edit(LOG, FOLD, "if (record.lsn() != lsn + 1) {", "if (record.lsn() <= lsn) {"),
            new Edit(LOG, FOLD, "if (!record.header().prevHash().equals(hash)) {", "if (false) {"))),
        new Mutant("carry on after a producer error", List.of(
            new Edit(QUERY, LEADER, "log.warn(\"{}: an append failed, claiming anew: {}\", name(), String.valueOf(failure.cause()));",
                "if (!failure.neverSent()) { acknowledged(record, fold.state().position()); return; }"))),
        new Mutant("no contiguity check", List.of(
            new Edit(QUERY, LEADER, "if (head.acknowledgedOffset != fold.state().position()) {",
                "if (head.acknowledgedOffset < fold.state().position()) {"))),
        new Mutant("read without waiting for in-flight writes", List.of(
            new Edit(QUERY, READS, "pending = Math.max(pending, entry.pendingRevision);", "pending = 0;"))),
        new Mutant("no quiet period", List.of(
            new Edit(QUERY, CLAIMS, "reclaim ? lastOwnDataFromNanos : observedNanos + quietNanos;",
                "reclaim ? lastOwnDataFromNanos : now;"))),
        new Mutant("no lease check", List.of(
            new Edit(QUERY, READS, "} else if (leader.lease().valid()) {", "} else if (true) {"))),
        new Mutant("callers are answered what a write in flight changes", List.of(
            new Edit(QUERY, "io/logfold/query/Pipeline.java", "outcomes.appending(event);", ""))),
        new Mutant("callers are answered without a lease", List.of(
            new Edit(QUERY, CALLER_READS, "lease.young() && !ended", "!ended"))),
        new Mutant("lease measured from the acknowledgement", List.of(
            new Edit(QUERY, LEADER, "lease.renewedBy(head.sentNanos, head.sentWallMs);",
                "lease.renewedBy(clock.monotonicNanos(), clock.wallMs());"))),
        new Mutant("wait measured from sending the claim (claim not conditional on basis)", with(CLAIM_NOT_CONDITIONAL_ON_BASIS,
            new Edit(QUERY, CLAIMS, "reclaim ? lastOwnDataFromNanos : observedNanos + quietNanos;",
                "reclaim ? lastOwnDataFromNanos : now + quietNanos;"))),
        new Mutant("wait from the observation of basis while the claim is not conditional on basis", CLAIM_NOT_CONDITIONAL_ON_BASIS),
        new Mutant("follower read by ListOffsets", List.of(
            new Edit(QUERY, READS, "incumbent.readIndex(leader.partition(), address, left).whenComplete(",
                "java.util.concurrent.CompletableFuture.completedFuture(new ReadIndex(leader.fold().state().token(),"
                    + " leader.fold().state().lsn())).whenComplete("))),
        new Mutant("follower read by committed LSN", List.of(
            new Edit(QUERY, READS, "new ReadIndex(leader.fold().state().token(), leader.pipeline().appendedLsn());",
                "new ReadIndex(leader.fold().state().token(), leader.committedLsn());"))),
        new Mutant("resign before L2 has elapsed", List.of(
            new Edit(QUERY, DEPARTURE, "if (leaver.vacant() || !claims.quietElapsed(now)) {", "if (leaver.vacant()) {"),
            new Edit(QUERY, DEPARTURE, "} else if (!claims.quietElapsed(now)) {", "} else if (false) {"))),
        new Mutant("retry that changes nothing leaves no event", List.of(
            new Edit(QUERY, WRITES, "if (operation.request.attempt() != 1) {", "if (false) {"))),
        new Mutant("checkpoint moved without compare-and-set", List.of(
            new Edit("projector", "io/logfold/projector/table/memory/MemoryTable.java",
                "if (found.at().position() != from.at().position() || !found.at().hash().equals(from.at().hash())) {",
                "if (false) {"))),
        new Mutant("table answer accepted below the floor", List.of(
            new Edit(QUERY, READS, "} else if (read.checkpoint().at().lsn() < leader.memtable().floor()) {", "} else if (false) {"),
            new Edit(QUERY, READS, "        if (read.checkpoint().at().lsn() < leader.memtable().floor()) {\n          tooOld",
                "        if (false) {\n          tooOld"),
            new Edit(QUERY, READS, "boolean recent = read != null && read.oldestCheckpointLsn() >= pin;", "boolean recent = true;"))));
  }

  private static List<Edit> with(List<Edit> some, Edit more) {
    return java.util.stream.Stream.concat(some.stream(), java.util.stream.Stream.of(more)).toList();
  }
}
