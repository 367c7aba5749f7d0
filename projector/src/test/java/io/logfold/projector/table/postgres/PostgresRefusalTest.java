package io.logfold.projector.table.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.PostgresServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the driver opens and what it does not, and that a refusal is one line and changes nothing. */
class PostgresRefusalTest {
  private final PostgresServer server = PostgresServer.shared();
  private final String prefix = PostgresServer.freshPrefix();

  private void assertRefused(String url, String... words) {
    String before = tables();
    assertThatThrownBy(() -> Tables.open(url, Steps.STORE, 1)).isInstanceOfSatisfying(StoreException.class, e -> {
      assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
      assertThat(e).hasMessageContainingAll(words).hasMessageNotContainingAny("\n", "hunter2");
    });
    assertThat(tables()).isEqualTo(before);
  }

  private String tables() {
    return server.query("SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relname LIKE '" + prefix
        + "%'");
  }

  @Test
  void aServerThatOnlyReadsIsRefused() {
    server.execute("CREATE ROLE " + prefix + "reader LOGIN SUPERUSER; ALTER ROLE " + prefix
        + "reader SET default_transaction_read_only = on");
    assertRefused(server.url(prefix).replace("postgres@", prefix + "reader@"), "only reads", "primary");
    Tables.open(server.url(prefix), Steps.STORE, 1).close();
    assertRefused(server.url(prefix).replace("postgres@", prefix + "reader@"), "only reads");
  }

  @Test
  void aUserWhoMayNotMakeTablesIsRefused() {
    server.execute("CREATE ROLE " + prefix + "guest LOGIN");
    assertRefused(server.url(prefix).replace("postgres@", prefix + "guest:hunter2@"), prefix + "guest", "42501");
  }

  @Test
  void aUserWhoMayOnlyReadAndWriteRowsOpensATableThatIsThere() {
    Tables.open(server.url(prefix), Steps.STORE, 1).close();
    server.execute("CREATE ROLE " + prefix + "writer LOGIN; GRANT SELECT ON " + prefix + "meta TO " + prefix
        + "writer; GRANT SELECT, UPDATE ON " + prefix + "checkpoint TO " + prefix
        + "writer; GRANT SELECT, INSERT, UPDATE, DELETE ON " + prefix + "rows TO " + prefix + "writer");
    try (Table table = Tables.open(server.url(prefix).replace("postgres@", prefix + "writer@"), Steps.STORE, 1)) {
      Steps.apply(table, 0, 9);
      assertThat(Steps.assertFolded(table)).isEqualTo(9);
    }
  }

  @Test
  void anUnknownUserOrDatabaseIsRefused() {
    assertRefused(server.url(prefix).replace("postgres@", "nobody:hunter2@"), "nobody", "28000");
    assertRefused(server.url(prefix).replace("/postgres?", "/nowhere?"), "nowhere", "3D000");
  }

  @Test
  void anotherSchemaVersionIsRefused() {
    Tables.open(server.url(prefix), Steps.STORE, 1).close();
    server.execute("UPDATE " + prefix + "meta SET schema_version = 2");
    assertRefused(server.url(prefix), "schema version 2", "knows 1");
  }

  @Test
  void tablesThatLogfoldDidNotMakeAreRefusedAndLeftAlone() {
    server.execute("CREATE TABLE " + prefix + "rows (precious text); INSERT INTO " + prefix + "rows VALUES ('x')");
    assertRefused(server.url(prefix), prefix + "rows", "another prefix");
    assertThat(server.query("SELECT precious FROM " + prefix + "rows")).isEqualTo("x");
    server.execute("CREATE TABLE " + prefix + "meta (precious text)");
    assertRefused(server.url(prefix), "another prefix");
  }

  @Test
  void storesWithPrefixesOfTheirOwnShareADatabase() {
    String other = PostgresServer.freshPrefix();
    try (Table one = Tables.open(server.url(prefix), Steps.STORE, 1);
        Table two = Tables.open(server.url(other), Steps.STORE, 1);
        Table third = Tables.open(server.url(other + "x"), "another", 7)) {
      Steps.apply(one, 0, 5);
      Steps.apply(two, 0, 9);
      assertThat(Steps.assertFolded(one)).isEqualTo(5);
      assertThat(Steps.assertFolded(two)).isEqualTo(9);
      assertThat(third.checkpoint(6).at().lsn()).isZero();
    }
  }

  @Test
  void manyWhoOpenANewTableAtOnceAllGetIt() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      List<Callable<Table>> openers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        openers.add(() -> Tables.open(server.url(prefix) + "&pool=1", Steps.STORE, 1));
      }
      for (Future<Table> each : threads.invokeAll(openers, 60, TimeUnit.SECONDS)) {
        try (Table table = each.get()) {
          assertThat(Steps.assertFolded(table)).isZero();
        }
      }
    }
  }

  @Test
  void aServerThatDoesNotAnswerIsATableExceptionThatNamesIt() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    assertThatThrownBy(() -> Tables.open("postgres://u:hunter2@127.0.0.1:" + port + "/db", Steps.STORE, 1))
        .isInstanceOf(TableException.class).hasMessageContainingAll("127.0.0.1:" + port + "/db", "08001")
        .hasMessageNotContainingAny("hunter2", "\n");
  }

  @Test
  void thePasswordIsNeverLogged() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Logger pool = (Logger) LoggerFactory.getLogger("com.zaxxer.hikari");
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Level before = pool.getLevel();
    pool.setLevel(Level.TRACE);
    pool.setAdditive(false);
    pool.addAppender(log);
    root.addAppender(log);
    try (Table table = Tables.open(server.url(prefix).replace("postgres@", "postgres:hunter2@"), Steps.STORE, 1)) {
      Steps.apply(table, 0, 1);
      assertThat(table.toString()).doesNotContain("hunter2");
    } finally {
      pool.detachAppender(log);
      root.detachAppender(log);
      pool.setAdditive(true);
      pool.setLevel(before);
    }
    assertThat(log.list).isNotEmpty().allSatisfy(
        event -> assertThat(event.getFormattedMessage() + event.getThrowableProxy()).doesNotContain("hunter2"));
  }
}
