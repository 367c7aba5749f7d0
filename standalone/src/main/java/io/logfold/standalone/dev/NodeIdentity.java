package io.logfold.standalone.dev;

import io.logfold.standalone.dev.DevNode.StartupException;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;

/**
 * What a data folder is: which store, how many partitions, which node. Written once, when the folder is made.
 *
 * @param partitions fixed for life
 */
record NodeIdentity(String store, String node, int partitions) {
  private static final String FILE = "logfold.properties";
  private static final int DEFAULT_PARTITIONS = 4;

  /** @param asked partitions asked for; 0: what the folder has, or the default for a new one */
  static NodeIdentity of(Path data, int asked) throws StartupException {
    Path file = data.resolve(FILE);
    if (!Files.exists(file)) {
      NodeIdentity made = new NodeIdentity("dev", "dev-1", asked == 0 ? DEFAULT_PARTITIONS : asked);
      made.write(file);
      return made;
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
      NodeIdentity found = new NodeIdentity(text(properties, "store", file), text(properties, "node", file),
          Integer.parseInt(text(properties, "partitions", file)));
      if (asked != 0 && asked != found.partitions) {
        throw new StartupException("the store in " + data + " has " + found.partitions + " partitions for life, asked for were "
            + asked + "; leave --partitions out, or take a new --data folder");
      }
      return found;
    } catch (IOException | IllegalArgumentException e) {
      throw new StartupException(file + " cannot be read (" + e.getMessage() + "); restore it, or take a new --data folder", e);
    }
  }

  private static String text(Properties properties, String name, Path file) throws StartupException {
    String value = properties.getProperty(name);
    if (value == null || value.isBlank()) {
      throw new StartupException(file + " lacks '" + name + "'; restore it, or take a new --data folder");
    }
    return value;
  }

  private void write(Path file) throws StartupException {
    Properties properties = new Properties();
    properties.setProperty("store", store);
    properties.setProperty("node", node);
    properties.setProperty("partitions", Integer.toString(partitions));
    Path half = file.resolveSibling(FILE + ".new");
    try {
      try (Writer writer = Files.newBufferedWriter(half, StandardCharsets.UTF_8)) {
        properties.store(writer, "What this folder is. Fixed for life: do not edit.");
      }
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new StartupException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
