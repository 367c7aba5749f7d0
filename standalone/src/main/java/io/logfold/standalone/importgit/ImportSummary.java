package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;

/**
 * What a run did.
 *
 * @param commits git commits imported by this run, those without changes included
 * @param changes paths put and deleted by this run
 * @param storeCommits events that made
 * @param tip the git commit that the store now holds the tree of
 * @param left git commits that {@code limit} left for another run
 */
public record ImportSummary(Bytes partitionKey, String tip, long commits, long changes, long storeCommits, long left) {}
