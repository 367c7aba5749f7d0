package io.logfold.projector.table.rocksdb;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;

/**
 * The folder of a table: a text file that says whose table it is, and RocksDB's own folder beside it.
 *
 * <pre>
 *   DIR/logfold-table.properties    layout, store, partitions
 *   DIR/db/                         RocksDB
 * </pre>
 *
 * <p>The identity is a file and not a row, so that another store's folder is refused before RocksDB has touched it
 * (opening a database writes to it), and so that a person can read it.
 */
final class TableFolder {
  private static final String IDENTITY = "logfold-table.properties";
  private static final String LAYOUT = "1";

  private TableFolder() {}

  /** Checks whose the folder is, marks a new one, and gives RocksDB's folder in it. */
  static Path claim(Path folder, String store, int partitions) {
    try {
      Files.createDirectories(folder);
      Path identity = folder.resolve(IDENTITY);
      if (Files.exists(identity)) {
        check(folder, Files.readString(identity), store, partitions);
      } else {
        refuseStrangers(folder);
        write(identity, "# A table of Logfold. The folder db beside this file belongs to it.\nlayout=" + LAYOUT
            + "\nstore=" + escape(store) + "\npartitions=" + partitions + "\n");
      }
      return folder.resolve("db");
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "cannot use the folder " + folder.toAbsolutePath()
          + " for a table: " + e + "; give a folder that this user may write", e);
    }
  }

  private static void check(Path folder, String text, String store, int partitions) throws IOException {
    Properties found = new Properties();
    found.load(new StringReader(text));
    String layout = found.getProperty("layout", "?");
    if (!layout.equals(LAYOUT)) {
      throw refused(folder, "has layout " + layout + ", this version reads layout " + LAYOUT
          + "; use the version that wrote it, or another folder");
    }
    String foundStore = found.getProperty("store", "?");
    String foundPartitions = found.getProperty("partitions", "?");
    if (!foundStore.equals(store) || !foundPartitions.equals(Integer.toString(partitions))) {
      throw refused(folder, "belongs to store \"" + foundStore + "\" of " + foundPartitions + " partitions, not to \""
          + store + "\" of " + partitions + "; nothing was changed; give this store another folder");
    }
  }

  private static void refuseStrangers(Path folder) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        // lost+found: the folder may be the root of a disk. *.tmp: a first start that did not get further.
        if (!name.equals("lost+found") && !name.equals(IDENTITY + ".tmp")) {
          throw refused(folder, "holds \"" + name + "\" and no " + IDENTITY
              + ": it is not a table's folder; give an empty one");
        }
      }
    }
  }

  private static void write(Path identity, String text) throws IOException {
    Path draft = identity.resolveSibling(IDENTITY + ".tmp");
    Files.writeString(draft, text);
    try (FileChannel file = FileChannel.open(draft, StandardOpenOption.WRITE)) {
      file.force(true);
    }
    Files.move(draft, identity, StandardCopyOption.ATOMIC_MOVE);
  }

  /** So that {@link Properties#load} reads it as it was. */
  private static String escape(String text) {
    return text.replace("\\", "\\\\")
        .replace("\n", "\\n").replace("\r", "\\r").replace(" ", "\\ ").replace("\t", "\\t");
  }

  private static StoreException refused(Path folder, String why) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "the folder " + folder.toAbsolutePath() + " " + why);
  }
}
