package io.logfold.standalone.faults;

import io.logfold.standalone.faults.Operation.Answer;
import io.logfold.standalone.faults.Operation.Call;
import io.logfold.standalone.faults.Operation.Register;
import io.logfold.standalone.faults.Operation.Unknown;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What clients called and were answered, in an order that real time does not contradict: a call's place is taken before it
 * is made, an answer's when it is there. Each operation is a line of a file as soon as it has ended. Any thread.
 */
final class History implements AutoCloseable {
  private final AtomicLong order = new AtomicLong();
  private final List<Operation> ended = new ArrayList<>();
  private final BufferedWriter file;

  History(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    this.file = Files.newBufferedWriter(file);
  }

  /** A call that is about to be made. */
  final class Open {
    private final int client;
    private final Register register;
    private final Call call;
    private final String request;
    private final long invokedMs = System.currentTimeMillis();
    private final long invoked = order.incrementAndGet();

    private Open(int client, Register register, Call call, String request) {
      this.client = client;
      this.register = register;
      this.call = call;
      this.request = request;
    }

    long invokedMs() {
      return invokedMs;
    }

    /** To be called once. */
    void end(Answer answer, int attempts) {
      long at = order.incrementAndGet();
      long answered = answer instanceof Unknown ? Operation.NEVER : at;
      add(new Operation(client, register, call, request, attempts, invoked, answered, invokedMs,
          System.currentTimeMillis(), answer));
    }
  }

  Open begin(int client, Register register, Call call, String request) {
    return new Open(client, register, call, request);
  }

  private synchronized void add(Operation operation) {
    ended.add(operation);
    try {
      file.write(HistoryFile.line(operation));
      file.newLine();
    } catch (IOException e) {
      throw new UncheckedIOException("the history cannot be written", e);
    }
  }

  /** How many have ended. */
  synchronized int size() {
    return ended.size();
  }

  /** Those that have ended. */
  synchronized List<Operation> operations() {
    return List.copyOf(ended);
  }

  @Override
  public synchronized void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the history cannot be written", e);
    }
  }
}
