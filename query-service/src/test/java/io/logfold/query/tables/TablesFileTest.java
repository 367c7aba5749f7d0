package io.logfold.query.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.query.tables.TableEntry.Wanted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of a node's tables on disk. */
class TablesFileTest {
  private static final TableEntry ONE = new TableEntry("one", "rocksdb:/with a \"quote\" and ü", Wanted.BUILD);
  private static final TableEntry TWO = new TableEntry("two", "memory:", Wanted.STAND);

  @TempDir Path folder;

  private Path path() {
    return folder.resolve("tables.json");
  }

  private TablesFile file() {
    return new TablesFile(path());
  }

  @Test
  void whatWasWrittenIsReadInItsOrder() {
    assertThat(file().read()).isEmpty();
    file().write(List.of(TWO, ONE));
    assertThat(file().read()).containsExactly(TWO, ONE);
    file().write(List.of(ONE.wanting(Wanted.PROJECT)));
    assertThat(file().read()).containsExactly(new TableEntry("one", ONE.url(), Wanted.PROJECT));
    file().write(List.of());
    assertThat(file().read()).isEmpty();
  }

  @Test
  void onlyItsOwnerReadsIt() throws IOException {
    Files.writeString(path(), "{\"layout\":1,\"tables\":[]}");
    Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("rw-r--r--"));
    file().write(List.of(ONE));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path()))).isEqualTo("rw-------");
  }

  @Test
  void whatACrashLeftBesideItIsNotTakenForIt() throws IOException {
    file().write(List.of(ONE));
    Files.writeString(folder.resolve("tables.json.new"), "{\"layout\":1,\"tab");
    assertThat(file().read()).containsExactly(ONE);
    file().write(List.of(TWO));
    assertThat(file().read()).containsExactly(TWO);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(path());
    }
  }

  @Test
  void whereItCannotBeWrittenTheOldOneStays() throws IOException {
    file().write(List.of(ONE));
    Files.createDirectories(folder.resolve("tables.json.new/in the way"));
    assertThatThrownBy(() -> file().write(List.of(TWO))).isInstanceOfSatisfying(StoreException.class, refused -> {
      assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE);
      assertThat(refused).hasMessageContaining(path().toString());
    });
    assertThat(file().read()).containsExactly(ONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "",
    "[]",
    "null",
    "{\"layout\":2,\"tables\":[]}",
    "{\"layout\":1}",
    "{\"layout\":1,\"tables\":[{}]}",
    "{\"layout\":1,\"tables\":[{\"name\":\"a\",\"url\":\"memory:\",\"wanted\":\"FLY\"}]}",
    "{\"layout\":1,\"tables\":[{\"name\":\"Not A Name\",\"url\":\"memory:\",\"wanted\":\"STAND\"}]}",
    "{\"layout\":1,\"tables\":[{\"name\":\"main\",\"url\":\"memory:\",\"wanted\":\"STAND\"}]}",
    "{\"layout\":1,\"tables\":[{\"name\":\"a\",\"url\":\"\",\"wanted\":\"STAND\"}]}",
    "{\"layout\":1,\"tables\":[{\"name\":\"a\",\"url\":\"nosuch:x\",\"wanted\":\"STAND\"}]}",
    "{\"layout\":1,\"tables\":[{\"name\":\"a\",\"url\":\"memory:\",\"wanted\":\"STAND\"},"
        + "{\"name\":\"a\",\"url\":\"memory:/\",\"wanted\":\"STAND\"}]}",
    "{\"layout\":1,\"tables\":[\nhunter2}]",
  })
  void aDamagedOneIsRefusedInOneLineAndLeftAsItIs(String content) throws IOException {
    Files.writeString(path(), content);
    assertThatThrownBy(() -> file().read()).isInstanceOfSatisfying(StoreException.class, refused -> {
      assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
      assertThat(refused.getMessage()).contains(path().toString()).contains("restore it, or remove it")
          .doesNotContain("\n").doesNotContain("hunter2").doesNotContain("io.logfold");
    });
    assertThat(Files.readString(path())).isEqualTo(content);
  }
}
