package io.logfold.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.client.LogfoldClient;
import io.logfold.api.testing.ReferenceStore;
import io.logfold.standalone.WireServer;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.node.RunningNode;
import io.logfold.standalone.node.StartupException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands as their user runs them, against a server on a port. */
class LogfoldCommandTest {
  private static final RunningNode.Starter<DevOptions> NO_NODE = options -> {
    throw new StartupException("the data folder " + options.data() + " is in use");
  };

  private final ReferenceStore store = new ReferenceStore();
  private final WireServer server = new WireServer(store);
  private byte[] stdin = {};
  private byte[] stdout = {};
  private String stderr = "";

  @TempDir
  Path directory;

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void getPrintsTheValueAndNothingElse() {
    assertThat(logfold("set", "pk", "k", "v")).isZero();
    assertThat(text()).isEqualTo("1\n");
    assertThat(logfold("get", "pk", "k")).isZero();
    assertThat(text()).isEqualTo("v");
    assertThat(stderr).isEqualTo("\nrevision 1\n");
  }

  @Test
  void valuesOfAnyBytesGoInAndComeOut() throws IOException {
    byte[] all = new byte[512];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    stdin = all;
    assertThat(logfold("set", "pk", "stdin", "-")).isZero();
    Files.write(directory.resolve("value"), all);
    assertThat(logfold("set", "pk", "file", "--value-file", directory.resolve("value").toString())).isZero();
    assertThat(logfold("set", "pk", "--key-file", directory.resolve("value").toString(), "of that key")).isZero();
    for (String key : new String[] {"stdin", "file"}) {
      assertThat(logfold("get", "pk", key)).isZero();
      assertThat(stdout).isEqualTo(all);
    }
    stdin = all;
    assertThat(logfold("get", "pk", "--key-file", "-")).isZero();
    assertThat(text()).isEqualTo("of that key");
  }

  @Test
  void keysAndValuesMayBeHexAndBase64() {
    assertThat(logfold("set", "--encoding", "hex", "706b", "00ff", "0a")).isZero();
    assertThat(logfold("get", "--encoding=base64", "cGs=", "AP8=")).isZero();
    assertThat(text()).isEqualTo("Cg==\n");
    assertThat(logfold("get", "--encoding=hex", "706b", "zz")).isEqualTo(2);
    assertThat(stderr).startsWith("logfold: INVALID_ARGUMENT: 'zz' is not hex");
  }

  @Test
  void namesThatLookLikeOptionsGoBehindTwoDashes() {
    assertThat(logfold("set", "--", "pk", "-n", "--value")).isZero();
    assertThat(logfold("get", "pk", "--", "-n")).isZero();
    assertThat(text()).isEqualTo("--value");
    assertThat(logfold("set", "pk", "@file", "\"quoted\"")).isZero();
    assertThat(logfold("get", "pk", "@file")).isZero();
    assertThat(text()).isEqualTo("\"quoted\"");
  }

  @Test
  void anAbsentKeyIsExitCode3() {
    assertThat(logfold("get", "pk", "k")).isEqualTo(3);
    assertThat(stdout).isEmpty();
    assertThat(stderr).isEqualTo("logfold: NOT_FOUND: \"pk\" has no key \"k\"\n");
    assertThat(logfold("get", "--json", "pk", "k")).isEqualTo(3);
    assertThat(text()).startsWith("{\"found\":false,");
  }

