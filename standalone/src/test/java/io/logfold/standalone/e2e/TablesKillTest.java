package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitRequest;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.client.LogfoldClient;
import io.logfold.standalone.Main;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node that gets another table under load, lets it serve, and is killed; and a replay whose command is interrupted. */
@Timeout(300)
class TablesKillTest {
  private static final int PARTITIONS = 2;
  private static final int KEYS = 2_400;
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @TempDir Path folder;

  @Test
  void theTableThatServesIsFoundAgainAfterAKillAndAnInterruptedReplayGoesOn() throws Exception {
    Path data = folder.resolve("data");
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = free.getLocalPort();
    }
    List<String> arguments = List.of("--data", data.toString(), "--port", Integer.toString(port), "--partitions",
        Integer.toString(PARTITIONS));
    CommandLine logfold = new CommandLine("http://127.0.0.1:" + port);
    NodeProcess node = NodeProcess.start(arguments);
    try (LogfoldClient client = LogfoldClient.connect("http://127.0.0.1:" + port)) {
      node.awaitUrl();
      Random random = new Random(4711);
      List<CompletableFuture<?>> writes = new ArrayList<>();
      for (int i = 0; i < KEYS; i++) {
        writes.add(client.commit(new CommitRequest(Bytes.utf8("pk-" + i % 7), List.of(),
            List.of(new Mutation.Put(Bytes.utf8("k" + i), Bytes.utf8("v" + i))), new RequestInfo(RequestId.random(random), 1, System.currentTimeMillis()), Provenance.NONE),
            CallOptions.DEFAULT));
      }
      CompletableFuture.allOf(writes.toArray(CompletableFuture<?>[]::new)).get(60, TimeUnit.SECONDS);
      anInterruptedReplayStopsAndGoesOn(logfold, "http://127.0.0.1:" + port);

      Load load = Load.start(client, 4711);
      awaitProgress(load);
      assertThat(logfold.run("replay", "--to", "rocksdb:" + folder.resolve("second"), "--name", "second").ok())
          .contains("second is built");
      assertThat(logfold.run("verify", "--table", "second").ok()).startsWith("second equals the log");
      await().atMost(PATIENCE).until(() -> logfold.run("tables", "serve", "second").exitCode() == 0);
      assertThat(logfold.run("tables").ok()).containsPattern("second +projecting +2/2");
      awaitProgress(load);
      node.kill();
      assertThat(Files.readString(data.resolve("tables.json"))).contains("\"second\"").contains("\"PROJECT\"");

      node = NodeProcess.start(arguments);
      node.awaitUrl();
      assertThat(logfold.run("tables").ok()).as("the log says which one serves").containsPattern("second +[a-z]+ +2/2")
          .containsPattern("main +[a-z]+ +0/2");
      assertThat(logfold.run("cluster").ok()).contains(", table rocksdb:" + folder.resolve("second"));
      awaitProgress(load);
      await().atMost(PATIENCE).until(() -> logfold.run("tables", "serve", "main").exitCode() == 0);
      assertThat(logfold.run("tables").ok()).containsPattern("main +[a-z]+ +2/2");
      awaitProgress(load);
      load.finish();
      for (String table : List.of("main", "second", "slow")) {
        assertThat(logfold.run("verify", "--table", table).ok()).startsWith(table + " equals the log");
      }
      node.signal("TERM");
      assertThat(node.exitCode()).as(node.stderr()).isZero();
      assertThat(node.stderr()).doesNotContain("Exception");
    } finally {
      node.close();
    }
  }

  private void anInterruptedReplayStopsAndGoesOn(CommandLine logfold, String server) throws Exception {
    List<String> replay = List.of("replay", "--to", "slow:" + folder.resolve("slow"));
    List<String> command = NodeProcess.java();
    command.add(Main.class.getName());
    command.addAll(replay);
    command.addAll(List.of("--progress", "--server", server));
    Path said = folder.resolve("said");
    Process process = new ProcessBuilder(command).redirectError(said.toFile()).redirectOutput(folder.resolve("out").toFile()).start();
    try {
      // The first bar is drawn when an interrupt would be heeded.
      await().atMost(PATIENCE).until(() -> Files.readString(said).contains("]"));
      assertThat(logfold.run("tables").ok()).containsPattern("slow +building");
      String signal = StopTest.interruptIsIgnored() ? "TERM" : "INT";
      assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor()).isZero();
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isIn(130, 143);
    assertThat(Files.readString(said)).contains("logfold: stopped; what was built stays").doesNotContain("\tat ");
    assertThat(Files.readString(folder.resolve("out"))).isEmpty();
    assertThat(logfold.run("tables").ok()).containsPattern("slow +standing").contains("slow: its building was stopped");
    assertThat(logfold.run(replay.toArray(String[]::new)).ok()).contains("slow is built");
  }

  private static void awaitProgress(Load load) {
    long more = load.acknowledged.get() + 300;
    await().atMost(PATIENCE).until(() -> {
      load.failIfFaulty();
      return load.acknowledged.get() >= more;
    });
  }
}
