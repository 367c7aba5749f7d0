package io.logfold.projector.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever somebody may type as a table's URL, its password is not shown. */
class TableUrlsTest {
  @ParameterizedTest
  @ValueSource(strings = {
    "postgres://user:hunter2@host/db",
    "postgres://user:hunter2@host:5432/db?sslmode=require",
    "postgres://user:@hunter2@host/db",
    "postgres://user:hunter2/@host/db",
    "postgres://user:1/hunter2@host/db",
    "postgres://user:1?hunter2@host/db",
    "postgres://user:#hunter2@host/db",
    "postgres://us@er:hunter2@host/db",
    "postgres://us/er:hunter2@host/db",
    "postgres://:hunter2@host/db",
    "postgres://user:x:hunter2@host/db",
    "postgres://user:hunter2\nhunter2@host/db",
    "postgres://user:hunter2",
    "postgres://user:hunter2/db?user=a",
    "POSTGRES://user:hunter2@host/db",
    "postgres:user:hunter2@host/db",
    "postgres://host/db?user=u&password=hunter2",
    "postgres://host/db?password=hunter2&user=u",
    "postgres://host/db?PassWord=hunter2",
    "postgres://host/db?password=hunter2=hunter2",
    "postgres://host/db?password=hunter2?hunter2",
    "postgres://host/db?sslpassword=hunter2#x",
    "postgres://host/db?sslkey=hunter2",
    "jdbc:postgresql://host/db;password=hunter2",
    "jdbc:postgresql://user:hunter2@host/db",
    "dynamodb://eu-west-1/t?accessKey=hunter2&secretKey=hunter2",
    "dynamodb://eu-west-1/t?aws_session_token=hunter2",
    "dynamodb://eu-west-1/t?credentials=hunter2",
    "dynamodb://a:hunter2@eu-west-1/t?endpoint=http://b:hunter2@localhost:8000",
  })
  void noPasswordIsShown(String url) {
    assertThat(TableUrls.shown(url)).doesNotContain("hunter2").contains("***");
    assertThat(TableUrls.shown(TableUrls.shown(url))).doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "memory:",
    "rocksdb:data/table",
    "rocksdb:/var/lib/logfold?cache=64MiB",
    "rocksdb:/folder of a@b:c",
    "postgres://host:5432/db",
    "postgres://host:5432",
    "postgres://a:5432,b:5432/db",
    "postgres://user@host/db",
    "dynamodb://eu-west-1/t?endpoint=http://localhost:8000",
    "main",
    "",
  })
  void whatHoldsNoneIsShownAsItIs(String url) {
    assertThat(TableUrls.shown(url)).isEqualTo(url);
  }

  @Test
  void userAndHostStayToBeSeen() {
    assertThat(TableUrls.shown("postgres://user:pw@host:5432/db?ssl=true")).isEqualTo("postgres://user:***@host:5432/db?ssl=true");
    assertThat(TableUrls.shown("postgres://host/db?password=pw&user=u")).isEqualTo("postgres://host/db?password=***&user=u");
  }
}
