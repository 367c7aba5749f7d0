package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** A git repository, bare or not, read through the git binary. Bytes stay bytes: paths are never decoded. */
final class GitRepository {
  private final GitCommand git;
  private final Path directory;

  private GitRepository(GitCommand git, Path directory) {
    this.git = git;
    this.directory = directory;
  }

  /** The commit to import up to, and the name under which it goes. */
  record Tip(String branch, String oid) {}

  static GitRepository open(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new GitException(directory + " is not a directory; expected a git repository");
    }
    GitCommand git = new GitCommand(directory);
    GitCommand.Result found = git.run("rev-parse", "--git-dir");
    if (!found.ok()) {
      throw new GitException(directory + ": " + GitCommand.firstLine(found.error()));
    }
    if (git.mustRun("rev-parse", "--is-shallow-repository").text().equals("true")) {
      throw new GitException(directory + " is a shallow clone, its history does not reach the root; run"
          + " 'git fetch --unshallow' first");
    }
    return new GitRepository(git, directory);
  }

  /** The repository's name: its folder's, without {@code .git}. */
  String name() {
    Path common = directory.resolve(git.mustRun("rev-parse", "--git-common-dir").text()).toAbsolutePath().normalize();
    Path named = String.valueOf(common.getFileName()).equals(".git") ? common.getParent() : common;
    String name = named == null || named.getFileName() == null ? "repository" : named.getFileName().toString();
    return name.endsWith(".git") && name.length() > 4 ? name.substring(0, name.length() - 4) : name;
  }

  /** A branch (local first, then remote, then a tag), or what HEAD points to where none is named. */
  Tip tip(Optional<String> branch) {
    if (branch.isEmpty()) {
      GitCommand.Result head = git.run("symbolic-ref", "--quiet", "--short", "HEAD");
      String name = head.ok() ? head.text() : "HEAD";
      return new Tip(name, commit("HEAD").orElseThrow(() -> new GitException(
          directory + ": " + name + " has no commits yet")));
    }
    String name = branch.get();
    for (String space : List.of("refs/heads/", "refs/remotes/", "refs/tags/")) {
      Optional<String> oid = commit(space + name);
      if (oid.isPresent()) {
        return new Tip(name, oid.get());
      }
    }
    throw new GitException(directory + " has no branch '" + name + "'; 'git branch --all' lists those it has");
  }

  private Optional<String> commit(String ref) {
    GitCommand.Result result = git.run("rev-parse", "--verify", "--quiet", ref + "^{commit}");
    return result.ok() ? Optional.of(result.text()) : Optional.empty();
  }

  /** Object ids of the tip's first parents, the root first, the tip last. */
  List<String> firstParents(String tip) {
    return new String(git.mustRun("rev-list", "--first-parent", "--reverse", tip).output(), StandardCharsets.US_ASCII)
        .lines().toList();
  }

  /** What {@code git ls-tree -r} lists: mode and object id of each path. */
  NavigableMap<Bytes, Bytes> tree(String oid) {
    byte[] output = git.mustRun("ls-tree", "-r", "-z", "--full-tree", oid).output();
    NavigableMap<Bytes, Bytes> tree = new TreeMap<>();
    int at = 0;
    while (at < output.length) {
      int tab = indexOf(output, '\t', at);
      int end = indexOf(output, 0, tab);
      String[] fields = new String(output, at, tab - at, StandardCharsets.US_ASCII).split(" ");
      tree.put(Bytes.wrap(java.util.Arrays.copyOfRange(output, tab + 1, end)), Bytes.utf8(fields[0] + " " + fields[2]));
      at = end + 1;
    }
    return tree;
  }

  /** Author and subject of one commit, with the changes against its first parent. */
  GitCommit commit(List<String> firstParents, int index) {
    try (GitHistory history = history(firstParents.subList(0, index + 1), index)) {
      return history.next().orElseThrow(() -> new GitException("git has no commit " + firstParents.get(index)));
    }
  }

  /** The commits from an index on, read by one long-lived git process. */
  GitHistory history(List<String> firstParents, int fromIndex) {
    return GitHistory.start(git, firstParents, fromIndex);
  }

  private static int indexOf(byte[] data, int wanted, int from) {
    for (int i = from; i < data.length; i++) {
      if (data[i] == wanted) {
        return i;
      }
    }
    throw new GitException("git's answer was cut short");
  }
}
