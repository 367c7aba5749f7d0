package io.logfold.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class BytesTest {
  @Test
  void orderIsThatOfUnsignedBytesAndAPrefixComesFirst() {
    List<Bytes> ordered = List.of(Bytes.EMPTY, Bytes.hex("00"), Bytes.hex("0000"), Bytes.hex("00ff"), Bytes.hex("7f"),
        Bytes.hex("80"), Bytes.hex("ff"), Bytes.hex("ff00"), Bytes.hex("ffff"));
    assertThat(ordered).isSorted().doesNotHaveDuplicates();
    assertThat(ordered.reversed().stream().sorted()).isEqualTo(ordered);
  }

  @Test
  void equalityIsThatOfContents() {
    assertThat(Bytes.utf8("abc")).isEqualTo(Bytes.hex("616263")).hasSameHashCodeAs(Bytes.hex("616263"))
        .isNotEqualTo(Bytes.utf8("abd")).isNotEqualTo(Bytes.utf8("ab"));
    assertThat(Bytes.wrap(new byte[0])).isSameAs(Bytes.EMPTY);
  }

  @Test
  void copiesDoNotChangeWithTheirOriginal() {
    byte[] original = {1, 2};
    Bytes copy = Bytes.copyOf(original);
    original[0] = 9;
    copy.toArray()[1] = 9;
    assertThat(copy).isEqualTo(Bytes.hex("0102"));
  }

  @Test
  void nothingLiesBetweenAByteStringAndItsSuccessor() {
    assertThat(Bytes.utf8("a").successor()).isEqualTo(Bytes.hex("6100"));
    assertThat(Bytes.hex("ff").successor()).isEqualTo(Bytes.hex("ff00"));
    assertThat(Bytes.EMPTY.successor()).isEqualTo(Bytes.hex("00"));
  }

  @Test
  void thePrefixEndIsAboveAllThatStartWithIt() {
    assertThat(Bytes.utf8("a").prefixEnd()).contains(Bytes.utf8("b"));
    assertThat(Bytes.hex("61ff").prefixEnd()).contains(Bytes.hex("62"));
    assertThat(Bytes.hex("7f").prefixEnd()).contains(Bytes.hex("80"));
    assertThat(Bytes.hex("00ffff").prefixEnd()).contains(Bytes.hex("01"));
    assertThat(Bytes.hex("ffff").prefixEnd()).isEmpty();
    assertThat(Bytes.EMPTY.prefixEnd()).isEmpty();
  }

  @Test
  void startsWithComparesWholePrefixes() {
    assertThat(Bytes.utf8("ab").startsWith(Bytes.utf8("a"))).isTrue();
    assertThat(Bytes.utf8("ab").startsWith(Bytes.utf8("ab"))).isTrue();
    assertThat(Bytes.utf8("ab").startsWith(Bytes.EMPTY)).isTrue();
    assertThat(Bytes.utf8("a").startsWith(Bytes.utf8("ab"))).isFalse();
    assertThat(Bytes.utf8("ab").startsWith(Bytes.utf8("b"))).isFalse();
  }

  @Test
  void asTextForPeopleItShowsEveryByteAndStaysShort() {
    assertThat(Bytes.hex("61220a5cff")).hasToString("\"a\\\"\\x0a\\\\\\xff\"");
    assertThat(Bytes.wrap(new byte[1000]).toString()).endsWith("... (1000 bytes)").hasSizeLessThan(300);
  }
}
