package io.logfold.standalone.node;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * What a data folder is: which store, how many partitions, which node. Written once, when the folder is made.
 *
 * @param partitions fixed for life
 */
public record NodeIdentity(String store, String node, int partitions) {
  private static final String FILE = "logfold.properties";
  private static final String HALF = FILE + ".new";
  private static final String LAYOUT = "1";
  private static final int DEFAULT_PARTITIONS = 4;
  /** What a folder may hold that has no identity yet: a first start may have been killed before it was written. */
  private static final Set<String> BEFORE_IDENTITY = Set.of("kafka", FolderLock.FILE, HALF, "lost+found");

  /**
   * Whose the folder is, or what it will be where it is new. Changes nothing.
   *
   * @param asked partitions asked for; 0: what the folder has, or the default for a new one
   */
  public static NodeIdentity find(Path data, int asked) throws StartupException {
    Optional<NodeIdentity> read = read(data);
    if (read.isEmpty()) {
      return new NodeIdentity("dev", "dev-1", asked == 0 ? DEFAULT_PARTITIONS : asked);
    }
    NodeIdentity found = read.get();
    if (asked != 0 && asked != found.partitions) {
      throw new StartupException("the store in " + data + " has " + found.partitions
          + " partitions for life, asked for were " + asked + "; leave --partitions out, or take a new --data folder");
    }
    return found;
  }

  /** Refuses a folder that is another node's, or another store's. Changes nothing. */
  public void expectIn(Path data) throws StartupException {
    Optional<NodeIdentity> found = read(data);
    if (found.isPresent() && !found.get().equals(this)) {
      throw new StartupException("the data folder " + data + " is of " + found.get().inWords() + ", configured is "
          + inWords() + "; take that node's own folder, or a new one");
    }
  }

  private String inWords() {
    return "store '" + store + "', node '" + node + "', " + partitions + " partitions";
  }

  /** Empty where the folder is new. */
  private static Optional<NodeIdentity> read(Path data) throws StartupException {
    Path file = data.resolve(FILE);
    if (!Files.exists(file)) {
      refuseStrangers(data);
      return Optional.empty();
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw damaged(file, "cannot be read (" + e + ")");
    }
    String layout = text(properties, "layout", file);
    if (!layout.equals(LAYOUT)) {
      throw new StartupException("the data folder " + data + " has layout '" + layout + "', this version reads layout "
          + LAYOUT + "; use the version that made it, or take a new data folder");
    }
    return Optional.of(new NodeIdentity(
        text(properties, "store", file), text(properties, "node", file), partitions(properties, file)));
  }

  private static void refuseStrangers(Path data) throws StartupException {
    if (!Files.isDirectory(data)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(data)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!BEFORE_IDENTITY.contains(name)) {
          throw new StartupException("the folder " + data + " holds '" + name + "' and no " + FILE
              + ": it is not a data folder of Logfold; take an empty or new data folder");
        }
      }
    } catch (IOException e) {
      throw new StartupException("cannot read the data folder " + data + ": " + e, e);
    }
  }

  private static int partitions(Properties properties, Path file) throws StartupException {
    String value = text(properties, "partitions", file);
    try {
      int partitions = Integer.parseInt(value);
      if (partitions > 0) {
        return partitions;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw damaged(file, "says partitions=" + value + ", expected a number from 1");
  }

  private static String text(Properties properties, String name, Path file) throws StartupException {
    String value = properties.getProperty(name);
    if (value == null || value.isBlank()) {
      throw damaged(file, "lacks '" + name + "'");
    }
    return value;
  }

  private static StartupException damaged(Path file, String how) {
    return new StartupException(file + " " + how + "; restore it, or take a new data folder");
  }

  /** Writes it into a new folder; to be called by whoever holds the folder's lock. */
  public void keepIn(Path data) throws StartupException {
    Path file = data.resolve(FILE);
    if (Files.exists(file)) {
      return;
    }
    Properties properties = new Properties();
    properties.setProperty("layout", LAYOUT);
    properties.setProperty("store", store);
    properties.setProperty("node", node);
    properties.setProperty("partitions", Integer.toString(partitions));
    Path half = data.resolve(HALF);
    try {
      try (Writer writer = Files.newBufferedWriter(half, StandardCharsets.UTF_8)) {
        properties.store(writer, "What this folder is. Fixed for life: do not edit.");
      }
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new StartupException("cannot write " + file + ": " + e, e);
    }
  }
}
