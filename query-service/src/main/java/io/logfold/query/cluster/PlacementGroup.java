package io.logfold.query.cluster;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's place in the consumer group of the store's nodes, from which the {@link Placement} comes. The group
 * consumes nothing: Kafka's coordinator is used to know who lives, and to agree on one table.
 *
 * <p>The membership is static: its name is the node's. So a node that is back within the session's time changes
 * nothing, and of two processes that run as one node the older is told ({@link Listener#fenced}).
 *
 * <p>One thread of its own, which calls the listener; it sleeps in the client but for a poll a second and the
 * heartbeats.
 */
public final class PlacementGroup implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PlacementGroup.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final long AGAIN_MS = 2_000;
  private static final Duration LEAVE_WITHIN = Duration.ofSeconds(2);

  /** The least that brokers allow by default. Failover does not wait for it. */
  private static final int SESSION_MS = 6_000;

  /**
   * So often within a minute this node's place must be taken before that is another process's doing. Once is not enough:
   * where the broker's answer to this process's own joining got lost, the place is another one's, too, and it is its own.
   */
  private static final int FENCED_BY_A_TWIN = 3;

  private static final Duration FENCED_WITHIN = Duration.ofMinutes(1);

  private final Config config;
  private final Supplier<Map<Integer, Long>> leads;
  private final Listener listener;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final PlacementAssignor.Board board;

  /** Goes up where the group must agree anew; owned by the thread, as those below are. */
  private int asks;
  private long askedNanos;
  private final ArrayDeque<Long> fencedNanos = new ArrayDeque<>();
  private Placement told = Placement.NONE;

  private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;

  /**
   * @param group name of the consumer group: one for each store
   * @param topic the store's log
   * @param partitions of the store
   * @param address where clients and other nodes reach this node
   * @param incarnation any number that another life of this node has not
   * @param connection further settings of the Kafka client, such as security; those that this code sets win
   */
  public record Config(String bootstrapServers, String group, String topic, int partitions, String node, String address,
      long incarnation, Map<String, String> connection) {}

  /** Called on the group's thread; must not block for long. */
  public interface Listener {
    /** There is another placement than before. */
    void placed(Placement placement);

    /** Another process runs as this node, and has taken its place: nothing more will be heard. Called once at most. */
    void fenced();
  }

  private PlacementGroup(Config config, Supplier<Map<Integer, Long>> leads, Listener listener) {
    this.config = config;
    this.leads = leads;
    this.listener = listener;
    this.board = new PlacementAssignor.Board(config.topic(), config.partitions(), this::report);
    this.thread = new Thread(this::run, "logfold-placement");
    thread.setDaemon(true);
  }

  /**
   * Joins in the background. Where Kafka cannot be reached, it tries again for as long as it is open.
   *
   * @param leads the partitions that this node leads, with its tokens, as far as it knows: asked on the group's thread
   *     whenever the group agrees anew, and may take a moment
   */
  public static PlacementGroup join(Config config, Supplier<Map<Integer, Long>> leads, Listener listener) {
    PlacementGroup group = new PlacementGroup(config, leads, listener);
    group.thread.start();
    return group;
  }

  private NodeReport report() {
    return new NodeReport(config.node(), config.address(), config.incarnation(), asks, leads.get());
  }

  private void run() {
    while (!isClosing()) {
      try {
        member();
        return;
      } catch (FencedInstanceIdException e) {
        if (isClosing()) {
          return;
        }
        if (fencedByATwin()) {
          listener.fenced();
          return;
        }
        log.warn("this node's place in the placement group {} was taken; taking it back: {}", config.group(), e.getMessage());
        pause();
      } catch (KafkaException e) {
        if (!isClosing()) {
          log.warn("the placement group {} cannot be followed, trying again: {}", config.group(), e.getMessage());
          pause();
        }
      } catch (RuntimeException e) {
        // Without this thread nobody would notice a twin, or follow who comes and goes.
        log.error("the placement group {} cannot be followed, for a fault of the store's own; trying again", config.group(), e);
        pause();
      }
    }
  }

  /** Of two processes that take the place from each other, it is the older one that is the first to say so. */
  private boolean fencedByATwin() {
    long now = System.nanoTime();
    fencedNanos.add(now);
    while (now - fencedNanos.element() > FENCED_WITHIN.toNanos()) {
      fencedNanos.remove();
    }
    return fencedNanos.size() >= FENCED_BY_A_TWIN;
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void pause() {
    try {
      var unused = closing.await(AGAIN_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closing.countDown();
    }
  }

  /** Is a member until it is to leave, or cannot be one. */
  private void member() {
    KafkaConsumer<byte[], byte[]> joined =
        new KafkaConsumer<>(settings(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer = joined;
    GroupMembershipOperation place = GroupMembershipOperation.REMAIN_IN_GROUP;
    try {
      joined.subscribe(List.of(config.topic()), new NothingIsFetched(joined));
      while (!isClosing()) {
        joined.poll(POLL);
        tell(joined);
      }
      place = GroupMembershipOperation.LEAVE_GROUP;
    } catch (WakeupException | InterruptException e) {
      place = GroupMembershipOperation.LEAVE_GROUP;
    } finally {
      consumer = null;
      joined.close(CloseOptions.timeout(LEAVE_WITHIN).withGroupMembershipOperation(place));
    }
  }

  /** What is assigned is paused, and has a position, so that the client asks for none. */
  private record NothingIsFetched(KafkaConsumer<byte[], byte[]> joined) implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      partitions.forEach(partition -> joined.seek(partition, 0));
      joined.pause(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      // Nothing was done with them.
    }
  }

  private void tell(KafkaConsumer<byte[], byte[]> joined) {
    Placement placement = board.placement();
    if (placement.generation() >= 0 && !config.address().equals(placement.members().get(config.node()))) {
      askAnew(joined);
    } else if (!placement.saysTheSameAs(told)) {
      told = placement;
      listener.placed(placement);
    }
  }

  /** A static member that comes back gets the table from before, which may have another address of it. */
  private void askAnew(KafkaConsumer<byte[], byte[]> joined) {
    long now = System.nanoTime();
    if (asks == 0 || now - askedNanos > TimeUnit.MILLISECONDS.toNanos(AGAIN_MS)) {
      asks++;
      askedNanos = now;
      joined.enforceRebalance("the address of " + config.node() + " is another one now");
    }
  }

  private Map<String, Object> settings() {
    Map<String, Object> settings = new HashMap<>(config.connection());
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, config.node() + "-placement");
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, config.group());
    settings.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, config.node());
    // The newer protocol assigns at the broker, where this code is not.
    settings.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
    settings.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, PlacementAssignor.class.getName());
    settings.put(PlacementAssignor.BOARD, board);
    settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_MS);
    settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, SESSION_MS / 3);
    // Also how long the others wait for one that does not come when the group agrees anew.
    settings.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, 10_000);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
    return settings;
  }

  /** Leaves the group, so that the others agree anew at once; takes a few seconds at most. May be called again. */
  @Override
  public void close() {
    closing.countDown();
    KafkaConsumer<byte[], byte[]> joined = consumer;
    if (joined != null) {
      joined.wakeup();
    }
    try {
      if (Thread.currentThread() != thread && !thread.join(LEAVE_WITHIN.plusSeconds(1))) {
        log.warn("leaving the placement group {} takes long; its session ends by itself", config.group());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
