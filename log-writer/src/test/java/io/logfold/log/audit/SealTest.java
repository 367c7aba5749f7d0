package io.logfold.log.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.ScannedLogs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PublicKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00.007Z");

  @TempDir Path folder;
  private Path keyFile = Path.of("");
  private List<PublicKey> trusted = List.of();

  @BeforeEach
  void makeKey() {
    keyFile = folder.resolve("key");
    SealKey.generate(keyFile);
    trusted = List.of(SealKey.readPublic(SealKey.publicFile(keyFile)));
  }

  private static AuditResult audit(List<RawRecord> log, List<Seal.Signed> seals, Optional<Seal.Signed> after) {
    return audit("s", 1, log, seals, after);
  }

  private static AuditResult audit(
      String store, int partitions, List<RawRecord> log, List<Seal.Signed> seals, Optional<Seal.Signed> after) {
    return new StoreAudit(store, partitions, new ScannedLogs().with(0, log), seals, after, false, 2).run();
  }

  private Seal.Signed seal(String name, List<RawRecord> log) {
    return seal(name, audit(log, List.of(), Optional.empty()), Optional.empty());
  }

  private Seal.Signed seal(String name, AuditResult result, Optional<Bytes> after) {
    assertThat(result.misfits()).isEmpty();
    Seal seal = new Seal(result.store(), NOON, after, SealKey.id(trusted.getFirst()),
        result.partitions().stream().map(PartitionAudit::point).toList());
    Bytes statement = SealFile.statement(seal);
    Bytes file = SealFile.file(statement,
        SealKey.sign(statement, SealKey.readPrivate(keyFile), trusted.getFirst()));
    Seal.Signed parsed = SealFile.parse(name, file);
    assertThat(parsed.seal()).isEqualTo(seal);
    SealKey.check(parsed, trusted);
    return parsed;
  }

  private static LogBuilder log() {
    LogBuilder log = LogBuilder.led();
    return log.put("k", "1").put("k", "2").put("k", "3");
  }

  @Test
  void aSealIsTextThatPeopleCanRead() {
    Seal.Signed seal = seal("a", log().records());
    assertThat(seal.file().utf8()).matches("""
        logfold-seal 1
        store: s
        partitions: 1
        sealed: 2026-11-23T12:00:00.007Z
        verified: from the beginning
        key: [0-9a-f]{64}
        partition 0: position=5 lsn=3 token=1 time=1970-01-01T00:16:40.000Z hash=[0-9a-f]{64} genesis=[0-9a-f]{64}
        signature: [A-Za-z0-9+/=]{88}
        """);
    assertThat(seal("none", List.of()).file().utf8()).contains("partition 0: position=0 lsn=0 token=-1 time=1970-01-01T");
  }

  @Test
  void aSealInWhichAnyByteIsOtherIsRefused() {
    Bytes file = seal("a", log().records()).file();
    for (int at = 0; at < file.size(); at++) {
      for (int xor : new int[] {1, 2, 16, 32, 128}) {
        Bytes changed = Audits.byteChanged(file, at, xor);
        refused(() -> SealKey.check(SealFile.parse("a", changed), trusted), "");
      }
    }
    refused(() -> SealFile.parse("a", Bytes.utf8(file.utf8() + "more\n")), "more follows");
    refused(() -> SealFile.parse("a", Bytes.utf8(file.utf8().replace("\n", "\r\n"))), "");
    refused(() -> SealFile.parse("a", Bytes.utf8(file.utf8().replace("logfold-seal 1", "logfold-seal 2"))), "version");
    refused(() -> SealKey.check(SealFile.parse("a", Bytes.utf8(file.utf8().replace("lsn=3", "lsn=4"))), trusted),
        "was changed since it was signed");
  }

  @Test
  void aSealOfAnotherKeyOrOfAnotherStoreIsRefused() {
    Seal.Signed seal = seal("a", log().records());
    SealKey.generate(folder.resolve("other"));
    PublicKey other = SealKey.readPublic(folder.resolve("other.pub"));
    refused(() -> SealKey.check(seal, List.of(other)), "is of another key");
    SealKey.check(seal, List.of(other, trusted.getFirst()));
    refused(() -> SealKey.sign(Bytes.utf8("x"), SealKey.readPrivate(keyFile), other), "not of one pair");
    refused(() -> audit("t", 1, List.of(), List.of(seal), Optional.empty()), "of another store: of 's'");
    refused(() -> audit("s", 2, List.of(), List.of(), Optional.of(seal)), "with 1 partitions");
  }

  @Test
  void keysAreTheirOwnersAloneAndNeverOverwritten() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keyFile))).isEqualTo("rw-------");
    String before = Files.readString(keyFile);
    refused(() -> SealKey.generate(keyFile), "never overwritten");
    Files.delete(keyFile);
    refused(() -> SealKey.generate(keyFile), "key.pub is there already");
    assertThat(keyFile).doesNotExist();
    Files.writeString(folder.resolve("no.key"), before.replace("PRIVATE", "RSA"));
    refused(() -> SealKey.readPrivate(folder.resolve("no.key")), "holds no Ed25519 private key");
    refused(() -> SealKey.readPublic(folder.resolve("missing")), "missing");
  }

  @Test
  void aLogThatGoesOnFitsItsSeals() {
    LogBuilder log = log();
    Seal.Signed first = seal("first", log.records());
    Seal.Signed second = seal("second", log.stray(Bytes.utf8("stranger")).claim("b").put("k", "4").records());
    Seal.Signed none = seal("none", List.of());
    assertThat(audit(log.put("k", "5").records(), List.of(second, none, first), Optional.empty()).misfits()).isEmpty();
  }

  @Test
  void aSealThatIsAheadOfTheLogIsATruncation() {
    Seal.Signed seal = seal("friday", log().records());
    List<RawRecord> cut = log().records().subList(0, 3);
    assertThat(audit(cut, List.of(), Optional.empty()).misfits()).isEmpty();
    assertThat(audit(cut, List.of(seal), Optional.empty()).misfits()).singleElement().satisfies(each -> {
      assertThat(each.kind()).isEqualTo(Misfit.Kind.TRUNCATED);
      assertThat(each.offset()).isEqualTo(3);
      assertThat(each.detail()).contains("friday", "up to offset 4");
    });
    assertThat(audit(cut, List.of(), Optional.of(seal)).misfits()).singleElement()
        .satisfies(each -> assertThat(each.kind()).isEqualTo(Misfit.Kind.TRUNCATED));
    assertThat(audit(List.of(), List.of(seal), Optional.empty()).misfits()).singleElement()
        .satisfies(each -> assertThat(each.offset()).isZero());
  }

  @Test
  void aLogThatWasWrittenAnewFitsInItselfAndNotWithItsSeals() {
    LogBuilder honest = log();
    Seal.Signed first = seal("first", honest.records());
    Seal.Signed second = seal("second", honest.put("k", "4").put("k", "5").records());
    LogBuilder anew = log();
    anew.put("k", "forged").put("k", "5").put("k", "6");
    assertThat(audit(anew.records(), List.of(), Optional.empty()).misfits()).isEmpty();
    assertThat(audit(anew.records(), List.of(second, first), Optional.empty()).misfits()).singleElement().satisfies(each -> {
      assertThat(each.kind()).isEqualTo(Misfit.Kind.REWRITTEN);
      // Between the seal that fits and the one that does not.
      assertThat(each.suspectFrom()).isEqualTo(5);
      assertThat(each.suspectTo()).isEqualTo(6);
    });
  }

  @Test
  void aLastRecordThatNoLongerCountsIsFoundByTheSeal() {
    List<RawRecord> log = log().records();
    Seal.Signed seal = seal("friday", log);
    List<RawRecord> voided = Audits.with(log, 4, Bytes.utf8("nothing"));
    assertThat(audit(voided, List.of(), Optional.empty()).misfits()).isEmpty();
    assertThat(audit(voided, List.of(seal), Optional.empty()).misfits()).singleElement().satisfies(each -> {
      assertThat(each.kind()).isEqualTo(Misfit.Kind.CHANGED);
      assertThat(each.offset()).isEqualTo(4);
    });
  }

  @Test
  void anIncrementalAuditFindsWhatLiesBehindTheSealAndTheRecordItStandsOn() {
    LogBuilder log = log();
    Seal.Signed first = seal("first", log.records());
    log.claim("b").put("k", "4").resign().claim("c").put("k", "5").put("k", "6");
    AuditResult found = audit(log.records(), List.of(), Optional.of(first));
    assertThat(found.misfits()).isEmpty();
    assertThat(found.records()).isEqualTo(7);
    assertThat(found.partitions().getFirst().point())
        .isEqualTo(audit(log.records(), List.of(), Optional.empty()).partitions().getFirst().point());
    Seal.Signed second = seal("second", found, Optional.of(SealKey.sha256(first.file())));
    assertThat(second.file().utf8()).contains("verified: after seal " + SealKey.sha256(first.file()).hex());

    Bytes other = log().put("k", "other").records().getLast().value();
    for (int index = 4; index < log.records().size() - 1; index++) {
      List<RawRecord> changed = Audits.with(log.records(), index, other);
      assertThat(audit(changed, List.of(), Optional.of(first)).misfits()).as("%d", index).isNotEmpty();
    }
    assertThat(audit(Audits.with(log.records(), 2, other), List.of(), Optional.of(first)).misfits())
        .as("what the earlier seal vouches for is not read again").isEmpty();
    assertThat(audit(Audits.with(log.records(), 2, other), List.of(second), Optional.empty()).misfits()).isNotEmpty();
  }

  private static void refused(ThrowingCallable call, String why) {
    assertThatThrownBy(call).isInstanceOfSatisfying(StoreException.class, e -> {
      assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
      assertThat(e).hasMessageContaining(why);
    });
  }
}
