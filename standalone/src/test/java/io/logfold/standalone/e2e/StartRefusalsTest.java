package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.log.testing.BrokerProcess;
import io.logfold.standalone.cli.CliIo;
import io.logfold.standalone.cli.LogfoldCommand;
import io.logfold.standalone.dev.EmbeddedNode;
import io.logfold.standalone.server.ServerNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What stops a node from starting is one line on standard error, exit code 1, and leaves the disk as it was. */
@Timeout(120)
class StartRefusalsTest {
  private static final String IDENTITY = "layout=1\nstore=dev\nnode=dev-1\npartitions=2\n";

  @TempDir Path folder;

  @Test
  void aTakenPort() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      refused("cannot listen on 127.0.0.1:" + taken.getLocalPort(), "--port", Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void aDataFolderInUseByALivingProcess() throws Exception {
    Path data = identity(IDENTITY);
    try (BrokerProcess other = BrokerProcess.start(data.resolve("kafka"))) {
      assertThat(other.port()).isPositive();
      // The folder lives meanwhile: what is said is all that is looked at.
      String said = run(data);
      assertThat(said).contains("is in use by another living process");
    }
  }

  @Test
  void anUnknownTable() throws Exception {
    refused("a table's URL begins with one of", "--table", "mysql://localhost/x");
  }

  @Test
  void aFileInTheWayOfTheDataFolder() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "a file");
    refusedIn(file, "cannot make the data folder " + file);
    refusedIn(file.resolve("data"), "cannot make the data folder " + file.resolve("data"));
  }

  @Test
  void aDataFolderThatCannotBeMade() throws Exception {
    // Nobody, not even root, makes a folder there.
    refusedIn(Path.of("/proc/logfold-data"), "cannot make the data folder /proc/logfold-data");
  }

  @Test
  void anotherNumberOfPartitionsThanTheStoreHas() throws Exception {
    refusedIn(identity(IDENTITY), "has 2 partitions for life, asked for were 5", "--partitions", "5");
  }

  @Test
  void aDamagedIdentity() throws Exception {
    refusedIn(identity("layout=1\nstore=dev\npartitions=2\n"), "logfold.properties lacks 'node'");
    refusedIn(identity(IDENTITY.replace("=2", "=two")), "logfold.properties says partitions=two, expected a number");
    refusedIn(identity(IDENTITY.replace("=2", "=0")), "logfold.properties says partitions=0, expected a number");
    refusedIn(identity("layout=\\u00zz"), "logfold.properties cannot be read");
    refusedIn(identity(""), "logfold.properties lacks 'layout'");
  }

  @Test
  void aDataFolderOfAnotherLayout() throws Exception {
    refusedIn(identity(IDENTITY.replace("layout=1", "layout=2")), "has layout '2', this version reads layout 1");
  }

  @Test
  void aDamagedListOfTables() throws Exception {
    Path data = identity(IDENTITY);
    Files.writeString(data.resolve("tables.json"), "{\"layout\":1,\"tables\":[{");
    refusedIn(data, "the list of tables in " + data.resolve("tables.json") + " cannot be read");
  }

  @Test
  void aFolderOfSomethingElse() throws Exception {
    Path home = Files.createDirectories(folder.resolve("home"));
    Files.writeString(home.resolve("thesis.tex"), "do not touch");
    refusedIn(home, "holds 'thesis.tex' and no logfold.properties");
  }

  private Path identity(String text) throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    Files.writeString(data.resolve("logfold.properties"), text);
    return data;
  }

  private void refused(String why, String... options) throws IOException {
    refusedIn(folder.resolve("data"), why, options);
  }

  private void refusedIn(Path data, String why, String... options) throws IOException {
    Map<String, String> before = content();
    assertThat(run(data, options)).startsWith("logfold: the node did not start: ").contains(why);
    assertThat(content()).as("the disk").isEqualTo(before);
  }

  private String run(Path data, String... options) {
    List<String> arguments = new ArrayList<>(List.of("dev", "--data", data.toString()));
    arguments.addAll(List.of(options));
    if (!arguments.contains("--port")) {
      arguments.addAll(List.of("--port", "0"));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StringWriter err = new StringWriter();
    CliIo io = new CliIo(new ByteArrayInputStream(new byte[0]), out, new PrintWriter(err), false, false, Map.of(),
        url -> {
          throw new AssertionError("dev connects to nobody");
        }, InstantSource.system(), new Random());
    int code = LogfoldCommand.run(io, new LogfoldCommand.Nodes(
        started -> EmbeddedNode.start(started, why -> {}), config -> ServerNode.start(config, why -> {})),
        arguments.toArray(String[]::new));
    assertThat(code).isEqualTo(1);
    assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(err.toString().lines()).as("lines on standard error").hasSize(1);
    return err.toString();
  }

  private Map<String, String> content() throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.toList()) {
        found.put(folder.relativize(path).toString(), Files.isRegularFile(path) ? Files.readString(path) : "folder");
      }
    }
    return found;
  }
}
