package io.logfold.projector.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TablesTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"sqlite:/x", "plain", "", "/var/lib/x", "rocksdb", ":"})
  void anUnknownSchemeIsRefusedByNamingTheKnownOnes(String url) {
    assertThatThrownBy(() -> Tables.open(url, "s", 1)).isInstanceOfSatisfying(StoreException.class, e -> {
      assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
      assertThat(e).hasMessageContaining("memory:").hasMessageContaining("rocksdb:").hasMessageContaining("\"" + url);
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"rocksdb:", "rocksdb:/", "rocksdb:?cache=1MiB", "rocksdb:d?cache=lots", "rocksdb:d?size=1",
      "rocksdb:d?cache", "rocksdb://host/d", "rocksdb:d#x", "memory:d"})
  void aUrlThatIsNotOfItsFormIsRefused(String url) {
    assertThatThrownBy(() -> Tables.open(url, "s", 1)).isInstanceOfSatisfying(StoreException.class,
        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
  }

  @Test
  void aFolderMayHaveSpacesOrBeQuoted() {
    Tables.open("rocksdb:" + folder.resolve("two words") + "?cache=1MiB", "s", 1).close();
    Tables.open("rocksdb:" + folder + "/50%25", "s", 1).close();
    assertThat(Files.isDirectory(folder.resolve("two words"))).isTrue();
    assertThat(Files.isDirectory(folder.resolve("50%"))).isTrue();
  }

  @Test
  void aStoreNeedsANameAndAPartition() {
    assertThatThrownBy(() -> Tables.open("memory:", "", 1)).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> Tables.open("memory:", "s", 0)).isInstanceOf(StoreException.class);
  }

  @Test
  void aDriverSaysWhetherItsTableIsLocal() {
    assertThat(Tables.driver("memory:").local()).isTrue();
    assertThat(Tables.driver("rocksdb:d").local()).isTrue();
    assertThat(Tables.driver("dynamodb://r/t").local()).isFalse();
  }
}
