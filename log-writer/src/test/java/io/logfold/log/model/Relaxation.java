package io.logfold.log.model;

/** A rule that can be loosened without breaking an invariant: worth knowing when the law is changed. */
enum Relaxation {
  CONDITIONAL_CLAIM_WAITS_FROM_SEND("claim conditional on basis, wait measured from sending it"),
  RESIGN_WITH_WRITES_IN_FLIGHT("Resign sent behind own records still in flight"),
  FOLLOWER_IGNORES_TOKEN_CHANGE("follower answers at or above the index under a later token"),
  BARRIER_READS_WITHOUT_CLOCKS("barrier reads only, and neither lease nor quiet period"),
  NO_WAIT_AFTER_GENESIS("no quiet period when basis is Genesis itself");

  private final String words;

  Relaxation(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }
}
