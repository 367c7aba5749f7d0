package io.logfold.projector.table.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.TableUrls;
import io.logfold.projector.table.Tables;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresUrlTest {
  private static PostgresUrl parse(String url) {
    return PostgresUrl.parse(URI.create(url), Map.of("PGUSER", "env-user", "PGPASSWORD", "env-secret")::get);
  }

  @Test
  void everyPartOfAUrlIsUnderstood() {
    PostgresUrl url = parse("postgres://us%40er:s%3Acr%2Fet%23+@db.example:6543/my%20db?prefix=shop_&pool=12"
        + "&snapshots=3&sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem");
    assertThat(url.user()).isEqualTo("us@er");
    assertThat(url.password()).isEqualTo("s:cr/et#+");
    assertThat(url.host()).isEqualTo("db.example");
    assertThat(url.port()).isEqualTo(6543);
    assertThat(url.database()).isEqualTo("my db");
    assertThat(url.prefix()).isEqualTo("shop_");
    assertThat(url.pool()).isEqualTo(12);
    assertThat(url.snapshots()).isEqualTo(3);
    assertThat(url.sslMode()).contains("verify-full");
    assertThat(url.sslRootCert()).contains("/etc/ca.pem");
  }

  @Test
  void whatIsLeftOutHasADefault() {
    PostgresUrl url = parse("postgresql://my_host/db");
    assertThat(url)
        .isEqualTo(parse("postgres://env-user:env-secret@my_host:5432/db?prefix=logfold_&pool=8&snapshots=16"));
    assertThat(parse("postgres://[::1]/db").host()).isEqualTo("[::1]");
    assertThat(parse("postgres://someone@h/db").password()).isEqualTo("env-secret");
  }

  @Test
  void theUserMustBeSaidSomewhere() {
    assertThatThrownBy(() -> PostgresUrl.parse(URI.create("postgres://h/db"), name -> null))
        .isInstanceOf(StoreException.class).hasMessageContaining("PGUSER");
  }

  @Test
  void anUnknownParameterIsRefusedByNamingTheKnownOnes() {
    assertThatThrownBy(() -> parse("postgres://h/db?password=hunter2&prefix=a_")).isInstanceOf(StoreException.class)
        .hasMessageContaining("pool=, prefix=, snapshots=, sslmode=, sslrootcert=")
        .hasMessageContaining("\"password\"").hasMessageNotContaining("hunter2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres:db", "postgres:///db", "postgres://u:hunter2@/db", "postgres://u:hunter2@h",
      "postgres://u:hunter2@h/", "postgres://u:hunter2@h/a/b", "postgres://u:hunter2@h:0/db",
      "postgres://u:hunter2@h:99999/db", "postgres://u:hunter2@h:x/db", "postgres://u:hunter2@a,b/db",
      "postgres://u:hunter2@h/db?prefix=", "postgres://u:hunter2@h/db?prefix=Shop",
      "postgres://u:hunter2@h/db?prefix=1",
      "postgres://u:hunter2@h/db?prefix=a%3Bdrop", "postgres://u:hunter2@h/db?pool=0", "postgres://u:hunter2@h/db?pool",
      "postgres://u:hunter2@h/db?pool=1000", "postgres://u:hunter2@h/db?pool=1&pool=2", "postgres://u:hunter2@h/db#x",
      "postgres://u:hunter2@h/db?sslmode=on", "postgres://u:hunter2#@h/db", "postgres://u:hunter2/@h/db",
      "postgres://u:hunter2 h/db", "postgresql://u:hunter2@h/db?x=1", "postgrex://u:hunter2@h/db",
      "postgres://u:hunter2/db"})
  void aUrlThatIsNotOfItsFormIsRefusedInOneLineWithoutThePassword(String url) {
    assertThatThrownBy(() -> Tables.open(url, "s", 1)).isInstanceOfSatisfying(StoreException.class, e -> {
      assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
      assertThat(e).hasMessageNotContainingAny("hunter2", "\n").hasNoCause();
    });
  }

  @Test
  void thePasswordIsInNoText() {
    PostgresUrl url = parse("postgres://u:hunter2@h/db");
    assertThat(url.toString()).contains("u@h:5432").doesNotContain("hunter2");
    assertThat(url.place()).doesNotContain("hunter2");
    assertThat(TableUrls.shown("postgres://u:hun@ter2@h/db?x=1")).isEqualTo("postgres://u:***@h/db?x=1");
    assertThat(TableUrls.shown("postgres://u@h:1/db")).isEqualTo("postgres://u@h:1/db");
    assertThat(TableUrls.shown("rocksdb:/x")).isEqualTo("rocksdb:/x");
    assertThat(TableUrls.shown("memory:")).isEqualTo("memory:");
  }

  @Test
  void bothSchemesAreKnownAndShared() {
    assertThat(Tables.driver("postgres://h/db").local()).isFalse();
    assertThat(Tables.driver("postgresql://h/db").local()).isFalse();
  }
}
