package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Commits with their changes, one after the other, out of one {@code git diff-tree --stdin}.
 *
 * <p>Each commit is handed to git together with the parent to compare it with, so that merges are compared with their
 * first parent alone whatever the user's configuration says. With {@code -z} a commit comes as
 * <pre>OID 0 AUTHOR 0 SUBJECT 0 0 [LF] { ":" OLDMODE SP NEWMODE SP OLDOID SP NEWOID SP STATUS 0 PATH 0 }*</pre>
 * and the next one begins with a hexadecimal digit. One thread at a time; {@link #close} ends the process.
 */
final class GitHistory implements AutoCloseable {
  private final Process process;
  private final GitCommand.StderrReader stderr;
  private final InputStream in;
  private final List<String> firstParents;
  private int index;
  private int peeked;

  private GitHistory(Process process, List<String> firstParents, int fromIndex) {
    this.process = process;
    this.stderr = GitCommand.StderrReader.of(process);
    this.in = new BufferedInputStream(process.getInputStream(), 1 << 16);
    this.firstParents = firstParents;
    this.index = fromIndex;
    this.peeked = -2;
  }

  static GitHistory start(GitCommand git, List<String> firstParents, int fromIndex) {
    Process process = git.start(List.of("diff-tree", "--stdin", "--root", "--always", "-r", "-z", "--raw",
        "--no-abbrev", "--no-renames", "--no-ext-diff", "--ignore-submodules=none", "--encoding=UTF-8",
        "--format=%H%x00%an <%ae>%x00%s%x00"));
    GitHistory history = new GitHistory(process, firstParents, fromIndex);
    Thread.ofVirtual().name("git-stdin").start(() -> feed(process, firstParents, fromIndex));
    return history;
  }

  private static void feed(Process process, List<String> firstParents, int fromIndex) {
    try (OutputStream out = process.getOutputStream()) {
      for (int i = fromIndex; i < firstParents.size(); i++) {
        String parent = i == 0 ? "" : " " + firstParents.get(i - 1);
        out.write((firstParents.get(i) + parent + "\n").getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      // The process is gone: whoever reads its output sees the end too early and says so.
    }
  }

  /** The index of the commit that {@link #next} gives. */
  int nextIndex() {
    return index;
  }

  /** The next commit; empty behind the tip. */
  Optional<GitCommit> next() {
    if (index == firstParents.size()) {
      return Optional.empty();
    }
    try {
      String oid = text();
      if (!oid.equals(firstParents.get(index))) {
        throw new GitException("git diff-tree answered '" + oid + "' instead of commit " + firstParents.get(index));
      }
      String author = text();
      String subject = text();
      expect(0);
      List<TreeChange> changes = new ArrayList<>();
      if (peek() == '\n') {
        take();
      }
      while (peek() == ':') {
        take();
        changes.add(change());
      }
      return Optional.of(new GitCommit(index++, oid, author, subject, changes));
    } catch (IOException e) {
      throw new GitException("git diff-tree: " + e.getMessage(), e);
    }
  }

  private TreeChange change() throws IOException {
    String[] fields = text().split(" ");
    if (fields.length != 5) {
      throw new GitException("git diff-tree answered a change of " + fields.length + " fields instead of 5");
    }
    return new TreeChange(Bytes.wrap(bytes()), value(fields[0], fields[2]), value(fields[1], fields[3]));
  }

  private static Optional<Bytes> value(String mode, String oid) {
    return mode.equals("000000") ? Optional.empty() : Optional.of(Bytes.utf8(mode + " " + oid));
  }

  private String text() throws IOException {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  private byte[] bytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    for (int b = take(); b != 0; b = take()) {
      bytes.write(b);
    }
    return bytes.toByteArray();
  }

  private void expect(int wanted) throws IOException {
    int got = take();
    if (got != wanted) {
      throw new GitException("git diff-tree answered byte " + got + " instead of " + wanted);
    }
  }

  private int peek() throws IOException {
    if (peeked == -2) {
      peeked = in.read();
    }
    return peeked;
  }

  private int take() throws IOException {
    int b = peek();
    peeked = -2;
    if (b < 0) {
      throw new GitException("git diff-tree ended before commit " + firstParents.get(index) + ": "
          + GitCommand.firstLine(stderr.text()));
    }
    return b;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
