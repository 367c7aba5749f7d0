package io.logfold.log.model;

/**
 * One rule of the law left out or turned round. Each must give a counter-example, or the model does not see the rule.
 */
enum Mutation {
  NO_DENSE_LSN("no dense-LSN rule"),
  CARRY_ON_AFTER_ERROR("carry on after a producer error"),
  NO_CONTIGUITY_CHECK("no contiguity check"),
  READ_WITHOUT_WAIT("read without waiting for in-flight writes"),
  NO_QUIET_PERIOD("no quiet period"),
  NO_LEASE_CHECK("no lease check"),
  LEASE_FROM_ACK("lease measured from the acknowledgement"),
  WAIT_FROM_CLAIM_SENT("wait measured from sending the claim (claim not conditional on basis)"),
  WAIT_FROM_BASIS_UNCONDITIONAL("wait from the observation of basis while the claim is not conditional on basis"),
  FOLLOWER_LIST_OFFSETS("follower read by ListOffsets"),
  FOLLOWER_COMMITTED_LSN("follower read by committed LSN"),
  RESIGN_BEFORE_QUIET_PERIOD("resign before L2 has elapsed"),
  UNLOGGED_RETRY("retry that changes nothing leaves no event"),
  CHECKPOINT_WITHOUT_CAS("checkpoint moved without compare-and-set"),
  ANSWER_BELOW_FLOOR("table answer accepted below the floor"),

  // Not in the law's list; each guards a rule that has no mutation there.
  FAILED_SETIF_WITHOUT_WAIT("failed SetIf answered before the writes it saw are committed"),
  RESIGN_KEEPS_READING("reads go on after Resign was sent"),
  OWN_TOKEN_NEVER_WAITS("own-token exemption although that token's L2 had not elapsed"),
  NO_DRIFT_MARGIN("quiet period one tick shorter than the longest lease"),
  SUSPENSION_IGNORED("lease kept by a clock that stood still with its machine (no L10)"),
  BARRIER_SENT_EARLIER("barrier read content with an own record sent before the read arrived"),
  CLAIM_WITHOUT_SELF_CHECK("claimant does not compare its hash with the record at its basis"),
  CLAIM_WITHOUT_PREV_HASH("claim judged without the hash of its basis (nor self-check: the law before the addition)"),
  SUCCESSOR_CLAIMS_EARLY("the successor skips the wait when the move is announced, before the Resign"),
  SUCCESSOR_FOR_EVER("the named successor skips the wait although another claim followed the Resign"),
  RESIGN_DENIES_WRITES("resign while writes are in flight, which are told NOT_APPLIED"),
  INDEX_WITHOUT_LEASE("read index given by a leader that does not check its lease"),
  INDEX_ASKED_BEFORE_ARRIVAL("a follower's read goes with an index that was asked for before the read arrived"),
  FOLLOWER_ANSWERS_UNDER_ITS_OWN_TOKEN(
      "the follower answers although the token has changed: to its own, from what it has appended"),
  GENESIS_BY_ACKNOWLEDGEMENT("own Genesis trusted when acknowledged, not read back"),
  CLAIM_BEFORE_GENESIS("a claim below the first Genesis may take effect"),
  LAST_GENESIS_WINS("a later Genesis replaces the first"),
  DEDUPE_ON_COMMITTED_ONLY("duplicates looked up in the committed state, not in the appended one"),
  LATE_UNLOGGED_ANSWER_ACCEPTED("unlogged answer to an earlier attempt accepted"),
  RETRY_WITH_FRESH_TIME("a retry carries a new requestTime"),
  EXPIRED_REQUEST_ACCEPTED("a request older than W is decided like a new one"),
  RESOLVE_BY_ID_ALONE("resolve carries the id without its requestTime (the law as worded)"),
  CANCELLED_UNDER_OTHER_TIME("CANCELLED kept under the time of its event, not the requestTime"),
  RESOLVE_AHEAD_ACCEPTED("resolve of a requestTime too far ahead is not refused as an attempt would be"),
  RESOLVE_UNLOGGED("resolve answers CANCELLED without logging it"),
  EXPIRED_ANSWERED_AT_ONCE("REQUEST_EXPIRED judged by events in flight and not treated as a read (the law as worded)"),
  FAST_LEADER_CLOCK("a leader's clock runs far ahead and its events are accepted (the law as worded)"),
  EVICT_BY_COUNT("a full table drops its oldest id without moving the expiry horizon"),
  CHECKPOINT_WITHOUT_FOLD_STATE("checkpoint holds the position without the fold state"),
  ROW_BEFORE_CHECKPOINT("row read before the checkpoint in two requests"),
  NO_SECOND_LOOK("memtable not looked at again after the table was read"),
  FLOOR_ABOVE_CHECKPOINT("memtable forgets events above the table's checkpoint"),
  SCAN_WITHOUT_PIN("scan page overlaid with what the memtable still has, floor not pinned"),
  FLOOR_FOLLOWS_OLD_TABLE("the floor follows the old table's checkpoint after the serve event"),
  NEW_TABLE_BELOW_FLOOR("answer of the new table accepted below the floor"),
  BEGIN_WITHOUT_FLOOR("a node that begins from a table that does not serve takes that for no floor"),
  SERVE_BELOW_FLOOR("serve appended although the new table is below the floor"),
  SERVE_WITHOUT_PIN("floor not pinned while a change is prepared"),
  SERVE_PIN_ENDS_WITH_CALL("floor pinned until the call ends, not until its event is committed or void");

  private final String words;

  Mutation(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }
}
