package io.logfold.standalone.importgit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the {@code git} binary in one repository. The binary rather than a Java implementation, because only git itself
 * reads every repository that git writes (SHA-256, partial clones, alternates, new pack formats).
 */
final class GitCommand {
  /** What a hook or an outer git may have set, and what would make git look at another repository than ours. */
  private static final List<String> STRAY_VARIABLES = List.of("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE",
      "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX",
      "GIT_CEILING_DIRECTORIES", "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_TRACE");

  private final Path repository;

  GitCommand(Path repository) {
    this.repository = repository;
  }

  /** What a finished git said. */
  record Result(int exitCode, byte[] output, String error) {
    String text() {
      return new String(output, StandardCharsets.UTF_8).strip();
    }

    boolean ok() {
      return exitCode == 0;
    }
  }

  Process start(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("git", "--no-pager", "-C", repository.toString()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    STRAY_VARIABLES.forEach(builder.environment()::remove);
    builder.environment().put("GIT_OPTIONAL_LOCKS", "0");
    builder.environment().put("GIT_TERMINAL_PROMPT", "0");
    try {
      return builder.start();
    } catch (IOException e) {
      throw new GitException("the git binary cannot be run: " + e.getMessage()
          + "; install git or put it on the PATH", e);
    }
  }

  /** Runs git to its end, whatever its exit code. */
  Result run(String... arguments) {
    Process process = start(List.of(arguments));
    StderrReader stderr = StderrReader.of(process);
    try {
      process.getOutputStream().close();
      byte[] output = process.getInputStream().readAllBytes();
      return new Result(process.waitFor(), output, stderr.text());
    } catch (IOException e) {
      throw new GitException("git " + String.join(" ", arguments) + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GitException("interrupted while git was running", e);
    } finally {
      process.destroy();
    }
  }

  /** Runs git, which must succeed. */
  Result mustRun(String... arguments) {
    Result result = run(arguments);
    if (!result.ok()) {
      throw new GitException("git " + String.join(" ", arguments) + " failed: " + firstLine(result.error()));
    }
    return result;
  }

  static String firstLine(String text) {
    return text.isBlank() ? "it said nothing" : text.strip().lines().findFirst().orElse("");
  }

  /** Reads a process's error stream on a thread of its own, so that a talkative git cannot block. */
  static final class StderrReader {
    private static final int MOST_BYTES = 64 * 1024;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Thread thread;

    private StderrReader(InputStream stream) {
      thread = Thread.ofVirtual().name("git-stderr").start(() -> copy(stream));
    }

    static StderrReader of(Process process) {
      return new StderrReader(process.getErrorStream());
    }

    private void copy(InputStream stream) {
      byte[] buffer = new byte[4096];
      try {
        for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
          if (bytes.size() < MOST_BYTES) {
            bytes.write(buffer, 0, n);
          }
        }
      } catch (IOException e) {
        // The process is gone; what it said so far is what there is.
      }
    }

    /** All of it; waits for the stream's end. */
    String text() {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return bytes.toString(StandardCharsets.UTF_8);
    }
  }
}
