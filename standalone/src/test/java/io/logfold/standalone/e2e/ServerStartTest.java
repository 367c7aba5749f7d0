package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.client.LogfoldClient;
import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import io.logfold.log.testing.BrokerProcess;
import io.logfold.log.testing.SharedBroker;
import io.logfold.standalone.cli.CliIo;
import io.logfold.standalone.cli.LogfoldCommand;
import io.logfold.standalone.server.ServerNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node on brokers that are not its own: from its configuration file to its first answer, and what stops it before. */
@Timeout(180)
class ServerStartTest {
  private static final Duration WITHIN = Duration.ofSeconds(20);

  @TempDir Path folder;
  private String store = "";
  private String topic = "";

  @BeforeEach
  void names() {
    topic = SharedBroker.freshTopic("server-start");
    store = topic;
  }

  @Test
  void aNodeStartsAnswersAndStopsInOrderAndTheNextOneGoesOn() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start(folder.resolve("broker"))) {
      Path config = config("127.0.0.1:" + broker.port(), "kafka.relaxed=true\n");
      Said made = logfold("topic", "create", "--config", config.toString(), "--replication", "1");
      assertThat(made.err()).isEmpty();
      assertThat(made.out()).isEqualTo("made topic " + topic + ": 2 partitions, replication 1\n");
      assertThat(logfold("topic", "create", "--config", config.toString(), "--replication", "1").out())
          .isEqualTo("topic " + topic + " is there, with the settings that it must have\n");

      try (NodeProcess node = NodeProcess.server(config)) {
        String url = node.awaitUrl();
        try (BlockingStore client = new BlockingStore(LogfoldClient.connect(url))) {
          client.set(Bytes.utf8("pk"), Bytes.utf8("k"), Bytes.utf8("v"));
        }
        assertThat(health(url)).isEqualTo("200 {\"ready\":true}");
        node.signal("TERM");
        assertThat(node.exitCode()).isZero();
        assertThat(node.stderr()).contains("kafka.relaxed=true lets pass replication=1").endsWith("logfold stopped\n");
      }
      try (NodeProcess node = NodeProcess.server(config);
          BlockingStore client = new BlockingStore(LogfoldClient.connect(node.awaitUrl()))) {
        assertThat(client.get(Bytes.utf8("pk"), Bytes.utf8("k")))
            .hasValueSatisfying(found -> assertThat(found.value()).isEqualTo(Bytes.utf8("v")));
        assertThat(server(config)).contains("the data folder " + folder.resolve("data") + " is in use by another living node");
        assertThat(server(config(node("n2"), "127.0.0.1:" + broker.port(), "kafka.relaxed=true\n")))
            .contains("is of store '" + store + "', node 'n1', 2 partitions, configured is");
      }
    }
  }

  @Test
  void aMissingTopic() throws Exception {
    refused(config(SharedBroker.bootstrapServers(), ""),
        "topic " + topic + " does not exist at " + SharedBroker.bootstrapServers()
            + "; make it with './logfold topic create --config FILE'");
  }

  @Test
  void aTopicThatIsNotSafe() throws Exception {
    TopicSetup.createIfAbsent(SharedBroker.bootstrapServers(), TopicSpec.development(topic, 2), Map.of(), WITHIN);
    refused(config(SharedBroker.bootstrapServers(), ""),
        "is not safe for a store (2 wrong): replication must be 3 or more, is 1; fix:");
    Said said = logfold("topic", "create", "--config", config(SharedBroker.bootstrapServers(), "").toString());
    assertThat(said.code()).isEqualTo(1);
    assertThat(said.err()).startsWith("logfold: the topic was not made: ").contains("min.insync.replicas must be 2");
    assertThat(logfold("topic", "create", "--config", config(SharedBroker.bootstrapServers(), "").toString(),
        "--replication", "2").err()).contains("--replication must be 3 or more");
  }

  @Test
  void anotherStoresTopic() throws Exception {
    TopicSetup.createIfAbsent(SharedBroker.bootstrapServers(), TopicSpec.development(topic, 2), Map.of(), WITHIN);
    Path config = config(SharedBroker.bootstrapServers(), "kafka.relaxed=true\n");
    try (NodeProcess node = NodeProcess.server(config)) {
      node.awaitUrl();
    }
    String first = store;
    store = store + "-other";
    String second = store;
    Path others = config("node=n1\nlisten.port=0\ndata=" + folder.resolve("data2") + "\n", SharedBroker.bootstrapServers(),
        "kafka.relaxed=true\n");
    assertThat(server(others)).contains(
        "is the log of the store '" + first + "'", "configured is '" + second + "'; give each store a topic of its own");
    assertThat(folder.resolve("data2")).doesNotExist();
    store = first;
    Path slower = config("node=n2\nlisten.port=0\ndata=" + folder.resolve("data3") + "\n", SharedBroker.bootstrapServers(),
        "kafka.relaxed=true\nlease.ttl.ms=1000\n");
    assertThat(server(slower)).contains("this store was made with").contains("ttlMs=1000");
  }

  @Test
  void noBroker() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      refused(config("127.0.0.1:" + silent.getLocalPort(), ""),
          "no Kafka broker answered at 127.0.0.1:" + silent.getLocalPort() + " within 10000 ms");
    }
    refused(config("no.such.host.invalid:9092", ""), "cannot make a Kafka client for no.such.host.invalid:9092");
  }

  @Test
  void aTakenPortAnotherFolderAndAWrongFile() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      refused(config("node=n1\ndata=" + folder.resolve("data") + "\nlisten.port=" + taken.getLocalPort() + "\n",
          SharedBroker.bootstrapServers(), ""), "cannot listen on 127.0.0.1:" + taken.getLocalPort(), "listen.port");
    }
    Path home = Files.createDirectories(folder.resolve("home"));
    Files.writeString(home.resolve("thesis.tex"), "do not touch");
    assertThat(server(config("node=n1\nlisten.port=0\ndata=" + home + "\n", SharedBroker.bootstrapServers(), "")))
        .contains("holds 'thesis.tex' and no logfold.properties");
    assertThat(server(folder.resolve("none"))).contains("there is no configuration file " + folder.resolve("none"));
    assertThat(logfold("server").code()).isEqualTo(2);
  }

  private void refused(Path config, String... said) throws IOException {
    assertThat(server(config)).contains(said);
    assertThat(folder.resolve("data")).doesNotExist();
  }

  /** What a node says that does not start. */
  private String server(Path config) {
    Said said = logfold("server", "--config", config.toString());
    assertThat(said.code()).isEqualTo(1);
    assertThat(said.out()).isEmpty();
    assertThat(said.err().lines()).as("lines on standard error").hasSize(1);
    assertThat(said.err()).startsWith("logfold: the node did not start: ");
    return said.err();
  }

  private String node(String node) {
    return "node=" + node + "\nlisten.port=0\ndata=" + folder.resolve("data") + "\n";
  }

  private Path config(String bootstrapServers, String more) throws IOException {
    return config(node("n1"), bootstrapServers, more);
  }

  private Path config(String node, String bootstrapServers, String more) throws IOException {
    return Files.writeString(folder.resolve("node-" + SharedBroker.freshTopic("") + ".properties"), "store=" + store
        + "\ntopic=" + topic + "\npartitions=2\nkafka.bootstrap.servers=" + bootstrapServers + "\n" + node + more);
  }

  private static String health(String url) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer = client.send(
          HttpRequest.newBuilder(URI.create(url + "/health")).build(), HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() + " " + answer.body().strip();
    }
  }

  private record Said(int code, String out, String err) {}

  private static Said logfold(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StringWriter err = new StringWriter();
    CliIo io = new CliIo(new ByteArrayInputStream(new byte[0]), out, new PrintWriter(err), false, false, Map.of(),
        url -> {
          throw new AssertionError("connects to nobody");
        }, InstantSource.system(), new Random());
    int code = LogfoldCommand.run(io, new LogfoldCommand.Nodes(options -> {
      throw new AssertionError("no development mode");
    }, config -> ServerNode.start(config, why -> {})), arguments);
    return new Said(code, out.toString(StandardCharsets.UTF_8), err.toString());
  }
}
