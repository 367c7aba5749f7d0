package io.logfold.log.embedded;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Exit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of Kafka's wish to end the JVM.
 *
 * <p>A broker that cannot go on (its last log directory failed, its metadata cannot be applied) calls
 * {@link Exit#halt} or {@link Exit#exit}; inside somebody else's JVM that would end a server, or a test run, without a
 * word. With the first embedded broker of a JVM this guard takes those two calls over for good: it logs an error, tells
 * every broker in the JVM (Kafka does not say which one called), and throws {@link BrokerHalted} in the Kafka thread that
 * called. The JVM lives on; clients of the broker see errors; the owner decides through the handler it gave.
 */
final class ExitGuard {
  private static final Logger LOG = LoggerFactory.getLogger(ExitGuard.class);
  private static final AtomicBoolean INSTALLED = new AtomicBoolean();
  private static final Set<Consumer<String>> LISTENERS = ConcurrentHashMap.newKeySet();

  private ExitGuard() {}

  static void listen(Consumer<String> listener) {
    LISTENERS.add(listener);
    if (INSTALLED.compareAndSet(false, true)) {
      Exit.setExitProcedure((status, message) -> refuse("exit", status, message));
      Exit.setHaltProcedure((status, message) -> refuse("halt", status, message));
    }
  }

  static void forget(Consumer<String> listener) {
    LISTENERS.remove(listener);
  }

  private static void refuse(String how, int status, @org.jspecify.annotations.Nullable String message) {
    String why = "the embedded Kafka broker gave up: " + how + " with status " + status
        + (message == null ? "" : ": " + message) + ", in thread " + Thread.currentThread().getName();
    BrokerHalted halted = new BrokerHalted(why);
    LOG.error("{}; the process goes on without it", why, halted);
    LISTENERS.forEach(listener -> listener.accept(why));
    throw halted;
  }

  /** Ends the Kafka thread that asked for the end of the JVM. */
  static final class BrokerHalted extends Error {
    BrokerHalted(String message) {
      super(message);
    }
  }
}
