package io.logfold.query.values;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredValuesTest {
  private static final Bytes PK = Bytes.utf8("pk");
  private static final Bytes KEY = Bytes.utf8("key");
  private static final Bytes MAGIC = Bytes.hex("a71fd35c");

  private final InMemoryKeyVault.Shared vault = new InMemoryKeyVault.Shared(Runnable::run);
  private final Values values = node(new byte[32]);

  private Values node(byte[] master) {
    return Values.simulated("store", MasterKey.of(master), new InMemoryKeyVault(vault), new Random(1), Runnable::run);
  }

  private Bytes sealed(Bytes value) {
    return ((Mutation.Put) values.seal(PK, List.of(new Mutation.Put(KEY, value))).join().mutations().getFirst()).value();
  }

  private static ErrorCode code(Throwable failure) {
    return StoreException.from(failure).code();
  }

  @Test
  void aPlainValueIsStoredAsItIsAndOneThatLooksStoredIsEscaped() {
    for (String hex : List.of("", "00", "a71fd3", "a71fd35b00")) {
      assertThat(StoredValues.plain(Bytes.hex(hex))).isEqualTo(Bytes.hex(hex));
    }
    for (String hex : List.of("a71fd35c", "a71fd35c00", "a71fd35c01ff")) {
      Bytes stored = StoredValues.plain(Bytes.hex(hex));
      assertThat(stored).isEqualTo(Bytes.hex("a71fd35c00" + hex));
      assertThat(StoredValues.keyId(stored)).isEmpty();
      assertThat(values.open(PK, KEY, stored).join()).isEqualTo(new Opened.Plain(Bytes.hex(hex)));
      assertThat(Values.plainOnly("store").open(PK, KEY, stored).join()).isEqualTo(new Opened.Plain(Bytes.hex(hex)));
    }
  }

  @Test
  void anEncryptedValueOpensOnEveryNodeWithTheMasterKeyAndItsBytesAreNotInIt() {
    for (Bytes value : List.of(Bytes.EMPTY, Bytes.utf8("secret"), MAGIC, Bytes.wrap(new byte[100_000]))) {
      Bytes stored = sealed(value);
      assertThat(stored.size()).isEqualTo(value.size() + StoredValues.OVERHEAD_BYTES);
      assertThat(stored.hex()).doesNotContain(Bytes.utf8("secret").hex());
      assertThat(values.open(PK, KEY, stored).join()).isEqualTo(new Opened.Plain(value));
      assertThat(node(new byte[32]).open(PK, KEY, stored).join()).isEqualTo(new Opened.Plain(value));
    }
    assertThat(sealed(Bytes.utf8("same"))).isNotEqualTo(sealed(Bytes.utf8("same")));
  }

  @Test
  void aValueOpensNowhereButInItsPlaceAndUnchanged() {
    Bytes stored = sealed(Bytes.utf8("secret"));
    assertThatThrownBy(() -> values.open(PK, Bytes.utf8("other"), stored).join())
        .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.CORRUPT));
    assertThatThrownBy(() -> values.open(Bytes.utf8("other"), KEY, stored).join())
        .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.CORRUPT));
    byte[] changed = stored.toArray();
    changed[changed.length - 1] ^= 1;
    assertThatThrownBy(() -> values.open(PK, KEY, Bytes.wrap(changed)).join())
        .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.CORRUPT));
  }

  @Test
  void aNodeWithoutTheMasterKeySaysThatItCannotTell() {
    Bytes stored = sealed(Bytes.utf8("secret"));
    byte[] other = new byte[32];
    other[0] = 1;
    for (Values without : List.of(Values.plainOnly("store"), node(other))) {
      assertThatThrownBy(() -> without.open(PK, KEY, stored).join())
          .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.NO_MASTER_KEY));
    }
    assertThatThrownBy(() -> Values.plainOnly("store").seal(PK, List.of(new Mutation.Put(KEY, Bytes.EMPTY))).join())
        .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.NO_MASTER_KEY));
  }

  @Test
  void behindItsDestructionNobodyOpensIt() {
    Bytes stored = sealed(Bytes.utf8("secret"));
    Values other = node(new byte[32]);
    assertThat(other.open(PK, KEY, stored).join()).isInstanceOf(Opened.Plain.class);
    values.destroy(StoredValues.keyId(stored).orElseThrow().bytes()).join();
    assertThat(values.open(PK, KEY, stored).join()).isEqualTo(Opened.REDACTED);
    assertThat(node(new byte[32]).open(PK, KEY, stored).join()).isEqualTo(Opened.REDACTED);
    other.redacted(StoredValues.keyId(stored).orElseThrow().bytes());
    assertThat(other.open(PK, KEY, stored).join()).isEqualTo(Opened.REDACTED);
    assertThat(vault.size()).isZero();
  }

  @Test
  void aValueThatWouldBeTooLargeWhenItIsEncryptedIsRefused() {
    assertThat(sealed(Bytes.wrap(new byte[Limits.MAX_VALUE_BYTES - StoredValues.OVERHEAD_BYTES])).size())
        .isEqualTo(Limits.MAX_VALUE_BYTES);
    assertThatThrownBy(() -> sealed(Bytes.wrap(new byte[Limits.MAX_VALUE_BYTES - StoredValues.OVERHEAD_BYTES + 1])))
        .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.TOO_LARGE));
  }

  @Test
  void aMasterKeyFileIsMadeOnceAndForItsOwnerAlone(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("master");
    MasterKey.generate(file, new SecureRandom());
    byte[] dataKey = new byte[32];
    dataKey[5] = 7;
    assertThat(MasterKey.read(file).unwrap(MasterKey.read(file).wrap(dataKey))).isEqualTo(dataKey);
    assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
    assertThat(MasterKey.read(file).toString()).doesNotContain(Files.readString(file).strip());
    assertThatThrownBy(() -> MasterKey.generate(file, new SecureRandom())).hasMessageContaining("already");
    Files.writeString(file, "short");
    assertThatThrownBy(() -> MasterKey.read(file)).hasMessageContaining("64 hexadecimal digits");
    assertThatThrownBy(() -> MasterKey.read(folder.resolve("none"))).hasMessageContaining("there is no master key file");
  }

  @Test
  void theTableOfKeysHoldsWhatAMapHolds() {
    Random random = new Random(7);
    KeyTable table = new KeyTable(4);
    Map<KeyId, Integer> model = new HashMap<>();
    for (int step = 0; step < 50_000; step++) {
      // Few low bits, so that many collide.
      KeyId id = new KeyId(random.nextInt(40), random.nextInt(40) << 5);
      if (random.nextInt(3) == 0) {
        table.remove(id);
        model.remove(id);
      } else {
        table.put(id, Bytes.hex("%08x".formatted(step)).toArray());
        model.put(id, step);
      }
      KeyId asked = new KeyId(random.nextInt(40), random.nextInt(40) << 5);
      assertThat(table.get(asked).map(bytes -> Bytes.wrap(bytes).hex()))
          .isEqualTo(java.util.Optional.ofNullable(model.get(asked)).map("%08x"::formatted));
      assertThat(table.size()).isEqualTo(model.size());
    }
  }

  @Test
  void allKeysAreFoundAgainAndCountedOnce() {
    Random random = new Random(8);
    KeyShards keys = new KeyShards(4, 1_000_000);
    Map<KeyId, Integer> model = new HashMap<>();
    for (int i = 0; i < 100_000; i++) {
      KeyId id = KeyId.random(random);
      keys.put(id, Bytes.hex("%08x".formatted(i)).toArray());
      keys.put(id, Bytes.hex("%08x".formatted(i + 1)).toArray());
      if (i % 3 == 0) {
        keys.remove(id);
        keys.remove(id);
      } else {
        model.put(id, i + 1);
      }
    }
    assertThat(keys.size()).isEqualTo(model.size());
    model.forEach((id, i) -> assertThat(keys.get(id).map(bytes -> Bytes.wrap(bytes).hex())).contains("%08x".formatted(i)));
  }

  @Test
  void manyKeysThatAreGoneCostTwoCatchUpsTogetherAndNoneTheNextTime() {
    List<Bytes> stored = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      stored.add(sealed(Bytes.utf8("secret" + i)));
      values.destroy(StoredValues.keyId(stored.get(i)).orElseThrow().bytes()).join();
    }
    List<Runnable> held = new ArrayList<>();
    InMemoryKeyVault.Shared slow = new InMemoryKeyVault.Shared(held::add);
    Values other = Values.simulated("store", MasterKey.of(new byte[32]), new InMemoryKeyVault(slow), new Random(2), Runnable::run);
    List<CompletableFuture<Opened>> opened = stored.stream().map(each -> other.open(PK, KEY, each)).toList();
    int catchUps = 0;
    while (!held.isEmpty()) {
      catchUps++;
      held.removeFirst().run();
    }
    assertThat(opened).allSatisfy(each -> assertThat(each.join()).isEqualTo(Opened.REDACTED));
    assertThat(catchUps).isEqualTo(2);
    assertThat(stored).allSatisfy(each -> assertThat(other.open(PK, KEY, each).join()).isEqualTo(Opened.REDACTED));
    assertThat(held).isEmpty();
  }
}
