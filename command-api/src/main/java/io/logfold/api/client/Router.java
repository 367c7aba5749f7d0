package io.logfold.api.client;

import io.grpc.stub.StreamObserver;
import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.api.wire.ClusterRequest;
import io.logfold.api.wire.ClusterView;
import io.logfold.api.wire.Error;
import io.logfold.api.wire.KvGrpc;
import io.logfold.api.wire.NodeView;
import io.logfold.api.wire.PartitionView;
import io.logfold.api.wire.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the server of each call, and another one where that did not take it.
 *
 * <ul>
 *   <li>R1 A call for a leader goes to the server that is believed to lead its partition, any other to the server in
 *       use: of the given ones the one last used, until it is lost or silent, then the next that can be reached. Nodes
 *       send on what is not theirs, so a wrong or missing belief costs a detour and nothing else.
 *   <li>R2 Beliefs come from answers ({@code led_by}, NOT_LEADER) and from {@code cluster}, which is asked after such a
 *       surprise, or once the client is a second old; at most once a second, and not at all by clients that live shorter.
 *   <li>R3 A server that was learnt carries calls only while a connection to it stands on which it has shown to be a
 *       node of this store. Where it cannot be reached from here, the given servers do its part.
 *   <li>R4 A server is suspect while it owes an answer, or its connection, and has said nothing for a second; and when it
 *       said that it is closing. Suspect servers are asked only where there are no others.
 *   <li>R5 What was surely not applied is asked again elsewhere, after a short back-off, until the call's deadline: a call
 *       that was never sent, one refused with NOT_LEADER, or by a server that is closing; and a read that was sent on a
 *       session that broke, once. A write that was sent and not refused is never sent again.
 * </ul>
 *
 * <p>Any thread may dispatch; the rest runs on the client's I/O thread.
 */
final class Router {
  private static final int MOST_LEARNT = 64;
  private static final long SECOND = 1_000_000_000;
  private static final long LONGEST_PAUSE_NANOS = 30 * SECOND;
  private static final long FIRST_BACKOFF_NANOS = 10_000_000;
  private static final long LAST_BACKOFF_NANOS = 500_000_000;
  /** Surprises come together, and a client that is about to be closed should not ask. */
  private static final long ASK_AFTER_NANOS = 5_000_000;
  private static final int ASK_SECONDS = 5;

  private final ClientSettings settings;
  private final IoThread ioThread;
  private final Links links;
  private final long madeNanos;
  private final AtomicBoolean asking = new AtomicBoolean();
  private volatile @Nullable Topology topology;
  private volatile boolean closed;
  /** Confined to the I/O thread, but for reading while {@link #asking} is held. */
  private volatile long askedNanos;
  private volatile long pauseNanos;

  Router(ClientSettings settings, IoThread ioThread, Map<Long, PendingCall<?>> undecided) {
    this.settings = settings;
    this.ioThread = ioThread;
    this.madeNanos = settings.nanoClock().getAsLong();
    this.links = new Links(settings, MOST_LEARNT, link -> new SessionConnection(
        link, ioThread.channel(link.address()), ioThread, this, undecided, settings.nanoClock()));
  }

  /** Hands the call to a server, or ends it where there is none. */
  void dispatch(PendingCall<?> call) {
    if (call.ended()) {
      return;
    }
    SessionConnection connection = closed ? null : connection(call.routedBy(), call.refusedBy);
    if (connection != null) {
      connection.send(call);
    } else if (closed) {
      call.abandon(ErrorCode.CLOSED, "the client was closed");
    } else if (links.anyOpening()) {
      againLater(call);
    } else {
      StoreException why = unreachable();
      call.abandon(why.code(), String.valueOf(why.getMessage()));
    }
  }

  /** Any connection, the better ones first; null where there is none to be had. */
  @Nullable SessionConnection connection() {
    return connection(null, null);
  }

  private @Nullable SessionConnection connection(@Nullable Bytes routedBy, @Nullable ServerLink refusedBy) {
    Topology known = topology;
    if (known == null) {
      if (!settings.peer() && settings.nanoClock().getAsLong() - madeNanos > SECOND) {
        askSoon();
      }
    } else if (routedBy != null) {
      ServerLink leader = known.leader(known.partition(routedBy));
      SessionConnection connection = leader == null || leader == refusedBy ? null : leader.connection();
      if (connection != null && connection.usable()) {
        return connection;
      }
    }
    return links.inUse(refusedBy);
  }

  /**
   * Looks at an answer on its way to the call: learns from it, and takes it back where the call is to be asked elsewhere.
   *
   * @return whether it was taken back
   */
  boolean takes(PendingCall<?> call, SessionConnection from, Result result) {
    if (settings.peer()) {
      return false;
    }
    if (result.getKindCase() != Result.KindCase.ERROR) {
      if (!result.getLedBy().isEmpty()) {
        learn(call, result.getLedBy());
      }
      return false;
    }
    Error error = result.getError();
    boolean notLeader = error.getCode().equals(ErrorCode.NOT_LEADER.name());
    if (!notLeader && !error.getCode().equals(ErrorCode.CLOSED.name()) || !call.takeBack()) {
      return false;
    }
    if (notLeader) {
      Topology known = topology;
      if (known != null && call.routedBy() != null) {
        known.doubt(known.partition(call.routedBy()), from.link());
      }
      learn(call, error.getLeaderAddress());
    } else {
      from.leave();
    }
    elsewhere(call, from.link(), error.getMessage());
    return true;
  }

