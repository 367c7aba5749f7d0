package io.logfold.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Policy;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The expected hashes were computed by another program, in another language, from RecordHasher's class doc. */
class RecordHasherTest {
  private static final RequestInfo REQUEST =
      new RequestInfo(RequestId.of(Bytes.hex("00112233445566778899aabbccddeeff")), 1, 1_700_000_000_000L);
  private static final RecordHeader HEADER = new RecordHeader("orders", 2, 1, Hash.ZERO);

  private static final LogRecord.Event EVENT = new LogRecord.Event(HEADER, 1, 1, REQUEST, 1_700_000_000_005L,
      new Provenance("müller", "why", "10.0.0.9"), Bytes.hex("706b00ff"),
      List.of(new Mutation.Put(Bytes.utf8("k1"), Bytes.utf8("value")), new Mutation.Delete(Bytes.utf8("k2")),
          new Mutation.Put(Bytes.utf8("k3"), Bytes.EMPTY)),
      Outcome.APPLIED);

  @Test
  void aChainOfEveryKindOfRecordHasItsPublishedHashes() {
    Hash hash = Hash.ZERO;
    hash = expect(hash, new LogRecord.Genesis(HEADER, new GenesisConfig(4, "crc32c", 3_000, 50, 600_000, 1_000_000)),
        "f92f4a02efc5bdc485329225592127df113bda0307dbf9abd8f81f236ad40c86");
    hash = expect(hash, new LogRecord.Claim(HEADER, "node-a", "10.0.0.1:7171", -1, 0, -0x0123456789abcdefL),
        "44fe91a76f29e2349eda328be2e803da872e79b8774b263d54b9bb2bb5983296");
    hash = expect(hash, EVENT, "4fbd0277520d167a484aa5f3adc064aea8c92508a48ed3e55777501fa3b932df");
    hash = expect(hash, new LogRecord.Event(HEADER, 1, 2, REQUEST.nextAttempt(), 1_700_000_000_006L, Provenance.NONE,
        Bytes.utf8("pk"), List.of(), new Outcome.PredicateFailed(3, 77)),
        "d27277174de055162833ab57cda09d2d4fec60d8f045cd7c2e50fdeaa20c64b1");
    hash = expect(hash, new LogRecord.Renew(HEADER, 1, 3, 1_700_000_000_007L),
        "7f30b041b24192bc67881390d5c12753b7b0b926eeb3bab9d7d70c814f57db0b");
    hash = expect(hash, new LogRecord.Barrier(HEADER, 1, 4, 1_700_000_000_008L),
        "fa9445376e07c9562e4d47902c01cfa4c4daf84c92794e2e6320bfb1eb57ca06");
    expect(hash, new LogRecord.Resign(HEADER, 1, 5, 1_700_000_000_009L, "node-b"),
        "c9e451372c675310b5dd8eb6cff3960bff575b689e4f7272de5dd7f43ecc1549");
  }

  @Test
  void theOtherOutcomesHaveTheirPublishedHashes() {
    expect(Hash.ZERO, bare(Outcome.UNCHANGED), "0ba5190a3a2323092bffebd413b562b8b3747e288d43456dec469222fd6aa6d1");
    expect(Hash.ZERO, bare(Outcome.CANCELLED), "d5f4aef511b44bdc40ac24ec61dbf55517d58cd138ea141b775b67f1ed30c731");
  }

  @Test
  void whatAnEventIsAboutHasItsPublishedHash() {
    Provenance said = Provenance.of("p", "r");
    expect(Hash.ZERO, new LogRecord.Event(HEADER, 1, 1, REQUEST, 5, said, Bytes.EMPTY, List.of(), Outcome.APPLIED,
        Optional.of("one")), "adc0afd485e813e4023340660c64706d5491a7c3c73dbceaaae1bac13e110d93");
    expect(Hash.ZERO, LogRecord.Event.policy(HEADER, 1, 1, REQUEST, 5, said,
        new PolicyChange.Put(new Policy("people", Bytes.hex("00ff"), true, false, true))), "aa3b38af4a06df2b3893b47212a27261aee539c41a0f954e618491230261f4a7");
    expect(Hash.ZERO, LogRecord.Event.policy(HEADER, 1, 1, REQUEST, 5, said, new PolicyChange.Remove("people")),
        "7143c1432e4d15bb14f98334c6ea3fb2909707663bb897823a59bdfde6208be2");
    expect(Hash.ZERO, LogRecord.Event.redaction(HEADER, 1, 1, REQUEST, 5, said, Bytes.utf8("pk"),
        new Redaction(Bytes.utf8("k"), 7, Bytes.hex("000102030405060708090a0b0c0d0e0f"))),
        "784ca799061f15daa61ef50801dde2e2a60de8f28e47121984c197a4573ce8e6");
  }

