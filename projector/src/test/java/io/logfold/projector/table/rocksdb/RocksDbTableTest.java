package io.logfold.projector.table.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.TableContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksDbTableTest extends TableContract {
  @TempDir private Path temp;

  private Path folder() {
    return temp.resolve("the table");
  }

  @Override
  protected Table open(String store, int partitions) {
    return Tables.open(url().orElseThrow(), store, partitions);
  }

  @Override
  protected Optional<String> url() {
    return Optional.of("rocksdb:" + folder() + "?cache=8MiB");
  }

  @Test
  void aFolderThatIsInUseIsRefusedInOneLine() {
    table();
    assertThatThrownBy(() -> opened(open("contract", 4))).isInstanceOfSatisfying(StoreException.class, e -> {
      assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
      assertThat(e).hasMessageContaining("in use").hasMessageContaining(folder().toString());
      assertThat(e.getMessage()).doesNotContain("\n");
    });
    assertThat(table().partitionKeys(0, Optional.empty(), 1)).isEmpty();
  }

  @Test
  void aFolderWithSomethingElseInItIsRefusedAndLeftAlone() throws IOException {
    Files.createDirectories(folder());
    Files.writeString(folder().resolve("thesis.txt"), "dear");
    assertThatThrownBy(() -> opened(open("contract", 4))).isInstanceOfSatisfying(StoreException.class,
        e -> assertThat(e).hasMessageContaining("thesis.txt"));
    try (var files = Files.list(folder())) {
      assertThat(files.map(file -> file.getFileName().toString())).containsExactly("thesis.txt");
    }
  }

  @Test
  void refusingAnotherStoreTouchesNoFile() throws IOException {
    table();
    reopened().close();
    List<String> before = listing();
    assertThatThrownBy(() -> opened(open("another", 4))).isInstanceOf(StoreException.class);
    assertThat(listing()).isEqualTo(before);
  }

  private List<String> listing() throws IOException {
    try (var files = Files.walk(folder())) {
      return files.filter(Files::isRegularFile).map(file -> {
        try {
          return file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file);
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }).sorted().toList();
    }
  }
}