  /** The call is surely not applied, and not under way any more: it is asked elsewhere, or ended. */
  void elsewhere(PendingCall<?> call, ServerLink from, String why) {
    call.refusedBy = from;
    call.lastRefusal = why;
    if (settings.peer()) {
      call.abandon(ErrorCode.UNAVAILABLE, why);
    } else if (call.tries++ == 0) {
      ioThread.execute(() -> dispatch(call));
    } else {
      againLater(call);
    }
  }

  private void againLater(PendingCall<?> call) {
    long backoff = Math.min(LAST_BACKOFF_NANOS, FIRST_BACKOFF_NANOS << Math.min(call.tries++, 10));
    ioThread.after(backoff / 2 + settings.random().nextLong(backoff / 2), () -> dispatch(call));
  }

  /** Whether there is another server than this one to be had now. */
  boolean hasOther(ServerLink than) {
    return !closed && links.hasOther(than);
  }

  /** A learnt server's connection stands: lets it carry calls once it has shown what it is. */
  void prove(SessionConnection connection) {
    Topology expected = topology;
    ask(connection, true, view -> {
      if (expected != null && view.getStore().equals(expected.store()) && view.getPartitions() == expected.partitions()) {
        connection.trust();
      } else {
        connection.close("a node of store '" + view.getStore() + "' answers there, expected one of '"
            + (expected == null ? "" : expected.store()) + "'");
      }
    }, () -> connection.close("it does not answer for itself"));
  }

  private void learn(PendingCall<?> call, String address) {
    Topology known = topology;
    if (known != null && call.routedBy() != null && !address.isEmpty()) {
      int partition = known.partition(call.routedBy());
      ServerLink believed = known.leader(partition);
      ServerLink told = links.learn(address);
      if (told == null || told == believed) {
        return;
      }
      known.believe(partition, told);
      var unused = told.connection();
    }
    askSoon();
  }

  private void askSoon() {
    if (closed || asking.get() || settings.nanoClock().getAsLong() - askedNanos < pauseNanos
        || !asking.compareAndSet(false, true)) {
      return;
    }
    ioThread.after(ASK_AFTER_NANOS, () -> {
      SessionConnection connection = closed ? null : connection();
      if (connection == null) {
        answered(false);
      } else {
        ask(connection, false, view -> {
          take(view);
          answered(true);
        }, () -> answered(false));
      }
    });
  }

  private void answered(boolean well) {
    pauseNanos = well ? SECOND : Math.min(LONGEST_PAUSE_NANOS, Math.max(SECOND, pauseNanos * 2));
    askedNanos = settings.nanoClock().getAsLong();
    asking.set(false);
  }

  private void take(ClusterView view) {
    Topology before = topology;
    Topology next = Topology.of(view.getStore(), view.getPartitions(), view.getKeyHash());
    Topology same =
        before != null && before.store().equals(next.store()) && before.places() == next.places() ? before : null;
    boolean alone = view.getNodesCount() < 2;
    List<ServerLink> named = new ArrayList<>();
    for (NodeView node : view.getNodesList()) {
      ServerLink link = alone ? null : links.learn(node.getAddress());
      if (link != null) {
        named.add(link);
      }
    }
    long[] tokens = new long[next.places()];
    for (PartitionView partition : view.getPartitionViewsList()) {
      int number = partition.getPartition();
      if (!alone && number >= 0 && number < tokens.length && partition.getToken() > tokens[number]
          && !partition.getLeaderAddress().isEmpty()) {
        tokens[number] = partition.getToken();
        next.believe(number, links.learn(partition.getLeaderAddress()));
      }
    }
    for (int i = 0; i < next.places(); i++) {
      ServerLink leader = next.leader(i);
      if (leader == null && same != null && !alone) {
        leader = same.leader(i);
        next.believe(i, leader);
      }
      if (leader != null) {
        named.add(leader);
      }
    }
    links.keepOnly(named);
    topology = next;
    // From now on they are proven against this store; opened here so that the first calls find them ready.
    for (int i = 0; i < next.places(); i++) {
      ServerLink leader = next.leader(i);
      if (leader != null) {
        var unused = leader.connection();
      }
    }
  }

  /** Exactly one of the two is told, on the I/O thread. */
  private static void ask(
      SessionConnection connection, boolean thisNodeOnly, Consumer<ClusterView> then, Runnable otherwise) {
    AtomicBoolean told = new AtomicBoolean();
    KvGrpc.newStub(connection.channel()).withDeadlineAfter(ASK_SECONDS, TimeUnit.SECONDS)
        .cluster(ClusterRequest.newBuilder().setThisNodeOnly(thisNodeOnly).build(), new StreamObserver<>() {
          @Override
          public void onNext(ClusterView view) {
            if (told.compareAndSet(false, true)) {
              then.accept(view);
            }
          }

          @Override
          public void onError(Throwable failure) {
            onCompleted();
          }

          @Override
          public void onCompleted() {
            if (told.compareAndSet(false, true)) {
              otherwise.run();
            }
          }
        });
  }

  StoreException unreachable() {
    return new StoreException(ErrorCode.UNAVAILABLE, "no server can be reached: " + links.states());
  }

  /** Hands no call to a server any more: what is dispatched from now on ends with CLOSED. */
  void stop() {
    closed = true;
  }

  void close() {
    stop();
    links.close();
  }
}
