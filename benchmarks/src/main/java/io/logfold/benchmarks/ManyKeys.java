package io.logfold.benchmarks;

import io.logfold.api.client.LogfoldClient;
import io.logfold.log.PartitionHash;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an operation costs with few keys and with many, all of them in memory, and what a key costs: two nodes side by side,
 * measured in the same rounds. A key's name is made when it is asked for, with few keys too, so that both pay for it.
 */
final class ManyKeys {
  private static final double PROMISED = 1.5;
  private static final Duration PATIENCE = Duration.ofMinutes(30);
  /** What the memtable counts for a key beside its bytes is 160, and as much for its value while a write is under way. */
  private static final long MEMTABLE_BYTES_BESIDE_VALUE = 300;
  /** Of the node's heap for a key beside its bytes, with room to collect in. */
  private static final long HEAP_BYTES_BESIDE_VALUE = 700;
  private static final long LEAST_HEAP_MIB = 1_024;
  private static final int CLASSES_SHOWN = 6;

  private final ScaleDriver.Settings settings;
  private final PrintStream out;

  ManyKeys(ScaleDriver.Settings settings, PrintStream out) {
    this.settings = settings;
    this.out = out;
  }

  /** A node, filled. */
  private record Filled(DevProcess node, LogfoldClient client, KeySpace keys, List<String> facts) {}

  /** @param memtableMib of the node with many keys; 0: so much that all of them stay in memory */
  void run(Scratch scratch, Report report, int few, int many, long memtableMib) throws Exception {
    Filled small = fill(scratch, few, 0);
    Filled large = fill(scratch, many, memtableMib);
    List<Case> rows = new ArrayList<>();
    for (boolean writes : new boolean[] {false, true}) {
      rows.add(row(small, writes));
      rows.add(row(large, writes));
    }
    settings.rounds().measure(rows, out);
    report.line("### Many keys");
    small.facts().forEach(report::line);
    large.facts().forEach(report::line);
    report.table(rows, "", row -> "");
    for (int i = 0; i < rows.size(); i += 2) {
      Case atFew = rows.get(i);
      Case atMany = rows.get(i + 1);
      double cpu = atMany.cpuMicros() / atFew.cpuMicros();
      report.promise(String.format(Locale.ROOT, "%s: processor time with %,d keys, of that with %,d, at most %.1f",
          i == 0 ? "get" : "SetIf", many, few, PROMISED), cpu <= PROMISED, String.format(Locale.ROOT,
          "%.2f; throughput %.2f of it", cpu, atMany.medianPerSecond() / atFew.medianPerSecond()));
    }
    report.line("");
  }

  private Case row(Filled filled, boolean writes) {
    int lanes = settings.inFlight();
    KeySpace keys = filled.keys().forLanes(lanes);
    Work work = writes ? StoreWork.setIf(filled.client(), keys) : StoreWork.get(filled.client(), keys);
    String label = String.format(Locale.ROOT, "%s, %,d keys", writes ? "SetIf (revisionIs)" : "get, linearizable", keys.size());
    return new Case(new ScaleDriver.Row(label), lanes, length -> ClosedLoop.run(work, lanes, length),
        () -> Machine.ownCpu().plus(filled.node().cpu()));
  }

