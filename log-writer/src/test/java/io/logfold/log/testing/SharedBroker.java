package io.logfold.log.testing;

import io.logfold.log.embedded.EmbeddedBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * One Kafka broker for all tests of a JVM: started by the first that asks, stopped and its data removed at the JVM's
 * end. Tests keep apart by their topics' names ({@link #freshTopic}). A test that stops its broker, or looks at its
 * folder, starts an {@link EmbeddedBroker} of its own.
 */
public final class SharedBroker {
  private static final AtomicLong TOPICS = new AtomicLong();

  private SharedBroker() {}

  /** The broker's address for clients. */
  public static String bootstrapServers() {
    return Holder.BROKER.bootstrapServers();
  }

  /** A name that no other test of this JVM uses; the topic itself is for the test to make. */
  public static String freshTopic(String prefix) {
    return prefix + "-" + TOPICS.incrementAndGet();
  }

  private static final class Holder {
    static final EmbeddedBroker BROKER = start();

    private static EmbeddedBroker start() {
      try {
        Path folder = Files.createTempDirectory("shared-broker");
        EmbeddedBroker broker = EmbeddedBroker.builder(folder).start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
          broker.close();
          remove(folder);
        }, "shared-broker-close"));
        return broker;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // A temporary folder under target; the next clean takes it.
    }
  }
}
