package io.logfold.query.values;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.log.GenesisConfig;
import io.logfold.log.Outcome;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.ScannedLogs;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EncryptedValuesTest {
  private static LogBuilder log(int partition) {
    return new LogBuilder("s", partition).genesis(GenesisConfig.defaults(2)).claim("a").put("k", "v").delete("k")
        .stray(Bytes.utf8("a stranger's"));
  }

  private static Bytes sealed() {
    return StoredValues.seal("s", Bytes.utf8("p"), Bytes.utf8("k"), Bytes.utf8("v"), KeyId.random(new Random(1)),
        new byte[StoredValues.DATA_KEY_BYTES], new byte[12]);
  }

  @Test
  void oneOfThemInAnyPartitionIsFound() {
    LogBuilder with = log(1);
    with.event(with.request(), List.of(new Mutation.Put(Bytes.utf8("k"), sealed())), Outcome.APPLIED).put("k", "w");
    ScannedLogs logs = new ScannedLogs().with(0, log(0).records()).with(1, with.records());
    assertThat(EncryptedValues.in(logs, 2)).isTrue();
    assertThat(EncryptedValues.in(logs, 1)).isFalse();
  }

  @Test
  void oneOfAnEventThatNeverCountedIsFoundToo() {
    LogBuilder with = log(0);
    with.stray(with.nextPut("k", "lost")); // what is chained to it is void
    LogBuilder ahead = log(0).put("k", "lost");
    ahead.event(ahead.request(), List.of(new Mutation.Put(Bytes.utf8("k"), sealed())), Outcome.APPLIED);
    with.stray(ahead.records().getLast().value());
    assertThat(EncryptedValues.in(new ScannedLogs().with(0, with.records()), 1)).isTrue();
  }

  @Test
  void plainValuesAndAnEmptyLogHoldNone() {
    LogBuilder plain = log(0);
    plain.event(plain.request(), List.of(new Mutation.Put(Bytes.utf8("k"), StoredValues.plain(sealed()))), Outcome.APPLIED);
    assertThat(EncryptedValues.in(new ScannedLogs().with(0, plain.records()), 2)).isFalse();
  }
}
