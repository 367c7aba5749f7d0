package io.logfold.standalone.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.log.GenesisConfig;
import io.logfold.log.kafka.TopicCheck;
import io.logfold.query.server.rest.PrincipalSource;
import io.logfold.standalone.node.NodeIdentity;
import io.logfold.standalone.node.StartupException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a configuration file means, and what is refused in one. */
class ServerConfigTest {
  private static final String LEAST =
      "store=s\nnode=n1\npartitions=4\nkafka.bootstrap.servers=127.0.0.1:9092\ndata=/srv/logfold\n";

  @TempDir Path folder;

  @Test
  void fiveKeysAreEnough() throws Exception {
    ServerConfig config = read(file(LEAST));
    assertThat(config.identity()).isEqualTo(new NodeIdentity("s", "n1", 4));
    assertThat(config.bootstrapServers()).isEqualTo("127.0.0.1:9092");
    assertThat(config.topic()).isEqualTo("logfold.s");
    assertThat(config.host()).isEqualTo("127.0.0.1");
    assertThat(config.port()).isEqualTo(7171);
    assertThat(config.advertised()).isEmpty();
    assertThat(config.table()).isEqualTo("rocksdb:/srv/logfold/table");
    assertThat(config.memtableBytes()).isEqualTo(256 << 20);
    assertThat(config.principalSource()).isEqualTo(PrincipalSource.NONE);
    assertThat(config.genesis()).isEqualTo(GenesisConfig.defaults(4));
    assertThat(config.mode()).isEqualTo(TopicCheck.Mode.STRICT);
    assertThat(config.placementGroup()).isEqualTo("logfold.s.placement");
    assertThat(config.placementMoves()).isTrue();
    assertThat(config.connection()).isEmpty();
  }

  @Test
  void everyKeyIsTaken() throws Exception {
    ServerConfig config = read(file(LEAST + """
        kafka.relaxed=true
        kafka.security.protocol=SASL_SSL
        kafka.sasl.mechanism=SCRAM-SHA-512
        topic=t
        listen.host=0.0.0.0
        listen.port=7272
        advertised.address=http://n1.example.org:7272
        table=postgres://u@db/store
        memtable.mib=64
        principal.source=header
        lease.ttl.ms=1000
        placement.group=g
        placement.moves=off
        """));
    assertThat(config.connection())
        .isEqualTo(Map.of("security.protocol", "SASL_SSL", "sasl.mechanism", "SCRAM-SHA-512"));
    assertThat(config.kafka().connection()).isEqualTo(config.connection());
    assertThat(config.mode()).isEqualTo(TopicCheck.Mode.DEVELOPMENT);
    assertThat(config.topic()).isEqualTo("t");
    assertThat(config.advertised()).contains("http://n1.example.org:7272");
    assertThat(config.table()).isEqualTo("postgres://u@db/store");
    assertThat(config.memtableBytes()).isEqualTo(64 << 20);
    assertThat(config.principalSource()).isEqualTo(PrincipalSource.HEADER);
    assertThat(config.genesis().ttlMs()).isEqualTo(1_000);
    assertThat(config.placementGroup()).isEqualTo("g");
    assertThat(config.placementMoves()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      listn.port=1                        | did you mean 'listen.port'?
      partition=4                         | did you mean 'partitions'?
      kafka.bootstrap.server=x:1          | did you mean 'kafka.bootstrap.servers'?
      kafka.security.protocl=SSL          | did you mean 'kafka.security.protocol'?
      kafka.client.id=me                  | has the key 'kafka.client.id', which there is not
      """)
  void anUnknownKeyIsRefusedWithTheNearestKnownOne(String line, String said) throws Exception {
    refused(LEAST + line, said);
  }

  @ParameterizedTest
  @CsvSource({"store", "node", "partitions", "kafka.bootstrap.servers", "data"})
  void aMissingKeyIsNamed(String key) throws Exception {
    refused(LEAST.replaceAll("(?m)^" + key.replace(".", "\\.") + "=.*\n", ""), "lacks '" + key + "'");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      partitions=0                        | 'partitions' must be a number from 1 to 10000, got '0'
      partitions=four                     | got 'four'
      listen.port=70000                   | 'listen.port' must be a number from 0 to 65535, got '70000'
      lease.ttl.ms=5                      | 'lease.ttl.ms' must be a number from 200 to 60000, got '5'
      memtable.mib=                       | 'memtable.mib' is empty
      principal.source=cookie             | 'principal.source' must be none or header, got 'cookie'
      placement.moves=yes                 | 'placement.moves' must be on or off, got 'yes'
      kafka.relaxed=1                     | 'kafka.relaxed' must be false or true, got '1'
      node=a/b                            | 'node' must be letters, digits
      advertised.address=n1:7171          | 'advertised.address' must be http://HOST:PORT
      advertised.address=http://n1:7171/x | 'advertised.address' must be http://HOST:PORT
      listen.host=0.0.0.0                 | lacks 'advertised.address'
      table=mysql://localhost/x           | 'table' a table's URL begins with one of
      """)
  void aWrongValueIsRefusedWithWhatWasExpected(String line, String said) throws Exception {
    String key = line.substring(0, line.indexOf('='));
    refused(LEAST.replaceAll("(?m)^" + key.replace(".", "\\.") + "=.*\n", "") + line, said);
  }

  @Test
  void aFileThatIsNotThereOrIsNoTextIsRefused() throws Exception {
    assertThatThrownBy(() -> read(folder.resolve("none"))).isInstanceOf(StartupException.class)
        .hasMessageStartingWith("there is no configuration file " + folder.resolve("none"));
    Path latin = Files.write(folder.resolve("latin"), "store=gr\u00fcn\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> read(latin)).isInstanceOf(StartupException.class)
        .hasMessageEndingWith("is not text in UTF-8");
    assertThatThrownBy(() -> read(folder)).isInstanceOf(StartupException.class)
        .hasMessageContaining("cannot be read");
  }

  @Test
  void variablesOfTheEnvironmentArePutIn() throws Exception {
    Path file = file(LEAST.replace("node=n1", "node=n-${NR}") + "table=postgres://u:${PASSWORD}@${DB}/x\n");
    ServerConfig config = ServerConfig.read(file, Map.of("NR", "7", "PASSWORD", "a$1", "DB", "db:5432"));
    assertThat(config.identity().node()).isEqualTo("n-7");
    assertThat(config.table()).isEqualTo("postgres://u:a$1@db:5432/x");
    assertThatThrownBy(() -> ServerConfig.read(file, Map.of("NR", "7", "DB", "db")))
        .hasMessageContaining("'table' asks for the environment's variable PASSWORD, which is not set");
  }

  private static ServerConfig read(Path file) throws StartupException {
    return ServerConfig.read(file, Map.of());
  }

  private void refused(String text, String said) throws IOException {
    Path file = file(text);
    assertThatThrownBy(() -> read(file)).isInstanceOf(StartupException.class)
        .hasMessageContaining(file.toString()).hasMessageContaining(said);
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("node.properties"), text);
  }
}
