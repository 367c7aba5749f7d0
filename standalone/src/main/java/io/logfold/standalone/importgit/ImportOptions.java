package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What to import.
 *
 * @param branch empty: what HEAD points to
 * @param partitionKey empty: {@code REPOSITORY/BRANCH}
 * @param limit most git commits in this run; 0: all
 * @param rewritten where history was rewritten, bring the store to the branch's tip by one difference
 * @param call deadline of each single call to the store
 */
public record ImportOptions(Path repository, Optional<String> branch, Optional<Bytes> partitionKey, long limit,
    boolean rewritten, CallOptions call) {}
