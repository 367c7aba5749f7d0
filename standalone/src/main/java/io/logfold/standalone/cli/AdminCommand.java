package io.logfold.standalone.cli;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Mixin;

/** A command for operators: asks a server by REST, and reports what went wrong. */
abstract class AdminCommand implements Callable<Integer> {
  private static final long POLL_MS = 250;

  @Mixin
  CommonOptions options = new CommonOptions();

  final CliIo io;

  AdminCommand(CliIo io) {
    this.io = io;
  }

  /** Does the command's work and gives the exit code. */
  abstract int run(AdminClient server);

  @Override
  public Integer call() {
    try (AdminClient server = new AdminClient(options.serverUrl(io), options.timeout)) {
      int code = run(server);
      io.flush();
      return code;
    } catch (RuntimeException e) {
      return Failures.report(io, options, Optional.empty(), e);
    }
  }

  static String segment(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Between two looks at long work. */
  static void pause() {
    try {
      Thread.sleep(POLL_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(ErrorCode.CANCELLED, "interrupted", e);
    }
  }

  /** This process is ending, and its hook says what there is to say. */
  private static void awaitTheEnd() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Runs long work of the server; should this process be asked to end meanwhile (Ctrl-C), the work is ended first.
   *
   * @param end ends it, and says what became of it; what the work comes to is then not waited for
   */
  static <T> T endedBySignal(Runnable end, java.util.function.Supplier<T> work) {
    AtomicBoolean ending = new AtomicBoolean();
    Thread hook = new Thread(() -> {
      ending.set(true);
      try {
        end.run();
      } catch (RuntimeException e) {
        System.err.println("logfold: " + e.getMessage());
      }
    }, "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      T done = work.get();
      if (ending.get()) {
        awaitTheEnd();
      }
      return done;
    } catch (RuntimeException e) {
      if (ending.get()) {
        awaitTheEnd();
      }
      throw e;
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // it runs already
      }
    }
  }
}
