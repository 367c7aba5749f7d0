package io.logfold.log.testing;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A TCP connection's way to a server on this machine, with the faults that a network has. It listens on a port of its own,
 * for as long as it is open, and passes bytes on to the server's port, which may change (a process that starts again takes
 * another). Needs neither root nor anything of the platform.
 *
 * <ul>
 *   <li>{@link #cut}: connections break, new ones are refused. What a firewall that rejects does.
 *   <li>{@link #hold}: nothing passes, and nobody is told. What a lost link does. Behind {@link #heal} what was held arrives,
 *       late; behind a {@link #cut} it never does.
 *   <li>{@link #cutAfterToServer}, {@link #cutAfterToClient}: every connection breaks once so many bytes have passed, so
 *       an exchange can be cut before, between and behind any of its messages.
 * </ul>
 *
 * <p>Two virtual threads a connection, which wait in reads. All methods may be called from any thread.
 */
public final class FaultyLink implements AutoCloseable {
  private static final long NEVER = Long.MAX_VALUE / 2;

  private final ServerSocket listening;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong toServer = new AtomicLong(NEVER);
  private final AtomicLong toClient = new AtomicLong(NEVER);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile int serverPort;
  private volatile Mode mode = Mode.OPEN;

  private enum Mode { OPEN, HELD, CUT }

  /** @param serverPort 0: not known yet, see {@link #leadTo}; connections are refused until then */
  public FaultyLink(int serverPort) {
    this.serverPort = serverPort;
    try {
      this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("no free port for a link", e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  /** Where clients connect, on 127.0.0.1. */
  public int port() {
    return listening.getLocalPort();
  }

  /** Connections made from now on lead there. */
  public void leadTo(int port) {
    serverPort = port;
  }

  public void cut() {
    become(Mode.CUT);
    breakConnections();
  }

  public void hold() {
    become(Mode.HELD);
  }

  /** Ends every fault. */
  public void heal() {
    toServer.set(NEVER);
    toClient.set(NEVER);
    become(Mode.OPEN);
  }

  /** From now on lets so many bytes pass towards the server, and then breaks all connections. */
  public void cutAfterToServer(long bytes) {
    toServer.set(bytes);
  }

  /** From now on lets so many bytes pass towards the client, and then breaks all connections. */
  public void cutAfterToClient(long bytes) {
    toClient.set(bytes);
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      // It listens no more.
    }
    cut();
  }

  private void become(Mode next) {
    lock.lock();
    try {
      mode = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        sockets.add(client);
        client.setTcpNoDelay(true);
        Thread.ofVirtual().start(() -> connect(client));
      } catch (IOException e) {
        // This one is not served, or the link is closed.
      }
    }
  }

  private void connect(Socket client) {
    try {
      awaitPassage();
      if (mode == Mode.CUT) {
        throw new IOException("cut");
      }
      Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
      server.setTcpNoDelay(true);
      sockets.add(server);
      if (mode == Mode.CUT) {
        close(server);
        throw new IOException("cut while connecting");
      }
      Thread.ofVirtual().start(() -> pump(server, client, toClient));
      pump(client, server, toServer);
    } catch (IOException | IllegalArgumentException e) {
      close(client);
    }
  }

  private void pump(Socket from, Socket to, AtomicLong left) {
    byte[] buffer = new byte[16 << 10];
    try (from; to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        awaitPassage();
        long allowed = left.getAndAdd(-read);
        out.write(buffer, 0, (int) Math.clamp(allowed, 0, read));
        if (allowed < read) {
          breakConnections();
          return;
        }
      }
      // The end of the stream is news too: it does not pass a link that holds.
      awaitPassage();
    } catch (IOException e) {
      // The other end went away: so does this one.
    } finally {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private void awaitPassage() {
    if (mode != Mode.HELD) {
      return;
    }
    lock.lock();
    try {
      while (mode == Mode.HELD) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private void breakConnections() {
    sockets.forEach(FaultyLink::close);
    sockets.clear();
  }

  private static void close(Closeable socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone, which is what was wanted.
    }
  }
}
