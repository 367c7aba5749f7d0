package io.logfold.standalone.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logfold.log.kafka.TopicCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kafka.server.KafkaConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What can be known of docker/ without pulling an image: that its parts fit each other and this code. */
class ComposeTest {
  private static final Path DOCKER = Path.of("..", "docker");
  private static final Pattern DEFAULT = Pattern.compile("\\$\\{[A-Z_]+:-([^}]*)}");

  /** A tag that names one version: digits and dots, and what variant. */
  private static final Pattern PINNED = Pattern.compile("[a-z/-]+:\\d+\\.\\d+(\\.\\d+)*([._-][a-z0-9._-]+)?(@sha256:[0-9a-f]{64})?");

  private final Map<String, JsonNode> services = new HashMap<>();
  private final Set<String> volumes = new HashSet<>();

  @BeforeEach
  void read() throws IOException {
    Object parsed = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(DOCKER.resolve("compose.yaml")));
    JsonNode compose = new ObjectMapper().valueToTree(parsed);
    compose.path("services").properties().forEach(service -> services.put(service.getKey(), service.getValue()));
    compose.path("volumes").fieldNames().forEachRemaining(volumes::add);
  }

  @Test
  void thereAreThreeBrokersThreeNodesATopicAndAPostgres() {
    assertThat(services.keySet()).containsExactlyInAnyOrder(
        "kafka-1", "kafka-2", "kafka-3", "topic", "node-1", "node-2", "node-3", "postgres");
  }

  @Test
  void everyImageIsPinned() throws IOException {
    List<String> images = new ArrayList<>();
    for (String file : List.of("compose.yaml", "Dockerfile")) {
      Matcher from = Pattern.compile("(?m)^(?:FROM|\\s+image:) +(\\S+)").matcher(Files.readString(DOCKER.resolve(file)));
      while (from.find()) {
        images.add(from.group(1));
      }
    }
    assertThat(images).hasSize(6).contains("logfold:local");
    images.removeIf("logfold:local"::equals); // made here
    assertThat(images).allMatch(image -> PINNED.matcher(image).matches(), "pinned");
  }

  @Test
  void whatIsMountedExists() {
    services.forEach((name, service) -> service.path("volumes").forEach(volume -> {
      String source = volume.asText().split(":", 2)[0];
      if (source.startsWith(".")) {
        assertThat(DOCKER.resolve(source)).as(name).isDirectory();
      } else {
        assertThat(volumes).as(name).contains(source);
      }
    }));
    assertThat(DOCKER.resolve("Dockerfile")).isRegularFile();
    assertThat(Files.isExecutable(DOCKER.resolve("smoke"))).isTrue();
  }

  @Test
  void theConfigurationOfEachNodeIsOneThatTheServerTakes() throws Exception {
    Set<String> addresses = new HashSet<>();
    for (String node : List.of("node-1", "node-2", "node-3", "topic")) {
      ServerConfig config = ServerConfig.read(DOCKER.resolve("cluster/node.properties"), environment(node));
      assertThat(config.identity().node()).isEqualTo(node);
      assertThat(config.data()).isEqualTo(Path.of("/data"));
      assertThat(config.mode()).isEqualTo(TopicCheck.Mode.STRICT);
      assertThat(config.bootstrapServers()).isEqualTo("kafka-1:9092,kafka-2:9092,kafka-3:9092");
      assertThat(config.port()).isEqualTo(7171);
      addresses.add(config.advertised().orElseThrow());
    }
    assertThat(addresses).hasSize(4).contains("http://node-1:7171");
  }

  @Test
  void theBrokersSettingsAreKnownToKafkaAndAsTheStoreNeedsThem() {
    Set<String> ids = new HashSet<>();
    for (String broker : List.of("kafka-1", "kafka-2", "kafka-3")) {
      Properties settings = new Properties();
      environment(broker).forEach((name, value) -> {
        if (name.startsWith("KAFKA_")) {
          settings.setProperty(name.substring("KAFKA_".length()).toLowerCase(Locale.ROOT).replace('_', '.'), value);
        }
      });
      assertThat(AbstractKafkaConfig.CONFIG_DEF.names()).as(broker).containsAll(settings.stringPropertyNames());
      KafkaConfig config = KafkaConfig.fromProps(settings, false);
      ids.add(settings.getProperty("node.id"));
      assertThat(config.uncleanLeaderElectionEnable()).isFalse();
      assertThat(config.autoCreateTopicsEnable()).isFalse();
      assertThat(config.minInSyncReplicas()).isEqualTo(2);
      assertThat(config.defaultReplicationFactor()).isEqualTo(3);
      assertThat(settings.getProperty("advertised.listeners")).isEqualTo("PLAINTEXT://" + broker + ":9092");
      assertThat(settings.getProperty("controller.quorum.voters")).contains(settings.getProperty("node.id") + "@" + broker
          + ":9093");
    }
    assertThat(ids).hasSize(3);
  }

  /** As the service gets it, where nobody has set a variable. */
  private Map<String, String> environment(String service) {
    Map<String, String> environment = new HashMap<>();
    Objects.requireNonNull(services.get(service)).path("environment").properties().forEach(
        each -> environment.put(each.getKey(), DEFAULT.matcher(each.getValue().asText()).replaceAll("$1")));
    return environment;
  }
}
