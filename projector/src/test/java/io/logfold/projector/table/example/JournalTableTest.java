package io.logfold.projector.table.example;

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
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and what is this driver's own: a file that ends anywhere. */
class JournalTableTest extends TableContract {
  @TempDir private Path temp;

  private Path folder() {
    return temp.resolve("the table");
  }

  @Override
  protected Table open(String store, int partitions) {
    return Tables.open("journal:" + folder(), store, partitions);
  }

  /** So the kit can have another process write to the table, and kill it. */
  @Override
  protected Optional<String> url() {
    return Optional.of("journal:" + folder());
  }

  @Override
  protected boolean snapshots() {
    return false;
  }

  @Test
  void aFileThatEndsAnywhereIsTheTableAfterItsLastWholeBatch() throws IOException {
    apply(table(), 0, 0, 1, put("pk", "a", "1", 1), put("pk", "b", "1", 1));
    long first = Files.size(file());
    apply(table(), 0, 1, 2, put("pk", "a", "2", 2), delete("pk", "b", 2));
    table().close();
    byte[] whole = Files.readAllBytes(file());
    for (int length = 0; length < whole.length; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      Table cut = reopened();
      boolean firstIsThere = length >= first;
      assertThat(cut.checkpoint(0)).isEqualTo(at(0, firstIsThere ? 1 : 0));
      assertThat(row(0, "pk", "a")).isEqualTo(firstIsThere ? rowOf("a", "1", 1) : Optional.empty());
      apply(cut, 0, firstIsThere ? 1 : 0, 3, put("pk", "c", "3", 3));
      reopened();
      assertThat(row(0, "pk", "c")).isEqualTo(rowOf("c", "3", 3));
      assertThat(row(0, "pk", "b")).isEqualTo(firstIsThere ? rowOf("b", "1", 1) : Optional.empty());
    }
  }

  @Test
  void zerosAndWrongBytesAtTheEndAreCut() throws IOException {
    apply(table(), 0, 0, 1, put("pk", "a", "1", 1));
    long size = Files.size(file());
    table().close();
    Files.write(file(), new byte[64], StandardOpenOption.APPEND);
    reopened();
    assertThat(Files.size(file())).isEqualTo(size);
    apply(table(), 0, 1, 2, put("pk", "a", "2", 2));
    table().close();
    byte[] bytes = Files.readAllBytes(file());
    bytes[bytes.length - 1] ^= 1;
    Files.write(file(), bytes);
    reopened();
    assertThat(row(0, "pk", "a")).isEqualTo(rowOf("a", "1", 1));
    assertThat(table().checkpoint(0)).isEqualTo(at(0, 1));
  }

  @Test
  void aFileInUseAndAFileOfAnotherKindAreRefused() throws IOException {
    table();
    assertThatThrownBy(() -> opened(open("contract", 4))).isInstanceOfSatisfying(StoreException.class,
        e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE)).hasMessageContaining("in use");
    table().close();
    Files.writeString(file(), "Dear Ada, this is not a table, and it must stay as it is, whatever its name.");
    assertThatThrownBy(() -> opened(open("contract", 4))).isInstanceOfSatisfying(StoreException.class,
        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT)).hasMessageContaining("no journal");
    assertThat(file()).content().startsWith("Dear Ada");
  }

  private Path file() {
    return folder().resolve("journal");
  }
}
