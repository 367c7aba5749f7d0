package io.logfold.standalone.importgit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes repositories with {@code git fast-import}, whose input may hold any byte in paths, names and subjects. Text is
 * one byte a character (ISO 8859-1), so that a test can write any byte string as a Java string.
 */
final class GitFixture {
  private final Path directory;
  private final StringBuilder stream = new StringBuilder();
  private int marks;
  private int seconds = 1_700_000_000;

  private GitFixture(Path directory) {
    this.directory = directory;
  }

  static GitFixture init(Path directory, String... options) throws IOException {
    Files.createDirectories(directory);
    GitFixture fixture = new GitFixture(directory);
    List<String> init = new ArrayList<>(List.of("init", "-q", "-b", "main"));
    init.addAll(List.of(options));
    fixture.git(init.toArray(String[]::new));
    return fixture;
  }

  Path directory() {
    return directory;
  }

  /** A commit on top of a branch's last one; gives its mark. */
  int commit(String branch, String subject, String... changes) {
    return commitBy(branch, "Ada <ada@example.org>", subject, "", changes);
  }

  int merge(String branch, String subject, int other, String... changes) {
    return commitBy(branch, "Ada <ada@example.org>", subject, "merge :" + other + "\n", changes);
  }

  int commitBy(String branch, String author, String subject, String parents, String... changes) {
    int mark = ++marks;
    int time = seconds++;
    stream.append("commit refs/heads/").append(branch).append("\nmark :").append(mark)
        .append("\nauthor ").append(author).append(' ').append(time).append(" +0000")
        .append("\ncommitter Bot <bot@example.org> ").append(time).append(" +0000")
        .append("\ndata ").append(subject.length()).append('\n').append(subject).append('\n').append(parents);
    for (String change : changes) {
      stream.append(change);
    }
    stream.append('\n');
    return mark;
  }

  static String put(String path, String content) {
    return put("100644", path, content);
  }

  static String put(String mode, String path, String content) {
    return "M " + mode + " inline " + quoted(path) + "\ndata " + content.length() + "\n" + content + "\n";
  }

  static String submodule(String path, String oid) {
    return "M 160000 " + oid + " " + quoted(path) + "\n";
  }

  static String delete(String path) {
    return "D " + quoted(path) + "\n";
  }

  static String rename(String from, String to) {
    return "R " + quoted(from) + " " + quoted(to) + "\n";
  }

  private static String quoted(String path) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : path.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < 0x20 || c >= 0x7F) {
        quoted.append('\\').append(String.format("%03o", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  /** Hands what was said to git. */
  void write() throws IOException {
    byte[] input = stream.toString().getBytes(StandardCharsets.ISO_8859_1);
    stream.setLength(0);
    run(input, "fast-import", "--quiet", "--force", "--date-format=raw-permissive",
        "--export-marks=.git-marks", "--import-marks-if-exists=.git-marks");
  }

  String git(String... arguments) throws IOException {
    return new String(run(new byte[0], arguments), StandardCharsets.ISO_8859_1);
  }

  byte[] run(byte[] input, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org",
        "-c", "protocol.file.allow=always"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).directory(directory.toFile())
        .redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (OutputStream out = process.getOutputStream()) {
      out.write(input);
    }
    byte[] output = process.getInputStream().readAllBytes();
    try {
      assertThat(process.waitFor()).as("exit code of git " + String.join(" ", arguments)).isZero();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return output;
  }

  /**
   * What {@code git ls-tree -r -z} lists, as {@code MODE OID TAB PATH NUL}, one byte a character, in git's own order.
   */
  String lsTree(String revision) throws IOException {
    StringBuilder listed = new StringBuilder();
    for (String line : git("ls-tree", "-r", "-z", revision).split("\0")) {
      String[] fields = line.substring(0, line.indexOf('\t')).split(" ");
      listed.append(fields[0]).append(' ').append(fields[2]).append(line, line.indexOf('\t'),
          line.length()).append('\0');
    }
    return listed.toString();
  }

  int firstParents(String revision) throws IOException {
    return Integer.parseInt(git("rev-list", "--first-parent", "--count", revision).strip());
  }
}