  @Test
  void setIfChangesNothingWhereItsConditionDoesNotHold() {
    assertThat(logfold("set-if", "pk", "k", "1", "--exists")).isEqualTo(3);
    assertThat(stderr).contains("PREDICATE_FAILED").contains("\"k\" is absent");
    assertThat(logfold("set-if", "pk", "k", "1", "--absent")).isZero();
    String revision = text().strip();
    assertThat(logfold("set-if", "pk", "k", "2", "--absent")).isEqualTo(3);
    assertThat(stderr).contains("has revision " + revision);
    assertThat(logfold("set-if", "pk", "k", "2", "--value-equals", "1")).isZero();
    assertThat(logfold("set-if", "pk", "k", "3", "--revision", revision)).isEqualTo(3);
    assertThat(logfold("set-if", "pk", "k", "3")).isEqualTo(2);
    assertThat(logfold("set-if", "pk", "k", "3", "--absent", "--exists")).isEqualTo(2);
    assertThat(logfold("get", "pk", "k")).isZero();
    assertThat(text()).isEqualTo("2");
  }

  @Test
  void deleteTakesConditionsToo() {
    assertThat(logfold("delete", "pk", "k")).isZero();
    assertThat(logfold("delete", "pk", "k", "--if-exists")).isEqualTo(3);
    logfold("set", "pk", "k", "v");
    assertThat(logfold("delete", "pk", "k", "--if-value-equals", "other")).isEqualTo(3);
    assertThat(logfold("delete", "pk", "k", "--if-value-equals", "v")).isZero();
    assertThat(logfold("get", "pk", "k")).isEqualTo(3);
  }

  @Test
  void scanPrintsWhatItsOptionsChooseInOrder() {
    for (String key : new String[] {"a", "b/1", "b/2", "c"}) {
      logfold("set", "pk", key, "v" + key);
    }
    assertThat(logfold("scan", "pk", "--page", "1")).isZero();
    assertThat(text()).isEqualTo("a\tva\nb/1\tvb/1\nb/2\tvb/2\nc\tvc\n");
    logfold("scan", "pk", "--prefix", "b/", "--keys-only");
    assertThat(text()).isEqualTo("b/1\nb/2\n");
    logfold("scan", "pk", "--after", "a", "--end", "c", "--reverse", "--limit", "1", "--keys-only");
    assertThat(text()).isEqualTo("b/2\n");
    logfold("scan", "pk", "--start", "b/2", "--null", "--snapshot", "--page", "1");
    assertThat(text()).isEqualTo("b/2\0vb/2\0c\0vc\0");
    logfold("scan", "pk", "--limit", "1", "--json");
    assertThat(text()).isEqualTo(
        "{\"key\":\"YQ\",\"keyText\":\"a\",\"value\":\"dmE=\",\"valueText\":\"va\",\"revision\":1}\n");
    assertThat(logfold("scan", "none")).isZero();
    assertThat(stdout).isEmpty();
    assertThat(logfold("scan", "pk", "--start", "a", "--after", "b")).isEqualTo(2);
  }

  @Test
  void bytesThatWouldBreakALineAreEscaped() {
    logfold("set", "--encoding=hex", "706b", "0a09c3a9", "ff41");
    logfold("scan", "pk");
    assertThat(text()).isEqualTo("\\n\\t\u00e9\t\\xffA\n");
  }

  @Test
  void whatALineShowsIsReadAsEscaped() {
    for (String hex : List.of("6d0061", "5c6e", "ff41c3", "0a09c3a9", "c285", "7f", "f09f9880", "5c")) {
      String key = Encoding.ESCAPED.line(Bytes.hex(hex));
      assertThat(key).isEqualTo(Encoding.UTF8.line(Bytes.hex(hex)));
      assertThat(Encoding.ESCAPED.read(key).hex()).isEqualTo(hex);
    }
    assertThat(logfold("set", "--encoding=escaped", "m\\x00a", "k", "v\\n")).isZero();
    assertThat(logfold("get", "--encoding=hex", "6d0061", "6b")).isZero();
    assertThat(text()).isEqualTo("760a\n");
    for (String broken : List.of("\\", "a\\x0", "\\xzz", "\\q")) {
      assertThat(logfold("get", "--encoding=escaped", broken, "k")).isEqualTo(2);
      assertThat(stderr).startsWith("logfold: INVALID_ARGUMENT: '" + broken + "' is not escaped");
    }
  }

