package io.logfold.query;

/**
 * The position of a leader under its lease: a follower that has applied the log to there, and finds the same token in force,
 * may answer a read that began before the leader was asked (the read index of Raft, Ongaro's dissertation, section 6.4;
 * here by the last <em>appended</em> LSN, since others may see a record before its leader knows it to be committed).
 */
public record ReadIndex(long token, long appendedLsn) {}
