package io.logfold.standalone.jsonl;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.EntryIterator;
import io.logfold.api.Limits;
import io.logfold.api.ScanOptions;
import io.logfold.api.Store;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** What stores hold, and awkward things to hold. */
public final class Rows {
  private Rows() {}

  /** All but the marks of imports. */
  public static Map<Bytes, Map<Bytes, Bytes>> of(Store store) {
    BlockingStore reading = new BlockingStore(store);
    Map<Bytes, Map<Bytes, Bytes>> all = new TreeMap<>();
    for (Bytes partitionKey : reading.partitionKeys()) {
      if (!partitionKey.equals(RowMark.PARTITION_KEY)) {
        Map<Bytes, Bytes> rows = new TreeMap<>();
        try (EntryIterator entries = reading.scan(partitionKey, ScanOptions.all())) {
          while (entries.next()) {
            rows.put(entries.entry().key(), entries.entry().value());
          }
          entries.error().ifPresent(e -> {
            throw e;
          });
        }
        all.put(partitionKey, rows);
      }
    }
    return all;
  }

  /** So many keys under so many partition keys: any bytes, of any legal length, some values empty, some text. */
  public static Map<Bytes, Map<Bytes, Bytes>> nasty(int keys, int partitionKeys, long seed) {
    Random random = new Random(seed);
    Bytes[] names = new Bytes[partitionKeys];
    for (int i = 0; i < partitionKeys; i++) {
      names[i] = i == 0 ? Bytes.wrap(new byte[] {0}) : i == 1 ? Bytes.wrap(new byte[] {(byte) 0xFF, 0, '\n'})
          : i == 2 ? bytes(random, Limits.MAX_PARTITION_KEY_BYTES) : Bytes.utf8("p\u00e4rtition\"" + i + "\\\n");
    }
    Map<Bytes, Map<Bytes, Bytes>> all = new TreeMap<>();
    for (int i = 0; i < keys; i++) {
      Bytes key = switch (i % 5) {
        case 0 -> bytes(random, 1 + random.nextInt(20));
        case 1 -> Bytes.utf8("key \u20ac \uD83D\uDE00 " + i);
        case 2 -> i % 1_000 == 2 ? bytes(random, Limits.MAX_KEY_BYTES) : Bytes.wrap(new byte[] {0, (byte) (i >> 8), (byte) i, 0});
        case 3 -> Bytes.utf8("{\"end\":\"" + i + "\"}\n");
        default -> Bytes.utf8("plain-" + i);
      };
      Bytes value = switch (i % 4) {
        case 0 -> Bytes.EMPTY;
        case 1 -> bytes(random, random.nextInt(200));
        case 2 -> Bytes.utf8("value " + i + "\u0000\t\"\\");
        default -> i == 3 ? bytes(random, Limits.MAX_VALUE_BYTES) : Bytes.wrap(new byte[] {(byte) 0xC3, (byte) 0x28});
      };
      all.computeIfAbsent(names[i % partitionKeys], name -> new TreeMap<>()).put(key, value);
    }
    return all;
  }

  private static Bytes bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Bytes.wrap(bytes);
  }
}