  @Test
  void commitReadsPredicatesAndMutationsFromJson() {
    stdin = """
        {"predicates": [{"absent": {"keyText": "a"}}],
         "mutations": [{"put": {"keyText": "a", "valueText": "1"}}, {"put": {"key": "Yg", "value": "Mg=="}}]}
        """.getBytes(StandardCharsets.UTF_8);
    assertThat(logfold("commit", "pk", "--file", "-")).isZero();
    assertThat(logfold("commit", "pk", "--file", "-", "--json")).isEqualTo(3);
    assertThat(text()).startsWith(
        "{\"applied\":false,\"index\":0,\"key\":\"YQ\",\"keyText\":\"a\",\"currentRevision\":1,");
    logfold("scan", "pk");
    assertThat(text()).isEqualTo("a\t1\nb\t2\n");
    stdin = "{\"mutations\": [{\"put\": {\"keyText\": \"a\", \"colour\": 1}}]}".getBytes(StandardCharsets.UTF_8);
    assertThat(logfold("commit", "pk", "--file", "-")).isEqualTo(2);
    assertThat(stderr).contains("mutations[0].put has no field 'colour'");
  }

  @Test
  void keysListsPartitionKeys() {
    logfold("set", "one", "k", "v");
    logfold("set", "two", "k", "v");
    assertThat(logfold("keys")).isZero();
    assertThat(text()).isEqualTo("one\ntwo\n");
  }

  @Test
  void clusterPrintsATable() {
    assertThat(logfold("cluster")).isZero();
    assertThat(text()).contains("PARTITION").contains("LEADER").doesNotContain("FOLLOWERS");
  }

  @Test
  void clusterShowsEachPartitionOnceWithItsFollowersLag() {
    ClusterView view = new ClusterView("s", 1, "crc32c", "rocksdb:t",
        List.of(new ClusterView.Node("n1", "http://h1:7171", true), new ClusterView.Node("n2", "http://h2:7171", true),
            new ClusterView.Node("n3", "http://h3:7171", false)),
        List.of(new ClusterView.Partition(0, "n1", "n2", "http://h2:7171", "follows", 9, 40, 30, 5, 0, 120, 0, 0),
            new ClusterView.Partition(0, "n2", "n2", "http://h2:7171", "leads", 9, 45, 30, 0, 2_000, 100, 64, 1)));
    Store clustered = answering("cluster", arguments -> CompletableFuture.completedFuture(view));
    assertThat(run(url -> clustered, sink(), NO_NODE, "cluster")).isZero();
    assertThat(text().lines().map(line -> line.strip().replaceAll(" +", " "))).contains(
        "n3 http://h3:7171 NO",
        "0 n2 http://h2:7171 leads 9 45 30 15 2000 100 64 1 n1 5");
    assertThat(run(url -> clustered, sink(), NO_NODE, "cluster", "--json")).isZero();
    assertThat(text()).contains("\"reachable\":false", "\"node\":\"n1\",\"leader\":\"n2\"",
        "\"leaderAddress\":\"http://h2:7171\"", "\"lag\":5", "\"leaseAgeMs\":120");
  }

  @Test
  void resolveSaysWhatBecameOfAWriteOrWithdrawsIt() {
    String applied = "00000000-0000-0001-0000-000000000003";
    String lost = "00000000-0000-0001-0000-000000000004";
    String now = Long.toString(System.currentTimeMillis());
    assertThat(logfold("set", "pk", "k", "1", "--request-id", applied, "--request-time", now)).isZero();
    assertThat(logfold("resolve", "pk", applied, "--request-time", now)).isZero();
    assertThat(text()).isEqualTo("applied at revision 1\n");
    assertThat(logfold("resolve", "pk", lost, "--request-time", now)).isEqualTo(3);
    assertThat(text()).isEqualTo("not applied: withdrawn at revision 2\n");
    assertThat(logfold("set", "pk", "k", "2", "--request-id", lost, "--request-time", now)).isEqualTo(5);
    assertThat(stderr).startsWith("logfold: CANCELLED: ");
    assertThat(logfold("resolve", "pk", lost, "--request-time", now, "--json")).isEqualTo(3);
    assertThat(text()).isEqualTo(
        "{\"requestId\":\"" + lost + "\",\"outcome\":\"CANCELLED\",\"revision\":2}\n");
    assertThat(logfold("resolve", "pk", lost)).isEqualTo(2);
    assertThat(stderr).contains("--request-time");
  }

