package io.logfold.projector.table.postgres;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between a driver and its server, and cuts every connection once so many bytes have gone one way: so a batch
 * can be killed before, between and behind any of its messages.
 */
final class CuttingProxy implements AutoCloseable {
  private static final long NEVER = Long.MAX_VALUE / 2;

  private final int serverPort;
  private final ServerSocket listening;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong toServer = new AtomicLong(NEVER);
  private final AtomicLong toClient = new AtomicLong(NEVER);

  CuttingProxy(int serverPort) throws IOException {
    this.serverPort = serverPort;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** From now on lets so many bytes pass towards the server, and then cuts. */
  void cutAfterToServer(long bytes) {
    toServer.set(bytes);
  }

  /** From now on lets so many bytes pass towards the client, and then cuts. */
  void cutAfterToClient(long bytes) {
    toClient.set(bytes);
  }

  void heal() {
    toServer.set(NEVER);
    toClient.set(NEVER);
  }

  @Override
  public void close() throws IOException {
    listening.close();
    cut();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        sockets.add(client);
        sockets.add(server);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        Thread.ofVirtual().start(() -> pump(client, server, toServer));
        Thread.ofVirtual().start(() -> pump(server, client, toClient));
      } catch (IOException e) {
        cut();
      }
    }
  }

  private void pump(Socket from, Socket to, AtomicLong left) {
    byte[] buffer = new byte[16 << 10];
    try (from; to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        long allowed = left.getAndAdd(-read);
        out.write(buffer, 0, (int) Math.clamp(allowed, 0, read));
        if (allowed < read) {
          cut();
          return;
        }
      }
    } catch (IOException e) {
      // The other end went away: so does this one.
    } finally {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private void cut() {
    for (Closeable socket : sockets) {
      try {
        socket.close();
      } catch (IOException e) {
        // It is gone, which is what was wanted.
      }
    }
  }
}
