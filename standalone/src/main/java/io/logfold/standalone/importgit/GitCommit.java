package io.logfold.standalone.importgit;

import java.util.List;

/**
 * One git commit and what it changed against its first parent.
 *
 * @param index its place among the first parents, counted from 0 at the root
 * @param author {@code Name <email>}; bytes that are not UTF-8 became replacement characters
 * @param changes in git's order; empty for a commit that changed nothing
 */
record GitCommit(int index, String oid, String author, String subject, List<TreeChange> changes) {
  GitCommit {
    changes = List.copyOf(changes);
  }
}
