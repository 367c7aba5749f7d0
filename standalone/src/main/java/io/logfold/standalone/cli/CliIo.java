package io.logfold.standalone.cli;

import io.logfold.api.Store;
import io.logfold.api.client.LogfoldClient;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * A command's surroundings. Standard output carries bytes, because values are bytes; what is said to people goes to
 * standard error. Owned by the thread that runs the command.
 *
 * @param outIsTerminal whether a person sees standard output, and likewise standard error
 * @param connect opens a store by its server's URL
 */
public record CliIo(
    InputStream in,
    OutputStream out,
    PrintWriter err,
    boolean outIsTerminal,
    boolean errIsTerminal,
    Map<String, String> environment,
    Function<String, Store> connect,
    InstantSource clock,
    RandomGenerator random) {

  /** Standard output is gone: whoever read it has seen enough. */
  static final class OutputClosedException extends RuntimeException {
    OutputClosedException(IOException cause) {
      super(cause);
    }
  }

  /**
   * This process. Java 21 cannot tell whether a stream is a terminal, so the launcher says it: property
   * {@code logfold.tty} holds {@code 1} for standard output, {@code 2} for standard error.
   */
  public static CliIo ofProcess() {
    String terminals = System.getProperty("logfold.tty", "");
    return new CliIo(
        new FileInputStream(FileDescriptor.in),
        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
        new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        terminals.contains("1"),
        terminals.contains("2"),
        System.getenv(),
        LogfoldClient::connect,
        InstantSource.system(),
        new SecureRandom());
  }

  Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
  }

  void write(byte[] bytes) {
    try {
      out.write(bytes);
    } catch (IOException e) {
      throw new OutputClosedException(e);
    }
  }

  void write(int oneByte) {
    write(new byte[] {(byte) oneByte});
  }

  void line(String text) {
    write((text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      throw new OutputClosedException(e);
    }
  }

  byte[] readAllOfStdin() {
    try {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("standard input cannot be read: " + e.getMessage(), e);
    }
  }
}
