package io.logfold.log.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One process's exclusive use of a broker's data folder.
 *
 * <p>Kafka has a lock of its own ({@code .lock}), but a broker that is also its controller takes it only after it has
 * opened, and perhaps written to, its metadata log. So there is a lock of ours around all of it, and Kafka's is only
 * looked at, for the case that an ordinary Kafka server uses the folder.
 *
 * <p>Locks on files belong to the process, and closing any channel of a file drops the process's lock on it: therefore
 * the folders that this JVM uses are kept in a set of the JVM, and asked first.
 */
final class DataFolder implements AutoCloseable {
  private static final Set<Path> IN_USE_HERE = ConcurrentHashMap.newKeySet();
  private static final String OUR_LOCK = "logfold.lock";
  private static final String KAFKA_LOCK = ".lock";

  private final Path path;
  private final FileChannel channel;

  private DataFolder(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** Makes the folder where it does not exist, and takes it. */
  static DataFolder take(Path folder) {
    Path real;
    try {
      Files.createDirectories(folder);
      real = folder.toRealPath();
    } catch (IOException e) {
      throw new BrokerStartException(
          "cannot make or open the data folder " + folder + ": " + e + "; give a folder that this user can write", e);
    }
    if (!IN_USE_HERE.add(real)) {
      throw BrokerStartException.inUse(
          "data folder " + real + " is in use by another broker in this process; close that one or give another folder");
    }
    FileChannel channel = null;
    try {
      channel = lock(real.resolve(OUR_LOCK));
      if (channel != null) {
        FileChannel kafkas = lock(real.resolve(KAFKA_LOCK));
        if (kafkas != null) {
          kafkas.close();
          DataFolder taken = new DataFolder(real, channel);
          channel = null;
          return taken;
        }
      }
    } catch (IOException e) {
      IN_USE_HERE.remove(real);
      closeQuietly(channel);
      throw new BrokerStartException(
          "cannot lock the data folder " + real + ": " + e + "; give a folder that this user can write", e);
    }
    IN_USE_HERE.remove(real);
    closeQuietly(channel);
    throw BrokerStartException.inUse(
        "data folder " + real + " is in use by another living process; stop that one or give another folder");
  }

  Path path() {
    return path;
  }

  private static @Nullable FileChannel lock(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // A broker in this process that was not started by us.
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return null;
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // The lock goes with the process at the latest.
      }
    }
  }

  @Override
  public void close() {
    closeQuietly(channel);
    IN_USE_HERE.remove(path);
  }
}
