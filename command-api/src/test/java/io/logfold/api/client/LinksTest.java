package io.logfold.api.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.logfold.api.CallOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The servers are names that nobody looks up: every connection is made to a port of this machine that is closed. */
class LinksTest {
  private static final int MOST_LEARNT = 2;

  private final ClientSettings settings = new ClientSettings(List.of(ServerAddress.parse("http://given:1")), "someone",
      CallOptions.DEFAULT, 8, PendingCall.MAX_OPERATION_BYTES, 8, Duration.ofSeconds(30),
      Duration.ofSeconds(10), false, () -> 0, () -> 0);
  private final IoThread ioThread = new IoThread(settings.keepAlive(), settings.probeTimeout());
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final Map<Long, PendingCall<?>> undecided = new ConcurrentHashMap<>();
  private final Router router = new Router(settings, ioThread, undecided);
  private final Links links = new Links(settings, MOST_LEARNT, this::connect);

  @AfterEach
  void shutdown() {
    links.close();
    router.close();
    channels.forEach(ManagedChannel::shutdownNow);
    ioThread.shutdown();
  }

  @Test
  void serversThatAnsweredOnceAndAreGoneMakeRoomForOthers() {
    for (String url : List.of("http://one:1", "http://two:1")) {
      onIoThread(() -> {
        ServerLink link = learnt(url);
        SessionConnection connection = Objects.requireNonNull(link.connection());
        link.lost(connection, true, "it went away");
      });
    }
    assertThat(links.learn("http://three:1")).as("there is room for two").isNull();
    onIoThread(() -> links.keepOnly(List.of()));
    assertThat(links.learn("http://three:1")).isNotNull();
  }

  @Test
  void serversThatAreNamedOrConnectedAreKept() {
    onIoThread(() -> {
      ServerLink named = learnt("http://one:1");
      ServerLink connected = learnt("http://two:1");
      assertThat(connected.connection()).isNotNull();
      links.keepOnly(List.of(named));
      assertThat(links.learn("http://one:1")).isSameAs(named);
      assertThat(links.learn("http://two:1")).isSameAs(connected);
    });
  }

  @Test
  void aServerThatWasForgottenIsNotConnectedByWhoeverStillHoldsIt() {
    onIoThread(() -> {
      ServerLink departed = learnt("http://one:1");
      links.keepOnly(List.of());
      assertThat(departed.connection()).isNull();
      assertThat(learnt("http://one:1").connection()).isNotNull();
    });
  }

  @Test
  void nothingIsLearntOnceItIsClosed() {
    ServerLink before = learnt("http://one:1");
    links.close();
    assertThat(links.learn("http://two:1")).isNull();
    assertThat(before.connection()).isNull();
  }

  private ServerLink learnt(String url) {
    return Objects.requireNonNull(links.learn(url), "there is room for " + url);
  }

  private SessionConnection connect(ServerLink link) {
    ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", 1).usePlaintext().build();
    channels.add(channel);
    return new SessionConnection(link, channel, ioThread, router, undecided, settings.nanoClock());
  }

  /** So that no connection ends in the middle of it. */
  private void onIoThread(Runnable steps) {
    CompletableFuture.runAsync(steps, ioThread).join();
  }
}
