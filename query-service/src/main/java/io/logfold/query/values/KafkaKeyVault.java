package io.logfold.query.values;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.kafka.TopicCheck;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The vault in a compacted topic of one partition: a record's key is a key id, its value the wrapped key, a tombstone
 * destroys it. Read whole into memory when it is opened, and followed from then on.
 *
 * <p>To catch up a node writes a record of its own and reads up to it: what was acknowledged before lies before it. Asking
 * Kafka for the topic's end would not do: a broker that was deposed answers with an old one for as long as it is cut off.
 *
 * <p>Brokers compact closed segments only, and close one when something is appended to it that is younger than
 * {@link KeysTopic#SEGMENT_MS}. So whoever destroyed a key appends a mark that much later: the destroyed key is off the brokers'
 * disks some minutes after that, also where nothing else is written.
 *
 * <p>The first record that is named so says, authenticated, under which master key and for which store the vault was begun.
 * It is begun once: a topic without it, beside a store with encrypted values, was lost or emptied.
 *
 * <p>Two threads of its own: one reads, one hands over to the producer, which may block for a moment.
 */
public final class KafkaKeyVault implements KeyVault {
  private static final Logger log = LoggerFactory.getLogger(KafkaKeyVault.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long AGAIN_NANOS = 1_000_000_000;
  private static final int KEY_BYTES = 16;

  /** Begins the name of the record that says under which master key the vault was begun; the first one counts. */
  private static final String BEGUN = "vault/";

  /**
   * @param store its name
   * @param logTopic the store's log: replication of the keys' topic is that of this one
   * @param topic of the keys
   * @param node its name, unique in the cluster
   * @param mode how strictly the topic is checked
   * @param mostKeys of all nodes, that this one keeps more beside; see {@link #mostKeys}
   * @param connection further settings for all Kafka clients
   */
  public record Settings(String store, String bootstrapServers, String logTopic, String topic, String node,
      TopicCheck.Mode mode, long mostKeys, Map<String, String> connection, Duration within) {}

  /**
   * For how many keys there is room: half of the heap may be filled with them by this node, and a quarter more is for what
   * other nodes keep meanwhile.
   *
   * @param heapBytes the most there will be
   */
  public static long mostKeys(long heapBytes) {
    return heapBytes / 2 / KeyShards.MOST_BYTES_A_KEY;
  }

  private final Settings settings;
  private final TopicPartition partition;
  private final KeyShards keys;

  /** Not to be found again, although the topic may still say otherwise where this node has read up to. */
  private final Set<KeyId> gone = ConcurrentHashMap.newKeySet();

  private final List<Waiter> waiters = new ArrayList<>();
  private final KafkaProducer<byte[], byte @Nullable []> producer;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final ExecutorService writer;
  private final Thread reader;
  private volatile boolean closed;

  /** Why the reader ended by itself; empty: it did not. */
  private volatile String failure = "";

  /** Made by the master key that the vault was begun with; null: not seen yet. */
  private volatile byte @Nullable [] begun;

  private volatile long markDueNanos;
  private volatile boolean markDue;

  /** Whoever waits until the reader is behind this offset. */
  private record Waiter(long offset, CompletableFuture<Void> done) {}

  private KafkaKeyVault(Settings settings) {
    this.settings = settings;
    this.partition = new TopicPartition(settings.topic(), 0);
    this.keys = new KeyShards(MasterKey.WRAPPED_BYTES, settings.mostKeys() + settings.mostKeys() / 2);
    this.producer = KeysClients.producer(settings);
    this.consumer = KeysClients.consumer(settings);
    this.writer = Executors.newSingleThreadExecutor(task -> daemon(task, "logfold-keys-writer"));
    this.reader = daemon(this::read, "logfold-keys-reader");
  }

  /**
   * Makes the topic where it is not there, and reads it whole. Where no vault was begun in it, it begins one, unless the
   * store has values already whose keys were in one.
   *
   * @param needed looks, perhaps long, whether the store holds encrypted values
   * @throws StoreException INVALID_ARGUMENT where the topic is not one that keys survive in, was begun with another master
   *     key, or has lost its records; UNAVAILABLE where Kafka does not answer in time
   */
  public static KafkaKeyVault open(Settings settings, MasterKey master, BooleanSupplier needed) {
    KeysTopic.prepare(settings);
    KafkaKeyVault vault = new KafkaKeyVault(settings);
    try {
      vault.reader.start();
      vault.await(vault.catchUp());
      vault.begin(master.fingerprint(settings.store()), needed);
      return vault;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      vault.close();
      throw new StoreException(ErrorCode.UNAVAILABLE, "interrupted while reading topic " + settings.topic(), e);
    } catch (ExecutionException | TimeoutException e) {
      vault.close();
      throw new StoreException(ErrorCode.UNAVAILABLE, "topic " + settings.topic() + " could not be read whole: " + e, e);
    } catch (RuntimeException e) {
      vault.close();
      throw e;
    }
  }

  private <T> void await(CompletableFuture<T> answer) throws InterruptedException, ExecutionException, TimeoutException {
    var unused = answer.get(Math.max(60_000, settings.within().toMillis()), TimeUnit.MILLISECONDS);
  }

  /** Several nodes may begin it at once: the record that is first in the topic says whose it is. */
  private void begin(byte[] fingerprint, BooleanSupplier needed)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (begun == null && (keys.size() > 0 || needed.getAsBoolean())) {
      await(catchUp()); // another node may have begun it meanwhile, and written those values
      if (begun == null) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the store has encrypted values, and topic " + settings.topic()
            + " does not hold the beginning of their key vault: it was lost or emptied. All of them would be taken for redacted;"
            + " restore the topic from a backup, or from the cluster it was in");
      }
    }
    if (begun == null) {
      await(send((BEGUN + UUID.randomUUID()).getBytes(StandardCharsets.UTF_8), fingerprint)); // a name of its own: compaction
      await(catchUp()); // leaves it where it is
      log.info("began a key vault in topic {}", settings.topic());
    }
    if (!MessageDigest.isEqual(begun, fingerprint)) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the key vault in topic " + settings.topic() + " was begun with"
          + " another master key than this node's, or for another store than '" + settings.store()
          + "'; all nodes of a store must have the same");
    }
  }

  // ---- the vault

  @Override
  public CompletableFuture<Void> keep(Map<KeyId, byte[]> wrapped) {
    if (keys.size() + wrapped.size() > settings.mostKeys()) {
      return CompletableFuture.failedFuture(new StoreException(ErrorCode.UNAVAILABLE, "the store has " + keys.size()
          + " keys of redactable values, and this node has no memory for many more; give every node a larger heap"
          + " (LOGFOLD_JAVA_OPTS=-Xmx...)"));
    }
    List<CompletableFuture<Long>> sent = new ArrayList<>(wrapped.size());
    wrapped.forEach((id, key) -> {
      keys.put(id, key);
      sent.add(send(id.bytes().unsafeArray(), key));
    });
    return CompletableFuture.allOf(sent.toArray(CompletableFuture<?>[]::new));
  }

  @Override
  public Optional<byte[]> find(KeyId id) {
    return keys.get(id);
  }

  @Override
  public CompletableFuture<Void> catchUp() {
    return mark().thenCompose(offset -> {
      CompletableFuture<Void> done = new CompletableFuture<>();
      synchronized (waiters) {
        if (closed) {
          done.completeExceptionally(closedNow());
        } else {
          waiters.add(new Waiter(offset, done));
        }
      }
      return done;
    });
  }

  /** A record that means nothing but its place; compaction leaves the last one of each node. */
  private CompletableFuture<Long> mark() {
    return send(("mark/" + settings.node()).getBytes(StandardCharsets.UTF_8), new byte[] {0});
  }

  @Override
  public void forget(KeyId id) {
    gone.add(id); // first: the reader must not bring it back
    keys.remove(id);
  }

  @Override
  public CompletableFuture<Void> destroy(KeyId id) {
    forget(id);
    return send(id.bytes().unsafeArray(), null).thenAccept(offset -> {
      markDueNanos = System.nanoTime() + (KeysTopic.SEGMENT_MS + 5_000) * 1_000_000;
      markDue = true;
    });
  }

  @Override
  public long size() {
    return keys.size();
  }

  /** Done with the record's offset when it is on enough replicas. */
  private CompletableFuture<Long> send(byte[] key, byte @Nullable [] value) {
    CompletableFuture<Long> done = new CompletableFuture<>();
    try {
      writer.execute(() -> {
        try {
          producer.send(new ProducerRecord<>(settings.topic(), 0, key, value), (metadata, failure) -> {
            if (failure != null) {
              done.completeExceptionally(unavailable(settings, failure));
            } else {
              done.complete(metadata.offset());
            }
          });
        } catch (KafkaException | IllegalStateException e) {
          done.completeExceptionally(unavailable(settings, e));
        }
      });
    } catch (RejectedExecutionException e) {
      done.completeExceptionally(closedNow());
    }
    return done;
  }

  // ---- the reader

  private void read() {
    try {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      while (!closed) {
        try {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            apply(record.key(), record.value());
          }
          wake(consumer.position(partition, POLL));
        } catch (WakeupException | InterruptException e) {
          throw e;
        } catch (KafkaException e) {
          log.warn("topic {} cannot be read just now, trying again: {}", settings.topic(), e.getMessage());
          LockSupport.parkNanos(AGAIN_NANOS);
        }
        if (markDue && System.nanoTime() - markDueNanos > 0) {
          markDue = false;
          var unused = mark();
        }
      }
    } catch (WakeupException | InterruptException e) {
      log.debug("the reader of topic {} ends", settings.topic());
    } catch (RuntimeException | OutOfMemoryError e) {
      // Reading on would leave out a key, and its value would be taken for redacted.
      failure = String.valueOf(e.getMessage());
      log.error("topic {} cannot be read any more; values of other nodes will not open here", settings.topic(), e);
    } finally {
      synchronized (waiters) {
        closed = true;
        waiters.forEach(waiter -> waiter.done().completeExceptionally(closedNow()));
        waiters.clear();
      }
      consumer.close();
    }
  }

  private void apply(byte @Nullable [] key, byte @Nullable [] value) {
    if (key == null || key.length != KEY_BYTES) {
      if (begun == null && value != null && key != null && new String(key, StandardCharsets.UTF_8).startsWith(BEGUN)) {
        begun = value;
      }
      return; // that, or a mark
    }
    KeyId id = KeyId.of(io.logfold.api.Bytes.wrap(key));
    if (value == null) {
      keys.remove(id);
      gone.remove(id); // nothing behind its tombstone brings it back: ids are never used twice
    } else if (value.length == MasterKey.WRAPPED_BYTES && !gone.contains(id)) {
      keys.put(id, value);
      if (gone.contains(id)) {
        keys.remove(id); // it was forgotten meanwhile
      }
    }
  }

  private void wake(long position) {
    List<Waiter> due = new ArrayList<>();
    synchronized (waiters) {
      for (Iterator<Waiter> it = waiters.iterator(); it.hasNext();) {
        Waiter waiter = it.next();
        if (waiter.offset() < position) {
          due.add(waiter);
          it.remove();
        }
      }
    }
    due.forEach(waiter -> waiter.done().complete(null));
  }

  @Override
  public void close() {
    closed = true;
    consumer.wakeup();
    writer.shutdown();
    try {
      if (reader.isAlive()) {
        reader.join(5_000);
      }
      if (!writer.awaitTermination(2, TimeUnit.SECONDS)) {
        log.warn("the writer of topic {} is still at work after closing", settings.topic());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close(Duration.ofSeconds(2));
  }

  /** Why this node does not learn of keys any more, until it is started again; empty: it does. */
  public Optional<String> failure() {
    return Optional.of(failure).filter(why -> !why.isEmpty())
        .map(why -> "the key vault (topic " + settings.topic() + ") is not read any more: " + why);
  }

  private StoreException closedNow() {
    Optional<String> failed = failure();
    if (failed.isPresent()) {
      return new StoreException(ErrorCode.UNAVAILABLE, failed.get() + "; start this node again");
    }
    return new StoreException(ErrorCode.UNAVAILABLE, "the key vault (topic " + settings.topic() + ") is closed");
  }

  private static StoreException unavailable(Settings settings, Throwable cause) {
    return new StoreException(ErrorCode.UNAVAILABLE, "the key vault (topic " + settings.topic() + " at "
        + settings.bootstrapServers() + ") does not answer: " + cause.getMessage(), cause);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }
}
