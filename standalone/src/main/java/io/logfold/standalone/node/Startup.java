package io.logfold.standalone.node;

import io.logfold.api.StoreException;
import io.logfold.log.embedded.BrokerStartException;
import io.logfold.projector.table.TableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/** What all starts of nodes have in common. */
public final class Startup {
  private Startup() {}

  /** The steps of a start. */
  @FunctionalInterface
  public interface Steps {
    void run() throws StartupException, InterruptedException;
  }

  /** Runs them; where one fails, closes the node with all that was started, and says why in one line. */
  public static <N extends RunningNode> N run(N node, Steps steps) throws StartupException {
    try {
      steps.run();
      return node;
    } catch (BrokerStartException | StoreException | TableException e) {
      node.close();
      throw new StartupException(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      node.close();
      Thread.currentThread().interrupt();
      throw new StartupException("interrupted while starting", e);
    } catch (StartupException | RuntimeException e) {
      node.close();
      throw e;
    }
  }

  /**
   * The port to listen on: the one asked for, where it is free (the most likely reason why a second node does not
   * start), or a free one. It is known before the server listens, because claims of leadership name it.
   *
   * @param setting where the user sets the port
   */
  public static int choosePort(String host, int port, String setting) throws StartupException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getByName(host), port));
      return probe.getLocalPort();
    } catch (IOException e) {
      throw new StartupException("cannot listen on " + host + ":" + port + ": " + e.getMessage()
          + "; stop what listens there, or choose another " + setting, e);
    }
  }

  public static void makeFolder(Path data) throws StartupException {
    try {
      Files.createDirectories(data);
    } catch (IOException e) {
      throw new StartupException("cannot make the data folder " + data + ": " + e
          + "; take a folder that this user may write", e);
    }
  }
}