  @Test
  void aWriteOfUnknownFatePrintsTheCommandThatSettlesIt() {
    Store lost = lostAnswers();
    assertThat(run(url -> lost, sink(), NO_NODE, "set", "it's mine", "k", "v")).isEqualTo(4);
    assertThat(stderr).containsPattern(
        "logfold resolve --request-time \\d+ -- 'it'\\\\''s mine' [0-9a-f-]{36}\n$");
    assertThat(run(url -> lost, sink(), NO_NODE, "set", "--encoding", "hex", "--server", "http://h:1", "00ff", "01", "02"))
        .isEqualTo(4);
    assertThat(stderr).contains(" --encoding hex --server http://h:1 -- 00ff ");
    assertThat(run(url -> lost, sink(), NO_NODE, "set", "two\nlines", "k", "v")).isEqualTo(4);
    assertThat(stderr).contains(" --encoding escaped -- 'two\\nlines' ");
  }

  @Test
  void theSameRequestIdIsAppliedOnce() {
    String id = "00000000-0000-0001-0000-000000000002";
    assertThat(logfold("set", "pk", "k", "1", "--request-id", id)).isZero();
    assertThat(logfold("set", "pk", "k", "2")).isZero();
    assertThat(logfold("set", "pk", "k", "1", "--request-id", id, "--attempt", "2")).isZero();
    assertThat(text()).isEqualTo("1\n");
    logfold("get", "pk", "k");
    assertThat(text()).isEqualTo("2");
    assertThat(logfold("set", "pk", "k", "1", "--attempt", "2")).isEqualTo(2);
  }

  @Test
  void aWriteOfUnknownFateSaysHowToAskAgain() {
    Store lost = lostAnswers();
    assertThat(run(url -> lost, sink(), NO_NODE, "set", "pk", "k", "v")).isEqualTo(4);
    assertThat(stderr).startsWith("logfold: UNKNOWN: ").contains("--request-id ")
        .contains(" --attempt 2 --request-time ");
    assertThat(stderr.lines()).hasSize(1);
  }

  @Test
  void failuresAreOneLineWithTheirExitCode() {
    assertThat(logfold("get", "", "k")).isEqualTo(2);
    assertThat(stderr).startsWith("logfold: MISSING_PARTITION_KEY: ");
    assertThat(logfold("get", "pk", "x".repeat(1_025))).isEqualTo(2);
    assertThat(stderr).startsWith("logfold: TOO_LARGE: ");
    assertThat(logfold("nonsense")).isEqualTo(2);
    assertThat(logfold("get", "pk")).isEqualTo(2);
    assertThat(logfold("get", "pk", "k", "--timeout", "soon")).isEqualTo(2);
    assertThat(stderr).contains("'soon' is not a duration");
    assertThat(run(url -> LogfoldClient.connect("http://127.0.0.1:1"), sink(), NO_NODE, "get", "pk", "k", "--json"))
        .isEqualTo(5);
    assertThat(stderr).startsWith("logfold: UNAVAILABLE: ");
    assertThat(stderr.lines()).hasSize(1);
    assertThat(text()).startsWith("{\"error\":{\"code\":\"UNAVAILABLE\"");
  }