  private Filled fill(Scratch scratch, int count, long givenMemtableMib) throws Exception {
    long bytes = settings.valueBytes() + KeySpace.KEY_BYTES;
    KeySpace keys = KeySpace.ofMany(count, settings.partitionKeys(), settings.valueBytes());
    long memtableMib =
        givenMemtableMib > 0 ? givenMemtableMib : 64 + (heldAlike(keys) * (bytes + MEMTABLE_BYTES_BESIDE_VALUE) >> 20);
    long heapMib = LEAST_HEAP_MIB + (count * (bytes + HEAP_BYTES_BESIDE_VALUE) >> 20);
    Path data = scratch.folder().resolve("keys-" + count);
    DevProcess node = scratch.keep(DevProcess.start(settings.root(), data,
        settings.nodeOptions("--memtable-mib", Long.toString(memtableMib)), "-Xmx" + heapMib + "m"));
    LogfoldClient client = scratch.keep(LogfoldClient.connect(node.url()));
    NodeMemory empty = NodeMemory.of(node.pid());
    Map<String, Long> emptyDisk = onDisk(data);
    double perSecond = BulkFill.run(client, keys);
    Duration behind;
    try (TableProgress table = new TableProgress(node.url())) {
      behind = table.awaitAllOf(keys, ScaleDriver.PARTITIONS, PATIENCE);
    }
    out.printf(Locale.ROOT, "filled %,d keys, %,.0f/s; the table had them %.1f s later%n", count, perSecond,
        behind.toMillis() / 1e3);
    NodeMemory full = NodeMemory.of(node.pid());
    List<String> facts = List.of(
        String.format(Locale.ROOT, "- %,d keys over %d partition keys, values of %d bytes: filled with %,.0f/s, in the table"
            + " %.1f s behind the last acknowledgement; memtable of %,d MiB, heap of at most %,d MiB", count, settings.partitionKeys(),
            settings.valueBytes(), perSecond, behind.toMillis() / 1e3, memtableMib, heapMib),
        String.format(Locale.ROOT, "- %,d keys: %,.0f bytes of heap for a key after a full collection, of which key and value"
            + " have %d (%,d MiB in all, %,d MiB before it was filled); %,d MiB resident, %,.0f bytes for a key", count,
            (full.liveBytes() - empty.liveBytes()) / (double) count, bytes, full.liveBytes() >> 20, empty.liveBytes() >> 20,
            full.residentBytes() >> 20, (full.residentBytes() - empty.residentBytes()) / (double) count),
        String.format(Locale.ROOT, "- %,d keys: bytes of heap for a key by class: %s", count, byClass(empty, full, count)),
        String.format(Locale.ROOT, "- %,d keys: bytes on disk for a key: %s", count, onDisk(emptyDisk, onDisk(data), count)));
    facts.forEach(out::println);
    return new Filled(node, client, keys, facts);
  }

  /**
   * Keys that the store would have if each partition had as many as the one with the most: each takes the same share of the
   * memtable, and partition keys do not come to all alike.
   */
  private static long heldAlike(KeySpace keys) {
    long[] held = new long[ScaleDriver.PARTITIONS];
    for (int key = 0; key < keys.size(); key++) {
      held[PartitionHash.partition(keys.partitionKey(key), ScaleDriver.PARTITIONS)]++;
    }
    return ScaleDriver.PARTITIONS * Arrays.stream(held).max().orElse(0);
  }

  private static String byClass(NodeMemory empty, NodeMemory full, int count) {
    record Share(String name, double bytes) {}
    return full.bytesByClass().entrySet().stream()
        .map(each -> new Share(each.getKey(),
            (each.getValue() - empty.bytesByClass().getOrDefault(each.getKey(), 0L)) / (double) count))
        .sorted((a, b) -> Double.compare(b.bytes(), a.bytes())).limit(CLASSES_SHOWN)
        .map(share -> String.format(Locale.ROOT, "%s %.1f", simple(share.name()), share.bytes())).collect(Collectors.joining(", "));
  }

  private static String simple(String className) {
    String last = className.substring(className.lastIndexOf('.') + 1);
    return className.equals("[B") ? "byte[]" : className.equals("[I") ? "int[]" : className.equals("[J") ? "long[]"
        : className.startsWith("[L") ? last.replace(";", "[]") : last;
  }

  private static String onDisk(Map<String, Long> empty, Map<String, Long> full, int count) {
    return full.entrySet().stream()
        .map(each -> Map.entry(each.getKey(), (each.getValue() - empty.getOrDefault(each.getKey(), 0L)) / (double) count))
        .filter(each -> each.getValue() >= 1)
        .map(each -> String.format(Locale.ROOT, "%s %.0f", each.getKey(), each.getValue())).collect(Collectors.joining(", "));
  }

  /** Bytes in each folder of the node's data; empty where a file went away meanwhile. */
  private static Map<String, Long> onDisk(Path data) throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      return files.filter(Files::isRegularFile).collect(Collectors.groupingBy(
          file -> data.relativize(file).getName(0).toString(), TreeMap::new, Collectors.summingLong(ManyKeys::size)));
    } catch (UncheckedIOException e) {
      return Map.of();
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0; // a compaction has removed it meanwhile
    }
  }
}
