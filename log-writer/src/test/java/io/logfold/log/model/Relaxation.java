package io.logfold.log.model;

/** A rule that can be loosened without breaking an invariant: worth knowing when the law is changed. */
enum Relaxation {
  CONDITIONAL_CLAIM_WAITS_FROM_SEND("claim conditional on basis, wait measured from sending it"),
  RESIGN_WITH_WRITES_IN_FLIGHT("Resign sent behind own records still in flight"),
  FOLLOWER_IGNORES_TOKEN_CHANGE("follower answers at or above the index under a later token"),
  BARRIER_READS_WITHOUT_CLOCKS("barrier reads only, and neither lease nor quiet period"),
  NO_WAIT_AFTER_GENESIS("no quiet period when basis is Genesis itself"),
  OWN_TOKENS_WAIT_GOES_ON("a claim on the own token goes on with that token's wait, elapsed or not"),
  SUCCESSOR_GOES_BY_RESIGN_SENT("a successor that knows that the Resign was sent skips the wait, committed or not"),
  FOLLOWER_ANSWERS_AT_TOKEN_CHANGE("follower answers as soon as it has read that the token has changed");

  private final String words;

  Relaxation(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }
}
