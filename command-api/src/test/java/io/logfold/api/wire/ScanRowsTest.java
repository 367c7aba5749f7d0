package io.logfold.api.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.ByteString;
import io.logfold.api.Bytes;
import io.logfold.api.Entry;
import io.logfold.api.ReadPosition;
import io.logfold.api.ScanPage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScanRowsTest {
  private static final Bytes PK = Bytes.utf8("pk");
  /** Where a number takes a byte more, and the ends. */
  private static final long[] NUMBERS = {0, 1, 127, 128, 16_383, 16_384, Integer.MAX_VALUE, 1L << 32, 1L << 56,
      (1L << 56) - 1, Long.MAX_VALUE - 1, Long.MAX_VALUE};

  @Test
  void aPageWithoutRowsHasNoBytes() {
    assertThat(ScanRows.encode(List.of())).isEqualTo(ByteString.EMPTY);
    assertThat(ScanRows.decode(ByteString.EMPTY, PK)).isEmpty();
  }

  @Test
  void theBlockIsWhatTheWiresDescriptionSays() {
    List<Entry> rows = List.of(new Entry(PK, Bytes.utf8("a"), Bytes.utf8("xy"), 300),
        new Entry(PK, Bytes.utf8("b"), Bytes.EMPTY, 7, true));
    ByteString block = ByteString.copyFrom(HexFormat.of().parseHex("02" + "0161047879ac02" + "01620107"));
    assertThat(ScanRows.encode(rows)).isEqualTo(block);
    assertThat(ScanRows.decode(block, PK)).isEqualTo(rows);
  }

  @Test
  void everyRevisionAndEveryLengthArrives() {
    List<Entry> rows = new ArrayList<>();
    for (long revision : NUMBERS) {
      for (int size : new int[] {0, 1, 63, 64, 127, 128, 8_191, 8_192, 20_000}) {
        byte[] value = new byte[size];
        Arrays.fill(value, (byte) 0xFF);
        rows.add(new Entry(PK, Bytes.wrap(value), Bytes.wrap(value), revision, revision % 2 == 0));
      }
    }
    assertThat(ScanRows.decode(ScanRows.encode(rows), PK)).isEqualTo(rows);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void anyRowsArriveAsTheyWere(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int page = 0; page < 200; page++) {
      List<Entry> rows = rows(random, random.nextInt(40));
      assertThat(ScanRows.decode(ScanRows.encode(rows), PK)).as("page %d of seed %d", page, seed).isEqualTo(rows);
    }
  }

  @Test
  void aRowOutlivesNeitherThePageNorTheArrayItCameIn() {
    byte[] block = ScanRows.encode(List.of(new Entry(PK, Bytes.utf8("key"), Bytes.utf8("value"), 1))).toByteArray();
    List<Entry> rows = ScanRows.decode(com.google.protobuf.UnsafeByteOperations.unsafeWrap(block), PK);
    Arrays.fill(block, (byte) 0);
    assertThat(rows).containsExactly(new Entry(PK, Bytes.utf8("key"), Bytes.utf8("value"), 1));
    assertThat(rows.get(0).value().unsafeArray()).hasSize(5);
  }

  @Test
  void aBlockThatEndsEarlyIsRefusedWhereverItEnds() {
    byte[] block = ScanRows.encode(rows(new SplittableRandom(6), 12)).toByteArray();
    for (int end = 1; end < block.length; end++) {
      ByteString cut = ByteString.copyFrom(block, 0, end);
      assertThatThrownBy(() -> ScanRows.decode(cut, PK)).as("cut at %d of %d", end, block.length)
          .isExactlyInstanceOf(IllegalArgumentException.class).hasMessageContaining("block of a page's rows");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {7, 8, 9})
  void aBlockWithBytesThatFlippedIsDecodedOrRefused(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] block = ScanRows.encode(rows(random, 12)).toByteArray();
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] broken = block.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        broken[random.nextInt(broken.length)] = (byte) random.nextInt();
      }
      refused += refuses(ByteString.copyFrom(broken)) ? 1 : 0;
    }
    for (int i = 0; i < 20_000; i++) {
      byte[] noise = new byte[random.nextInt(30)];
      random.nextBytes(noise);
      refused += refuses(ByteString.copyFrom(noise)) ? 1 : 0;
    }
    assertThat(refused).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "ffffffffffffffff7f", // so many rows, and none there
      "ffffffff07000000", // as many as an int can say
      "02000000", // two rows, bytes for one
      "01ffffffffffffffff7f0000", // a key as long as can be said
      "01000000ff", // something behind the last row
      "0100feffffffffffffff7f00", // a value as long as can be said
      "0100ffffffff1f00", // a value longer than an array
      "010000ffffffffffffffffff01", // a revision that is negative
      "80808080808080808000"}) // a number that does not end
  void aBlockThatClaimsWhatIsNotThereIsRefusedInWords(String digits) {
    assertThatThrownBy(() -> ScanRows.decode(ByteString.copyFrom(HexFormat.of().parseHex(digits)), PK))
        .isExactlyInstanceOf(IllegalArgumentException.class).hasMessageContaining("block of a page's rows");
  }

  @Test
  void aRevisionThatCannotBeIsNotSent() {
    assertThatThrownBy(() -> ScanRows.encode(List.of(new Entry(PK, PK, PK, -1))))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-1");
  }

  @Test
  void aPageIsCutWhereItsBytesAreFullAndThenSaysNothingOfWhatWasReached() {
    List<Entry> rows = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      rows.add(new Entry(PK, Bytes.utf8("k" + i), Bytes.wrap(new byte[74]), 1));
    }
    ScanPage whole = new ScanPage(rows, true, new ReadPosition(1, 0, "lease"), Optional.empty(), Optional.of(Bytes.utf8("z")));
    assertThat(sent(whole, 1_000)).isEqualTo(whole);
    ScanPage cut = sent(whole, 999);
    assertThat(cut.entries()).isEqualTo(rows.subList(0, 9));
    assertThat(cut.more()).isTrue();
    assertThat(cut.last()).isEqualTo(Bytes.utf8("k8"));
    assertThat(sent(whole, 1).entries()).as("the first row always").isEqualTo(rows.subList(0, 1));
  }

  @Test
  void theCutCountsAtLeastWhatARowTakes() {
    for (long revision : NUMBERS) {
      Entry row = new Entry(PK, Bytes.wrap(new byte[1_024]), Bytes.wrap(new byte[390 * 1_024]), revision, true);
      int alone = ScanRows.encode(List.of(row)).size();
      assertThat(alone).isLessThanOrEqualTo(row.key().size() + row.value().size() + ScanRows.ROW_OVERHEAD_BYTES);
    }
  }

  private static ScanPage sent(ScanPage page, int maxBytes) {
    return WireResults.decode(WireResults.encode(page, maxBytes), PK);
  }

  private static boolean refuses(ByteString block) {
    Throwable thrown = catchThrowable(() -> ScanRows.decode(block, PK));
    if (thrown != null) {
      assertThat(thrown).as("by %s", block).isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("block of a page's rows");
    }
    return thrown != null;
  }

  /** Keys with prefixes in common, of bytes that are often at the ends; empty values, and redacted ones. */
  private static List<Entry> rows(SplittableRandom random, int count) {
    List<Entry> rows = new ArrayList<>();
    byte[] shared = bytes(random, random.nextInt(8));
    for (int i = 0; i < count; i++) {
      byte[] own = bytes(random, random.nextInt(5));
      byte[] key = Arrays.copyOf(shared, shared.length + own.length);
      System.arraycopy(own, 0, key, shared.length, own.length);
      boolean empty = random.nextInt(4) == 0;
      long revision = NUMBERS[random.nextInt(NUMBERS.length)];
      rows.add(new Entry(PK, Bytes.wrap(key), empty ? Bytes.EMPTY : Bytes.wrap(bytes(random, random.nextInt(300))), revision,
          empty && random.nextBoolean()));
    }
    return rows;
  }

  private static byte[] bytes(SplittableRandom random, int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = switch (random.nextInt(4)) {
        case 0 -> 0;
        case 1 -> (byte) 0xFF;
        default -> (byte) random.nextInt();
      };
    }
    return bytes;
  }
}
