package io.logfold.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.client.LogfoldClient;
import io.logfold.api.testing.PastStore;
import io.logfold.query.watch.WatchSettings;
import io.logfold.query.watch.Watches;
import io.logfold.query.watch.WatchingStore;
import io.logfold.standalone.WireServer;
import io.logfold.standalone.node.StartupException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The commands that ask for the past, as their user runs them. */
@Timeout(60)
class PastCommandsTest {
  private final PastStore past = new PastStore();
  private final Watches watches = Watches.polling(past, WatchSettings.DEFAULT);
  private final WireServer server = new WireServer(new WatchingStore(past, watches));
  private String out = "";
  private String err = "";

  @BeforeEach
  void threeChanges() {
    past.event("pk", 1_000, Provenance.of("ann", "first"), put("k", "one"), put("other", "x"));
    past.event("pk", 2_000, Provenance.of("bob", ""), put("k", "two"));
    past.event("pk", 3_000, Provenance.of("ann", "no more"), new Mutation.Delete(Bytes.utf8("k")));
  }

  @AfterEach
  void stop() {
    server.close();
    watches.close();
  }

  private static Mutation put(String key, String value) {
    return new Mutation.Put(Bytes.utf8(key), Bytes.utf8(value));
  }

  @Test
  void theHistoryOfAKeyIsATableNewestFirst() {
    assertThat(logfold("history", "pk", "k")).isZero();
    assertThat(out).isEqualTo("""
        revision  time                  who  why      what         old  value
        3         1970-01-01T00:00:03Z  ann  no more  delete       2
        2         1970-01-01T00:00:02Z  bob  -        put 3 bytes  1    two
        1         1970-01-01T00:00:01Z  ann  first    put 3 bytes  -    one
        """);
  }

  @Test
  void historiesOfPartitionKeysAndPrincipalsSayWhichKey() {
    assertThat(logfold("history", "pk", "--oldest-first", "--limit", "2")).isZero();
    assertThat(out.lines().map(line -> line.replaceAll(" +", " "))).containsExactly(
        "revision time who why what old key value",
        "1 1970-01-01T00:00:01Z ann first put 3 bytes - k one", "1 1970-01-01T00:00:01Z ann first put 1 byte - other x");
    assertThat(logfold("history", "--principal", "bob")).isZero();
    assertThat(out).contains("partition key", "two").doesNotContain("one");
    assertThat(logfold("history", "pk", "--principal", "ann", "--prefix", "k", "--json")).isZero();
    assertThat(out.lines()).hasSize(2).allMatch(line -> line.contains("\"principal\":\"ann\""));
    assertThat(logfold("history", "pk", "--from", "1970-01-01T00:00:02Z", "--to", "3000")).isZero();
    assertThat(out.lines()).hasSize(2);
    assertThat(logfold("history")).isEqualTo(2);
    assertThat(err).contains("whose history?");
  }

  @Test
  void readsAreOfAnyMoment() {
    assertThat(logfold("get", "pk", "k", "--as-of", "1")).isZero();
    assertThat(out).isEqualTo("one");
    assertThat(logfold("scan", "pk", "--as-of", "1970-01-01T00:00:02Z")).isZero();
    assertThat(out).isEqualTo("k\ttwo\nother\tx\n");
    assertThat(logfold("scan", "pk", "--as-of", "1970-01-01")).isZero();
    assertThat(out).isEmpty();
    assertThat(err).contains("note: 1970-01-01 is before the first event");
    assertThat(logfold("keys", "--as-of", "0=3")).isZero();
    assertThat(out).isEqualTo("pk\n");
    assertThat(logfold("get", "pk", "k", "--as-of", "77")).isEqualTo(2);
    assertThat(err).contains("NO_SUCH_MOMENT");
    assertThat(logfold("get", "pk", "k", "--as-of", "1", "--consistency", "barrier")).isEqualTo(2);
  }

  @Test
  void aDifferenceIsATableInTheOrderOfKeys() {
    assertThat(logfold("diff", "pk", "--from", "0", "--to", "2")).isZero();
    assertThat(out).isEqualTo("""
        what   key    from  to  value
        added  k      -     2   two
        added  other  -     1   x
        """);
    assertThat(err).contains("note: 0 is before the first event");
    assertThat(logfold("diff", "pk", "--from", "1", "--to", "@3000", "--json")).isZero();
    assertThat(out).startsWith("{\"what\":\"removed\",\"key\":\"aw\"");
  }

  @Test
  void aWatchPrintsALineForEachChange() {
    assertThat(logfold("watch", "pk", "--after", "0", "--limit", "4")).isZero();
    assertThat(out).isEqualTo("""
        1  1970-01-01T00:00:01Z  ann  put 3 bytes  k  one
        1  1970-01-01T00:00:01Z  ann  put 1 byte  other  x
        2  1970-01-01T00:00:02Z  bob  put 3 bytes  k  two
        3  1970-01-01T00:00:03Z  ann  delete  k
        """.replace("delete  k", "delete  k  "));
    assertThat(logfold("watch", "pk", "--key", "k", "--after", "1", "--limit", "1", "--json")).isZero();
    assertThat(out.lines()).hasSize(2).first().asString().startsWith("{\"progress\":{\"revision\":1,");
    assertThat(logfold("watch", "pk", "--after", "9")).isEqualTo(2);
    assertThat(err).contains("NO_SUCH_MOMENT");
  }

  private int logfold(String... arguments) {
    ByteArrayOutputStream sink = new ByteArrayOutputStream();
    StringWriter errors = new StringWriter();
    CliIo io = new CliIo(new ByteArrayInputStream(new byte[0]), sink, new PrintWriter(errors), false, false,
        Map.of("LOGFOLD_SERVER", server.url()), LogfoldClient::connect, InstantSource.system(), new Random());
    int code = LogfoldCommand.run(io, new LogfoldCommand.Nodes(options -> {
      throw new StartupException("no node here");
    }, config -> {
      throw new StartupException("no node here");
    }), stop -> stop.getAsInt(), arguments);
    out = sink.toString(StandardCharsets.UTF_8);
    err = errors.toString();
    return code;
  }
}
