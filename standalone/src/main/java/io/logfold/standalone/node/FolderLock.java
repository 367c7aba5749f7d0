package io.logfold.standalone.node;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A data folder that this process uses, and no other does meanwhile: two nodes that keep their tables in one folder would
 * spoil them. The lock ends with the process, however that ends.
 */
public final class FolderLock implements AutoCloseable {
  static final String FILE = "lock";

  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  /** @throws StartupException where another process, or another node of this one, has it */
  public static FolderLock take(Path data) throws StartupException {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(data.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() != null) {
        return new FolderLock(channel);
      }
      channel.close();
    } catch (OverlappingFileLockException e) {
      // Said below. The channel is left open on purpose: closing it would end the lock that this process holds.
    } catch (IOException e) {
      throw new StartupException("cannot lock the data folder " + data + ": " + e
          + "; take a folder that this user may write", e);
    }
    throw new StartupException("the data folder " + data + " is in use by another living node; stop that one, or take"
        + " another folder");
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // The lock goes with the process at the latest.
    }
  }
}
