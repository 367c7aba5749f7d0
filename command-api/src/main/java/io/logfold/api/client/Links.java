package io.logfold.api.client;

import io.logfold.api.StoreException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The servers a client knows: those it was given, in order, and a bounded number that it learnt from the cluster. Any
 * thread.
 */
final class Links {
  private final ClientSettings settings;
  private final int mostLearnt;
  private final Function<ServerLink, SessionConnection> connector;
  private final List<ServerLink> given;
  private final Map<ServerAddress, ServerLink> learnt = new ConcurrentHashMap<>();
  /** The address in words, so that an answer that names a known one costs one look. */
  private final Map<String, ServerLink> byName = new ConcurrentHashMap<>();
  private volatile int preferred;
  /** Guarded by {@link #learnt}: what is learnt after it would be closed by nobody. */
  private boolean closed;

  Links(ClientSettings settings, int mostLearnt, Function<ServerLink, SessionConnection> connector) {
    this.settings = settings;
    this.mostLearnt = mostLearnt;
    this.connector = connector;
    this.given = settings.servers().stream().distinct().map(address -> link(address, true)).toList();
  }

  private ServerLink link(ServerAddress address, boolean isGiven) {
    return new ServerLink(address, isGiven, connector, settings.nanoClock(), settings.random());
  }

  /**
   * The given server in use, or the next one that may be used and is then in use; else a learnt one; else the least bad of
   * what is left. Null where there is no connection to be had.
   */
  @Nullable SessionConnection inUse(@Nullable ServerLink refusedBy) {
    SessionConnection again = null;
    SessionConnection suspect = null;
    int first = preferred;
    for (int i = 0; i < given.size(); i++) {
      int index = (first + i) % given.size();
      ServerLink link = given.get(index);
      SessionConnection connection = link.connection();
      if (connection == null) {
        continue;
      }
      if (!connection.usable()) {
        suspect = suspect == null ? connection : suspect;
      } else if (link == refusedBy) {
        again = connection;
      } else {
        if (i > 0 && refusedBy == null) {
          preferred = index;
        }
        return connection;
      }
    }
    SessionConnection other = learnt.isEmpty() ? null : learntOne(refusedBy);
    return other != null ? other : again != null ? again : suspect;
  }

  private @Nullable SessionConnection learntOne(@Nullable ServerLink refusedBy) {
    SessionConnection found = null;
    for (ServerLink link : learnt.values()) {
      // All are opened, so that the next call finds more of them ready.
      SessionConnection connection = link == refusedBy ? null : link.connection();
      if (connection != null && connection.usable()) {
        found = connection;
      }
    }
    return found;
  }

  boolean hasOther(ServerLink than) {
    for (ServerLink link : given) {
      SessionConnection connection = link == than ? null : link.connection();
      if (connection != null && connection.usable()) {
        return true;
      }
    }
    return learntOne(than) != null;
  }

  /** Whether a learnt server may soon be ready. */
  boolean anyOpening() {
    for (ServerLink link : learnt.values()) {
      if (link.connection() != null) {
        return true;
      }
    }
    return false;
  }

  /** The server at this address; null where it is no address, too many are known, or it is closed. */
  @Nullable ServerLink learn(String url) {
    ServerLink known = byName.get(url);
    if (known != null) {
      return known;
    }
    ServerAddress address;
    try {
      address = ServerAddress.parse(url);
    } catch (StoreException noAddress) {
      return null;
    }
    ServerLink link = given.stream().filter(each -> each.address().equals(address)).findFirst().orElse(null);
    synchronized (learnt) {
      if (link == null) {
        if (closed || learnt.size() >= mostLearnt) {
          return null;
        }
        link = learnt.computeIfAbsent(address, each -> link(each, false));
      }
    }
    byName.put(url, link);
    return link;
  }

  /** Forgets learnt servers that are not among these and have no connection. */
  void keepOnly(Collection<ServerLink> named) {
    for (ServerLink link : learnt.values()) {
      if (!named.contains(link) && link.forget()) {
        learnt.values().remove(link);
        byName.values().removeIf(each -> each == link);
      }
    }
  }

  String states() {
    return given.stream().map(ServerLink::state).collect(Collectors.joining(", "));
  }

  void close() {
    synchronized (learnt) {
      closed = true;
    }
    given.forEach(ServerLink::close);
    learnt.values().forEach(ServerLink::close);
  }
}
