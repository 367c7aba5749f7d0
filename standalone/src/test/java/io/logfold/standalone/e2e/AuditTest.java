package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An auditor's commands on a development store, while it runs and when it is stopped. */
class AuditTest {
  @TempDir Path folder;

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private EmbeddedNode start() throws Exception {
    Path data = folder.resolve("data");
    return EmbeddedNode.start(new DevOptions(data, "127.0.0.1", 0, "memory:", 2, "header", 64L << 20, 0), why -> {});
  }

  @Test
  void aStoreIsSealedAndVerifiedWhileItRunsAndWhenItIsStopped() throws Exception {
    String kafka;
    try (EmbeddedNode node = start()) {
      CommandLine logfold = new CommandLine(node.url());
      for (int i = 0; i < 20; i++) {
        logfold.run("set", "pk" + i, "key", "value " + i).ok();
      }
      kafka = node.bootstrapServers();
      String key = logfold.run("audit", "keygen", "--key", file("key")).ok();
      assertThat(key).startsWith("made key ");
      assertThat(logfold.run("audit", "keygen", "--key", file("key")).exitCode()).isEqualTo(2);

      assertThat(logfold.run("audit", "seal", "--key", file("key"), "--data", file("data"), "--out", file("seal1")).ok())
          .contains("PARTITION", "sealed in ");
      logfold.run("set", "pk1", "key", "another").ok();
      assertThat(logfold.run("audit", "seal", "--key", file("key"), "--kafka", kafka, "--topic", "logfold.dev",
          "--after", file("seal1"), "--out", file("seal2")).ok()).contains("sealed in ");
      assertThat(Files.readString(folder.resolve("seal2"))).contains("\nstore: dev\n", "\nverified: after seal ");
      assertThat(logfold.run("audit", "verify", "--kafka", kafka, "--topic", "logfold.dev", "--json").ok())
          .contains("\"fits\":true").contains("\"events\":21");
      CommandLine.Result other = logfold.run("audit", "verify", "--kafka", kafka, "--topic", "logfold.dev",
          "--store", "other");
      assertThat(other.exitCode()).isEqualTo(2);
      assertThat(other.err()).contains("is the log of the store 'dev'");
      assertThat(logfold.run("audit", "verify", "--kafka", kafka, "--topic", "nothing").exitCode()).isEqualTo(2);
    }

    CommandLine logfold = new CommandLine("http://127.0.0.1:1");
    assertThat(logfold.run("audit", "verify", "--data", file("data"), "--seal", file("seal1"), "--seal", file("seal2"),
        "--public-key", file("key.pub")).ok()).contains("fits, and all 2 seals");
    assertThat(logfold.run("audit", "verify", "--data", file("nowhere")).exitCode()).isEqualTo(2);
    assertThat(logfold.run("audit", "verify", "--kafka", kafka).exitCode()).isEqualTo(2);
    assertThat(logfold.run("audit", "verify", "--data", file("data"), "--seal", file("seal1")).exitCode()).isEqualTo(2);
    Files.writeString(folder.resolve("bad"), Files.readString(folder.resolve("seal1")).replace("partitions: 2", "partitions: 3"));
    CommandLine.Result bad = logfold.run("audit", "verify", "--data", file("data"), "--seal", file("bad"), "--public-key",
        file("key.pub"));
    assertThat(bad.exitCode()).isEqualTo(2);
    assertThat(bad.err()).contains("is not a seal that can be used");
  }

  @Test
  void aSealThatIsAheadOfTheLogIsTamperingAndItsExitCodeSaysSo() throws Exception {
    try (EmbeddedNode node = start()) {
      CommandLine logfold = new CommandLine(node.url());
      logfold.run("audit", "keygen", "--key", file("key")).ok();
      logfold.run("set", "pk", "key", "1").ok();
      logfold.run("set", "pk", "key", "2").ok();
      String[] seal = {"audit", "seal", "--key", file("key"), "--data", file("data")};
      CommandLine.Result now = logfold.run(seal);
      Files.writeString(folder.resolve("seal"), now.ok());
      assertThat(now.err()).contains("PARTITION");
    }
    delete(folder.resolve("data"));
    try (EmbeddedNode node = start()) {
      CommandLine.Result found = new CommandLine(node.url()).run("audit", "verify", "--data", file("data"), "--seal",
          file("seal"), "--public-key", file("key.pub"));
      assertThat(found.exitCode()).as(found.out() + found.err()).isEqualTo(9);
      assertThat(found.out()).contains("TRUNCATED", "DOES NOT FIT");
    }
  }

  @Test
  void theLogIsFoundByAConfigurationFileAndAKafkaThatIsNotThereIsExitCode5() throws Exception {
    CommandLine logfold = new CommandLine("http://127.0.0.1:1");
    try (EmbeddedNode node = start()) {
      new CommandLine(node.url()).run("set", "pk", "key", "1").ok();
      Path config = Files.writeString(folder.resolve("server.properties"), "store=dev\nnode=n1\npartitions=2\ndata="
          + folder.resolve("unused") + "\nkafka.bootstrap.servers=" + node.bootstrapServers() + "\nkafka.relaxed=true\n");
      assertThat(logfold.run("audit", "verify", "--config", config.toString()).ok()).contains("the log of store 'dev'", " fits");
      assertThat(logfold.run("export", "--what", "events", "--config", config.toString()).ok())
          .contains("\"format\":\"logfold-events\"", "\"events\":1,");
      assertThat(folder.resolve("unused")).doesNotExist();

      String[] verify = {"audit", "verify", "--kafka", node.bootstrapServers(), "--topic", "logfold.dev", "--kafka-config",
          file("kafka.properties")};
      String[] export = {"export", "--what", "events", "--kafka", node.bootstrapServers(), "--topic", "logfold.dev",
          "--kafka-config", file("kafka.properties")};
      Files.writeString(folder.resolve("kafka.properties"), "kafka.security.protocol=PLAINTEXT\n");
      assertThat(logfold.run(verify).ok()).contains(" fits");
      assertThat(logfold.run(export).ok()).contains("\"events\":1,");
      Files.writeString(folder.resolve("kafka.properties"), "kafka.security.protocol=none such\n");
      for (String[] each : new String[][] {verify, export}) {
        CommandLine.Result refused = logfold.run(each);
        assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
        assertThat(refused.err()).contains("none such").doesNotContain("\tat ");
      }
    }
    int closed;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = free.getLocalPort();
    }
    CommandLine.Result away = logfold.run("audit", "verify", "--kafka", "127.0.0.1:" + closed, "--topic", "logfold.dev");
    assertThat(away.exitCode()).as(away.toString()).isEqualTo(5);
    assertThat(away.err()).startsWith("logfold: UNAVAILABLE").contains("127.0.0.1:" + closed);
  }

  private static void delete(Path data) throws Exception {
    try (var files = Files.walk(data)) {
      for (Path each : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
