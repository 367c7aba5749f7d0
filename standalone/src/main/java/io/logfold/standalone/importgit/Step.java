package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import java.util.ArrayList;
import java.util.List;

/**
 * What one store commit does: a git commit's changes, or a chunk of them where they are more than a commit may hold. A
 * git commit without changes is one step without changes: it is passed, and nothing is sent.
 *
 * <p>The chunks of a git commit are the same on every run. They need not be cut by size: with keys at their limit a
 * chunk stays under a tenth of {@link Limits#MAX_COMMIT_BYTES}.
 *
 * @param commitIndex the git commit's place among the first parents
 * @param from how many of the git commit's changes come before this step
 * @param total how many changes the git commit has
 */
record Step(int commitIndex, String oid, int from, int total, List<TreeChange> changes, Provenance provenance) {
  /** Predicates that a step may carry besides those of its own changes. */
  static final int MAX_CHAIN = 10;
  /** One predicate per change, and room for the chain. */
  static final int MAX_CHANGES = Math.min(Limits.MAX_COMMIT_MUTATIONS, Limits.MAX_COMMIT_PREDICATES - MAX_CHAIN);

  /** How many of the git commit's changes are done once this step is. */
  int to() {
    return from + changes.size();
  }

  boolean endsCommit() {
    return to() == total;
  }

  /**
   * The steps of a commit, without the first {@code done} changes.
   *
   * @throws ImportRefusedException where the store cannot hold a path
   */
  static List<Step> of(GitCommit commit, int done) {
    for (TreeChange change : commit.changes()) {
      if (change.path().size() > Limits.MAX_KEY_BYTES) {
        throw new ImportRefusedException("commit " + commit.oid() + " changes a path of " + change.path().size()
            + " bytes, a key has at most " + Limits.MAX_KEY_BYTES + ": " + change.path()
            + "; nothing of this commit was written");
      }
    }
    Provenance provenance = provenance(commit, commit.subject());
    int total = commit.changes().size();
    if (total == 0) {
      return List.of(new Step(commit.index(), commit.oid(), 0, 0, List.of(), provenance));
    }
    List<Step> steps = new ArrayList<>();
    for (int from = done; from < total; from += MAX_CHANGES) {
      List<TreeChange> changes = commit.changes().subList(from, Math.min(total, from + MAX_CHANGES));
      steps.add(new Step(commit.index(), commit.oid(), from, total, changes, provenance));
    }
    return steps;
  }

  static Provenance provenance(GitCommit commit, String reason) {
    return new Provenance(cut(commit.author(), Limits.MAX_PRINCIPAL_BYTES), cut(reason, Limits.MAX_REASON_BYTES),
        "git:" + commit.oid());
  }

  /** The change's old value, as a predicate. */
  static Predicate before(TreeChange change) {
    return change.before().<Predicate>map(value -> new Predicate.ValueEquals(change.path(), value))
        .orElseGet(() -> new Predicate.Absent(change.path()));
  }

  static Mutation mutation(TreeChange change) {
    return change.after().<Mutation>map(value -> new Mutation.Put(change.path(), value))
        .orElseGet(() -> new Mutation.Delete(change.path()));
  }

  /** The longest beginning that fits into so many bytes of UTF-8 and does not cut a character in two. */
  static String cut(String text, int mostBytes) {
    int bytes = 0;
    int i = 0;
    while (i < text.length()) {
      int point = text.codePointAt(i);
      int size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      if (bytes + size > mostBytes) {
        break;
      }
      bytes += size;
      i += Character.charCount(point);
    }
    return text.substring(0, i);
  }

  @Override
  public String toString() {
    String part = total > MAX_CHANGES ? " (changes " + (from + 1) + " to " + to() + " of " + total + ")" : "";
    return "commit " + oid + part;
  }

  /** The paths this step changes. */
  List<Bytes> paths() {
    return changes.stream().map(TreeChange::path).toList();
  }
}