  @Test
  void theTableThatServesIsHashed() {
    Hash none = RecordHasher.next(Hash.ZERO, serve(Optional.empty()));
    Hash one = RecordHasher.next(Hash.ZERO, serve(Optional.of("one")));
    Hash two = RecordHasher.next(Hash.ZERO, serve(Optional.of("two")));
    assertThat(List.of(none, one, two)).doesNotHaveDuplicates();
  }

  private static LogRecord.Event serve(Optional<String> table) {
    return new LogRecord.Event(HEADER, 1, 1, REQUEST, 5, Provenance.NONE, Bytes.EMPTY, List.of(), Outcome.APPLIED, table);
  }

  @Test
  void theRecordsOwnPrevHashIsNotHashedAgain() {
    LogRecord.Renew one = new LogRecord.Renew(HEADER, 1, 3, 7);
    LogRecord.Renew other =
        new LogRecord.Renew(new RecordHeader("orders", 2, 1, RecordHasher.next(Hash.ZERO, one)), 1, 3, 7);
    assertThat(RecordHasher.next(Hash.ZERO, one)).isEqualTo(RecordHasher.next(Hash.ZERO, other));
  }

  @Test
  void fieldsCannotBorrowBytesFromTheirNeighbours() {
    Hash ab = RecordHasher.next(Hash.ZERO, new LogRecord.Claim(HEADER, "ab", "c", 1, 2, 3));
    Hash bc = RecordHasher.next(Hash.ZERO, new LogRecord.Claim(HEADER, "a", "bc", 1, 2, 3));
    assertThat(ab).isNotEqualTo(bc);
  }

  @Test
  void aValueIsRepresentedByTheDigestOfItsBytes() {
    assertThat(RecordHasher.ofValue(Bytes.utf8("abc")).bytes().hex())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void largeEventsAndManyThreadsHashTheSame() {
    LogRecord.Event large = new LogRecord.Event(HEADER, 1, 1, REQUEST, 5, Provenance.NONE, Bytes.utf8("pk"),
        IntStream.range(0, 90)
            .mapToObj(i -> (Mutation) new Mutation.Put(Bytes.wrap(new byte[1_000]), Bytes.wrap(new byte[30_000])))
            .toList(),
        Outcome.APPLIED);
    Hash largeHash = RecordHasher.next(Hash.ZERO, large);
    Hash eventHash = RecordHasher.next(Hash.ZERO, EVENT);
    List<CompletableFuture<Void>> threads = IntStream.range(0, 8)
        .mapToObj(i -> CompletableFuture.runAsync(() -> {
          for (int round = 0; round < 20; round++) {
            assertThat(RecordHasher.next(Hash.ZERO, large)).isEqualTo(largeHash);
            assertThat(RecordHasher.next(Hash.ZERO, EVENT)).isEqualTo(eventHash);
          }
        }))
        .toList();
    threads.forEach(CompletableFuture::join);
  }

  private static LogRecord.Event bare(Outcome outcome) {
    return new LogRecord.Event(HEADER, 1, 1, new RequestInfo(REQUEST.id(), 0, 0), 0, Provenance.NONE, Bytes.EMPTY,
        List.of(), outcome);
  }

  private static Hash expect(Hash prevHash, LogRecord record, String hex) {
    Hash hash = RecordHasher.next(prevHash, record);
    assertThat(hash.bytes().hex()).as("%s", record).isEqualTo(hex);
    return hash;
  }
}
