package io.logfold.projector.table.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksDbTableTest extends TableContract {
  @TempDir private Path temp;

  private Path folder() {
    return temp.resolve("the table");
  }

  @Override
  protected Table open(String store, int partitions) {
    return Tables.open("rocksdb:" + folder() + "?cache=8MiB", store, partitions);
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

  /** T4 the hard way: another process applies, says so, and is killed with the table open. */
  @Test
  void whatApplyReturnedFromSurvivesTheDeathOfTheProcess() throws Exception {
    Process writer = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("java.class.path"), "-Xmx64m", "--enable-native-access=ALL-UNNAMED",
        KilledWriter.class.getName(), folder().toString()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    long said = 0;
    try (var out = writer.inputReader()) {
      while (said < 200) {
        said = Long.parseLong(String.valueOf(out.readLine()));
      }
    } finally {
      writer.destroyForcibly();
    }
    assertThat(writer.waitFor(30, TimeUnit.SECONDS)).isTrue();
    long lsn = table().checkpoint(0).at().lsn();
    assertThat(lsn).isGreaterThanOrEqualTo(said);
    assertThat(table().get(0, Bytes.utf8("pk"), List.of(Bytes.utf8("a"), Bytes.utf8("b"))).rows())
        .allSatisfy(row -> assertThat(row.orElseThrow().revision()).isEqualTo(lsn));
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