  @Test
  void aReaderThatGoesAwayEndsTheCommandSilently() {
    logfold("set", "pk", "k", "v");
    OutputStream closed = new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException("Broken pipe");
      }
    };
    assertThat(run(LogfoldClient::connect, closed, NO_NODE, "scan", "pk", "--server", server.url())).isEqualTo(141);
    assertThat(stderr).isEmpty();
  }

  @Test
  void helpAndVersionAnswer() {
    assertThat(logfold("--version")).isZero();
    assertThat(text()).startsWith("logfold ");
    assertThat(logfold("help", "exit-codes")).isZero();
    assertThat(text()).contains("UNKNOWN").contains("a predicate did not hold");
    assertThat(logfold("help", "set-if")).isZero();
    assertThat(text()).contains("--value-equals");
  }

  @Test
  void aDevNodeThatDoesNotStartIsOneLine() {
    assertThat(logfold("dev", "--data", "/d")).isEqualTo(1);
    assertThat(stderr).isEqualTo("logfold: the node did not start: the data folder /d is in use\n");
    assertThat(logfold("dev", "--port", "70000")).isEqualTo(2);
  }

  @Test
  void aDevNodeThatIsAskedToStopClosesAndExitsWith0() {
    AtomicInteger closed = new AtomicInteger();
    int code = run(LogfoldClient::connect, sink(), options -> {
      assertThat(options.table()).isEqualTo("rocksdb:" + Path.of("d", "table"));
      return new RunningNode() {
        @Override
        public String url() {
          return "http://127.0.0.1:7";
        }

        @Override
        public void close() {
          closed.incrementAndGet();
        }
      };
    }, "dev", "--data", "d");
    assertThat(code).isZero();
    assertThat(closed).hasValue(1);
    assertThat(text()).startsWith("logfold is ready at http://127.0.0.1:7");
  }

  @Test
  void aDevNodeThatEndsBecauseItsBrokerFailedHasNotSucceeded() {
    int code = run(LogfoldClient::connect, sink(), options -> new RunningNode() {
      @Override
      public String url() {
        return "http://127.0.0.1:7";
      }

      @Override
      public Optional<String> failure() {
        return Optional.of("the embedded broker failed: no disk");
      }

      @Override
      public void close() {}
    }, "dev", "--data", "d");
    assertThat(code).isEqualTo(1);
    assertThat(stderr).isEqualTo("logfold stopped, because the embedded broker failed: no disk\n");
  }

  private Store lostAnswers() {
    return answering("commit", arguments -> CompletableFuture.failedFuture(
        StoreException.unknown(((CommitRequest) arguments[0]).request().id(), -1, "the test lost it")));
  }

  private static Store answering(String operation, Function<Object[], CompletableFuture<?>> answer) {
    return (Store) Proxy.newProxyInstance(Store.class.getClassLoader(), new Class<?>[] {Store.class},
        (proxy, method, arguments) -> method.getName().equals(operation) ? answer.apply(arguments) : null);
  }

  private int logfold(String... arguments) {
    return run(LogfoldClient::connect, sink(), NO_NODE, arguments);
  }

  private ByteArrayOutputStream sink() {
    return new ByteArrayOutputStream();
  }

  private int run(Function<String, Store> connect, OutputStream out, RunningNode.Starter<DevOptions> starter, String... arguments) {
    StringWriter err = new StringWriter();
    CliIo io = new CliIo(new ByteArrayInputStream(stdin), out, new PrintWriter(err), false, false,
        Map.of("LOGFOLD_SERVER", server.url(), "LOGFOLD_PRINCIPAL", "tester"), connect,
        InstantSource.system(), new Random());
    int code = LogfoldCommand.run(io, new LogfoldCommand.Nodes(starter, config -> {
      throw new StartupException("store " + config.identity().store() + " is not there");
    }), stop -> stop.getAsInt(), arguments);
    stdout = out instanceof ByteArrayOutputStream bytes ? bytes.toByteArray() : new byte[0];
    stderr = err.toString();
    return code;
  }

  private String text() {
    return new String(stdout, StandardCharsets.UTF_8);
  }
}
