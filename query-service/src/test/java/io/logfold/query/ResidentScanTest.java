package io.logfold.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
import io.logfold.api.KeyRange;
import io.logfold.api.ScanRequest;
import io.logfold.projector.table.Table;
import io.logfold.query.ScanMerge.Merged;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Pages of a partition key that is wholly in memory. */
class ResidentScanTest {
  private static final Bytes PK = Bytes.utf8("pk");
  private static final int KEYS = 40;

  private final PartitionKeyTable table = new PartitionKeyTable(PK);

  @Test
  void aPageIsTheFirstOfTheLivingKeysInItsRange() {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 300; round++) {
      table.entries.clear();
      List<Entry> living = fill(random);
      ScanRequest request = request(range(random), 1 + random.nextInt(KEYS), random.nextBoolean(), random.nextBoolean());
      List<Entry> all = new ArrayList<>();
      for (Entry entry : living) {
        if (request.range().contains(entry.key())) {
          all.add(request.keysOnly() ? new Entry(PK, entry.key(), Bytes.EMPTY, entry.revision()) : entry);
        }
      }
      if (request.reverse()) {
        Collections.reverse(all);
      }
      Merged page = Scans.resident(table, request);
      assertThat(page.entries()).as("%s", request).isEqualTo(all.subList(0, Math.min(request.pageSize(), all.size())));
      assertThat(page.more()).as("%s", request).isEqualTo(all.size() > request.pageSize());
    }
  }

  @Test
  void aPageIsFullWhereItsBytesAre() {
    byte[] value = new byte[390 * 1024];
    for (int i = 0; i < 14; i++) {
      put("k" + (10 + i), Bytes.wrap(value), i + 1);
    }
    int fitting = Table.PAGE_BYTES / value.length + 1;
    Merged page = Scans.resident(table, request(KeyRange.ALL, 1_000, false, false));
    assertThat(page.entries()).hasSize(fitting);
    assertThat(page.more()).isTrue();
    KeyRange rest = KeyRange.ALL.beyond(page.entries().getLast().key(), false);
    Merged last = Scans.resident(table, request(rest, 1_000, false, false));
    assertThat(last.entries()).hasSize(14 - fitting);
    assertThat(last.more()).isFalse();
    assertThat(Scans.resident(table, request(KeyRange.ALL, 1_000, false, true)).entries()).hasSize(14);
  }

  /** Keys that are there, keys that were deleted, and keys of which nothing but a change under way is known. */
  private List<Entry> fill(SplittableRandom random) {
    List<Entry> living = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      String key = "k" + (100 + i);
      int kind = random.nextInt(5);
      if (kind == 0) {
        MemtableEntry deleted = table.entry(Bytes.utf8(key));
        deleted.known = true;
        deleted.revision = i;
      } else if (kind == 1) {
        MemtableEntry begun = table.entry(Bytes.utf8(key));
        begun.pendingRevision = 1_000 + i;
        begun.pendingValue = Bytes.utf8("not yet");
      } else {
        Bytes value = kind == 2 ? Bytes.EMPTY : Bytes.utf8("v" + i);
        put(key, value, i + 1);
        living.add(new Entry(PK, Bytes.utf8(key), value, i + 1));
      }
    }
    return living;
  }

  private void put(String key, Bytes value, long revision) {
    MemtableEntry entry = table.entry(Bytes.utf8(key));
    entry.known = true;
    entry.value = value;
    entry.revision = revision;
  }

  private static KeyRange range(SplittableRandom random) {
    Bytes start = random.nextBoolean() ? Bytes.EMPTY : Bytes.utf8("k" + (95 + random.nextInt(KEYS)));
    return new KeyRange(start,
        random.nextBoolean() ? Optional.empty() : Optional.of(Bytes.utf8("k" + (100 + random.nextInt(KEYS + 5)))));
  }

  private static ScanRequest request(KeyRange range, int pageSize, boolean reverse, boolean keysOnly) {
    return new ScanRequest(PK, range, pageSize, reverse, keysOnly, Consistency.LINEARIZABLE, false, Optional.empty());
  }
}
