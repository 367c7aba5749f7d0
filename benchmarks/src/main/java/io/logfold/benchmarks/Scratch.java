package io.logfold.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A temporary folder and what runs on it. Closed once, by the end of the run or by the end of the JVM, whichever comes
 * first: everything that was kept is closed in the opposite order, then the folder goes.
 */
final class Scratch implements AutoCloseable {
  private final Path folder;
  private final ArrayDeque<AutoCloseable> parts = new ArrayDeque<>();

  Scratch() throws IOException {
    folder = Files.createTempDirectory("logfold-bench-");
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "scratch-close"));
  }

  Path folder() {
    return folder;
  }

  synchronized <T extends AutoCloseable> T keep(T part) {
    parts.push(part);
    return part;
  }

  @Override
  public synchronized void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        System.err.println("did not close in order: " + e);
      }
    }
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      // It was closed before.
    } catch (IOException | UncheckedIOException e) {
      System.err.println("could not remove " + folder + ": " + e);
    }
  }
}
