package io.logfold.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.ByteString;
import io.logfold.api.Bytes;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.Policy;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.log.RecordCodec.Decoded;
import io.logfold.log.wire.Event;
import io.logfold.log.wire.Genesis;
import io.logfold.log.wire.Record;
import io.logfold.log.wire.Renew;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecordCodecTest {
  private static final RecordHeader HEADER =
      new RecordHeader("störe", 3, 1, RecordHasher.ofValue(Bytes.utf8("before")));
  private static final RequestInfo REQUEST = new RequestInfo(new RequestId(-5, 7), 2, 1_700_000_000_000L);

  static List<LogRecord> records() {
    List<LogRecord> records = new ArrayList<>(List.of(
        new LogRecord.Genesis(HEADER, GenesisConfig.defaults(16)),
        new LogRecord.Claim(HEADER, "a", "a:1", -1, 0, Long.MIN_VALUE),
        new LogRecord.Renew(HEADER, 5, 6, 7),
        new LogRecord.Barrier(HEADER, 5, 6, 7),
        new LogRecord.Resign(HEADER, 5, 6, 7, ""),
        new LogRecord.Resign(HEADER, 5, Long.MAX_VALUE, 7, "b")));
    for (Outcome outcome : List.of(Outcome.APPLIED, Outcome.UNCHANGED, Outcome.CANCELLED,
        new Outcome.PredicateFailed(0, 0), new Outcome.PredicateFailed(89, Long.MAX_VALUE))) {
      records.add(new LogRecord.Event(HEADER, 1, 2, REQUEST, 3, Provenance.NONE, Bytes.EMPTY, List.of(), outcome));
    }
    records.add(new LogRecord.Event(HEADER, 1, 2, REQUEST, 3, new Provenance("p", "ré", "s"), Bytes.hex("00ff"),
        List.of(new Mutation.Put(Bytes.hex("00"), Bytes.EMPTY), new Mutation.Delete(Bytes.hex("ff")),
            new Mutation.Put(Bytes.utf8("k"), Bytes.wrap(new byte[5_000]))),
        Outcome.APPLIED));
    records.add(new LogRecord.Event(HEADER, 1, 2, REQUEST, 3, Provenance.NONE, Bytes.EMPTY, List.of(), Outcome.APPLIED,
        Optional.of("postgres")));
    records.add(LogRecord.Event.policy(HEADER, 1, 2, REQUEST, 3, Provenance.of("p", "r"),
        new PolicyChange.Put(new Policy("people", Bytes.hex("00ff"), true, false, true))));
    records.add(LogRecord.Event.policy(HEADER, 1, 2, REQUEST, 3, Provenance.of("p", "r"),
        new PolicyChange.Put(new Policy("all", Bytes.EMPTY, false, true, false))));
    records.add(LogRecord.Event.policy(HEADER, 1, 2, REQUEST, 3, Provenance.of("p", "r"), new PolicyChange.Remove("people")));
    records.add(LogRecord.Event.redaction(HEADER, 1, 2, REQUEST, 3, Provenance.of("p", "r"), Bytes.utf8("pk"),
        new Redaction(Bytes.utf8("k"), 7, Bytes.wrap(new byte[16]))));
    return records;
  }

  @ParameterizedTest
  @MethodSource("records")
  void aRecordComesBackAsItWas(LogRecord record) {
    assertThat(RecordCodec.decode(RecordCodec.encode(record))).isEqualTo(new Decoded.Ok(record));
  }

  @ParameterizedTest
  @MethodSource("records")
  void noChangeOfAnyByteMakesDecodingThrow(LogRecord record) {
    byte[] valid = RecordCodec.encode(record).toArray();
    Random random = new Random(11);
    for (int i = 0; i < valid.length; i += valid.length < 500 ? 1 : 97) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] changed = valid.clone();
        changed[i] ^= (byte) (1 << bit);
        decodesToSomething(changed);
      }
      decodesToSomething(Arrays.copyOf(valid, i));
      decodesToSomething(Arrays.copyOfRange(valid, i, valid.length));
    }
    for (int round = 0; round < 2_000; round++) {
      byte[] changed = Arrays.copyOf(valid, valid.length + random.nextInt(3));
      for (int change = random.nextInt(6); change >= 0; change--) {
        changed[random.nextInt(Math.min(changed.length, 200))] = (byte) random.nextInt();
      }
      decodesToSomething(changed);
    }
  }

  @Test
  void noRandomBytesMakeDecodingThrow() {
    Random random = new Random(12);
    int undecodable = 0;
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      undecodable += decodesToSomething(bytes) instanceof Decoded.Undecodable ? 1 : 0;
    }
    assertThat(undecodable).isGreaterThan(49_000);
  }

  @Test
  void whatTheConstructorsRefuseIsUndecodable() {
    assertUndecodable(Bytes.EMPTY, "format is 0");
    assertUndecodable(wire().build(), "no body");
    assertUndecodable(wire().setRenew(Renew.newBuilder()).setFormat(-1).build(), "format is -1");
    assertUndecodable(wire().setRenew(Renew.newBuilder()).setPrevHash(ByteString.EMPTY).build(), "32 bytes, got 0");
    assertUndecodable(wire().setGenesis(Genesis.newBuilder()).build(), "partitions must be at least 1");
    assertUndecodable(wire().setEvent(event().setRequestId(ByteString.EMPTY)).build(), "requestId must be 16 bytes");
    assertUndecodable(wire().setEvent(event().setAttempt(-1)).build(), "attempt must be");
    assertUndecodable(wire().setEvent(event().setRequestTimeMs(-1)).build(), "requestTime must be");
    assertUndecodable(wire().setEvent(event().setPrincipal("p".repeat(257))).build(), "principal has at most 256");
    var outcome = io.logfold.log.wire.Outcome.newBuilder();
    assertUndecodable(wire().setEvent(event().setOutcome(outcome.setKindValue(9))).build(), "outcome 9 is unknown");
    assertUndecodable(
        wire().setEvent(event().setOutcome(outcome.setKindValue(2).setRevision(-1))).build(), "must not be negative");
    var mutation = io.logfold.log.wire.Mutation.newBuilder().setKey(ByteString.copyFromUtf8("k"));
    assertUndecodable(wire().setEvent(event().addMutations(mutation)).build(), "neither put nor delete");
    assertUndecodable(wire().setEvent(event().addMutations(mutation.setDelete(false))).build(), "delete = false");
    mutation.setDelete(true);
    assertUndecodable(wire().setEvent(event().addMutations(mutation)).build(), "partitionKey must have");
    Event.Builder placed = event().setPartitionKey(ByteString.copyFromUtf8("pk"));
    assertUndecodable(
        wire().setEvent(placed.clone().addMutations(mutation.clone().clearKey())).build(), "key must have");
    mutation.setPut(ByteString.copyFrom(new byte[Limits.MAX_VALUE_BYTES + 1]));
    assertUndecodable(wire().setEvent(placed.clone().addMutations(mutation)).build(), "value has at most");
  }

  @Test
  void aNewerFormatIsToldApartHoweverStrangeItsBodyIs() {
    Decoded newer = new Decoded.Newer("s", 4, 2);
    Record.Builder wire = Record.newBuilder().setStore("s").setPartition(4).setFormat(2);
    assertThat(decode(wire.build())).isEqualTo(newer);
    assertThat(decode(wire.setGenesis(Genesis.newBuilder()).build())).isEqualTo(newer);
    byte[] head = Record.newBuilder().setStore("s").setPartition(4).setFormat(2).build().toByteArray();
    // An event (field 7) whose content is no message, a group that does not end, and a field number of 0.
    for (String strange : List.of("3a02ffff", "3b", "0000", "42ff")) {
      byte[] tail = Bytes.hex(strange).toArray();
      byte[] both = Arrays.copyOf(head, head.length + tail.length);
      System.arraycopy(tail, 0, both, head.length, tail.length);
      assertThat(RecordCodec.decode(Bytes.wrap(both))).as(strange).isEqualTo(newer);
    }
  }

  @Test
  void fieldsThatAreNotKnownAreIgnored() {
    LogRecord record = new LogRecord.Renew(HEADER, 5, 6, 7);
    byte[] known = RecordCodec.encode(record).toArray();
    byte[] more = Arrays.copyOf(known, known.length + 3);
    more[known.length] = (byte) 0xF8; // Field 31, a varint.
    more[known.length + 1] = 0x01;
    more[known.length + 2] = 0x05;
    assertThat(RecordCodec.decode(Bytes.wrap(more))).isEqualTo(new Decoded.Ok(record));
  }

  @Test
  void onlyTheCurrentFormatIsWritten() {
    RecordHeader newer = new RecordHeader("s", 0, RecordHeader.FORMAT + 1, Hash.ZERO);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordCodec.encode(new LogRecord.Renew(newer, 1, 2, 3)))
        .withMessageContaining("format 1");
  }

  @Test
  void theLargestLegalEventFitsIntoFourMebibytes() {
    List<Mutation> mutations = new ArrayList<>();
    int each = Limits.MAX_COMMIT_BYTES / Limits.MAX_COMMIT_MUTATIONS - Limits.MAX_KEY_BYTES;
    for (int i = 0; i < Limits.MAX_COMMIT_MUTATIONS; i++) {
      mutations.add(new Mutation.Put(Bytes.wrap(new byte[Limits.MAX_KEY_BYTES]), Bytes.wrap(new byte[each])));
    }
    LogRecord.Event event = new LogRecord.Event(HEADER, Long.MAX_VALUE, Long.MAX_VALUE, REQUEST, Long.MAX_VALUE,
        new Provenance("p".repeat(256), "r".repeat(1_024), "s".repeat(256)), Bytes.wrap(new byte[1_536]), mutations,
        Outcome.APPLIED);
    assertThat(RecordCodec.encode(event).size()).isLessThan(Limits.MAX_COMMIT_BYTES + 8 * 1024);
  }

  private static Decoded decodesToSomething(byte[] bytes) {
    Decoded decoded = RecordCodec.decode(Bytes.wrap(bytes));
    if (decoded instanceof Decoded.Ok ok) {
      // What was read can be written and hashed: no reader meets an exception later.
      assertThat(RecordCodec.decode(RecordCodec.encode(ok.record()))).isEqualTo(decoded);
      RecordHasher.next(Hash.ZERO, ok.record());
    }
    return decoded;
  }

  private static Record.Builder wire() {
    return Record.newBuilder().setStore("s").setFormat(1).setPrevHash(ByteString.copyFrom(new byte[32]));
  }

  private static Event.Builder event() {
    return Event.newBuilder().setRequestId(ByteString.copyFrom(new byte[16]));
  }

  private static Decoded decode(Record wire) {
    return RecordCodec.decode(Bytes.wrap(wire.toByteArray()));
  }

  private static void assertUndecodable(Record wire, String why) {
    assertUndecodable(Bytes.wrap(wire.toByteArray()), why);
  }

  private static void assertUndecodable(Bytes bytes, String why) {
    assertThat(RecordCodec.decode(bytes)).isInstanceOfSatisfying(
        Decoded.Undecodable.class, undecodable -> assertThat(undecodable.why()).contains(why));
  }
}
