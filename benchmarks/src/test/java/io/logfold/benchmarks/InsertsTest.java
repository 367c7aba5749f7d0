package io.logfold.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class InsertsTest {
  @Test
  void aKeyBehindOneThatIsStillBeingAddedMayNotBeReadYet() {
    Inserts inserts = new Inserts(100);
    assertThat(inserts.newest()).isEqualTo(99);
    assertThat(inserts.next()).isEqualTo(100);
    assertThat(inserts.next()).isEqualTo(101);
    assertThat(inserts.next()).isEqualTo(102);
    inserts.acknowledged(101);
    assertThat(inserts.newest()).isEqualTo(99);
    inserts.acknowledged(100);
    assertThat(inserts.newest()).isEqualTo(101);
    inserts.acknowledged(102);
    assertThat(inserts.newest()).isEqualTo(102);
  }
}
