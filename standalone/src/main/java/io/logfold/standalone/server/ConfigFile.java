package io.logfold.standalone.server;

import io.logfold.standalone.node.StartupException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AdminClientConfig;

/**
 * A configuration file: Java properties in UTF-8. A key that nobody knows is refused: it is most often one that
 * somebody relies on, spelt wrongly. <code>${NAME}</code> in a value stands for that variable of the environment, so
 * that one file serves several nodes and passwords need not lie in it.
 */
final class ConfigFile {
  /** All but those of Kafka's clients, in the order of the documentation. */
  static final List<String> KEYS = List.of("store", "node", "partitions", "data", "kafka.bootstrap.servers",
      "kafka.relaxed", "topic", "listen.host", "listen.port", "advertised.address", "table", "memtable.mib",
      "principal.source", "lease.ttl.ms", "placement.group", "placement.moves",
      "history", "redaction.master-key-file", "dynamodb.access-keys-file");

  private static final String KAFKA = "kafka.";

  /** Those of a Kafka client that belong to this code alone. */
  private static final Set<String> OWN = Set.of(AdminClientConfig.CLIENT_ID_CONFIG,
      AdminClientConfig.BOOTSTRAP_CONTROLLERS_CONFIG, AdminClientConfig.ENABLE_METRICS_PUSH_CONFIG);

  /** They become parts of names of folders, consumer groups and metrics. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}");

  private final Path file;
  private final Map<String, String> values;

  private ConfigFile(Path file, Map<String, String> values) {
    this.file = file;
    this.values = values;
  }

  static ConfigFile read(Path file, Map<String, String> environment) throws StartupException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (NoSuchFileException e) {
      throw new StartupException("there is no configuration file " + file + "; docs/OPERATIONS.md shows one", e);
    } catch (CharacterCodingException e) {
      throw new StartupException("the configuration file " + file + " is not text in UTF-8", e);
    } catch (IOException | IllegalArgumentException e) {
      throw new StartupException("the configuration file " + file + " cannot be read: " + e, e);
    }
    Map<String, String> values = new TreeMap<>();
    properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key).strip()));
    ConfigFile config = new ConfigFile(file, values);
    config.refuseUnknownKeys();
    config.putIn(environment);
    return config;
  }

  private void putIn(Map<String, String> environment) throws StartupException {
    for (Map.Entry<String, String> each : values.entrySet()) {
      StringBuilder value = new StringBuilder();
      Matcher variable = VARIABLE.matcher(each.getValue());
      while (variable.find()) {
        String found = environment.get(variable.group(1));
        if (found == null) {
          throw wrong(each.getKey(), "asks for the environment's variable " + variable.group(1) + ", which is not set");
        }
        variable.appendReplacement(value, Matcher.quoteReplacement(found));
      }
      each.setValue(variable.appendTail(value).toString());
    }
  }

  private void refuseUnknownKeys() throws StartupException {
    Set<String> known = known();
    for (String key : values.keySet()) {
      if (!known.contains(key)) {
        throw new StartupException("the configuration file " + file + " has the key '" + key
            + "', which there is not; did you mean '" + nearest(key, known) + "'?");
      }
    }
  }

  private static Set<String> known() {
    Set<String> known = new TreeSet<>(KEYS);
    AdminClientConfig.configNames().stream().filter(name -> !OWN.contains(name))
        .forEach(name -> known.add(KAFKA + name));
    return known;
  }

  /** What is given to all Kafka clients. */
  Map<String, String> connection() {
    Map<String, String> connection = new TreeMap<>();
    values.forEach((key, value) -> {
      if (key.startsWith(KAFKA) && !KEYS.contains(key)) {
        connection.put(key.substring(KAFKA.length()), value);
      }
    });
    return connection;
  }

  /** @param otherwise what an absent key stands for; empty: it must be there */
  String text(String key, Optional<String> otherwise) throws StartupException {
    String value = values.get(key);
    if (value == null) {
      return otherwise.orElseThrow(
          () -> new StartupException("the configuration file " + file + " lacks '" + key + "'"));
    }
    if (value.isEmpty()) {
      throw wrong(key, "is empty; give it a value, or leave the line out where it has a default");
    }
    return value;
  }

  String name(String key) throws StartupException {
    String value = text(key, Optional.empty());
    if (!NAME.matcher(value).matches()) {
      throw wrong(key, "must be letters, digits, '.', '_' and '-', at most 100, got '" + value + "'");
    }
    return value;
  }

  long number(String key, Optional<Long> otherwise, long least, long most) throws StartupException {
    String value = text(key, otherwise.map(Object::toString));
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw wrong(key, "must be a number from " + least + " to " + most + ", got '" + value + "'");
  }

  /** One of two words, the first of which an absent key stands for. */
  String oneOf(String key, String otherwise, String other) throws StartupException {
    String value = text(key, Optional.of(otherwise));
    if (!value.equals(otherwise) && !value.equals(other)) {
      throw wrong(key, "must be " + otherwise + " or " + other + ", got '" + value + "'");
    }
    return value;
  }

  StartupException wrong(String key, String why) {
    return new StartupException("in the configuration file " + file + ", '" + key + "' " + why);
  }

  private static String nearest(String key, Collection<String> known) {
    return known.stream().min(Comparator.<String>comparingInt(each -> distance(key, each)).thenComparing(each -> each))
        .orElseThrow();
  }

  /** How many letters must be put in, left out or changed to make one of the other (Levenshtein). */
  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
