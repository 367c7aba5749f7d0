package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The leader's memory: looking a key up, a page of a scan, and putting an event on top, committing it, and hearing that it is
 * projected.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MemtableBenchmark {
  private static final int PARTITION_KEYS = 10;
  private static final int KEYS = 10_000;
  private static final int PROJECTED_EVERY = 1_024;

  private final SplittableRandom random = new SplittableRandom(1);
  private final Memtable memtable = new Memtable(128L << 20, 0);
  private final Bytes[] partitionKeys = new Bytes[PARTITION_KEYS];
  private final List<List<Mutation>> puts;
  private long lsn;

  public MemtableBenchmark() {
    for (int i = 0; i < PARTITION_KEYS; i++) {
      partitionKeys[i] = Bytes.utf8("bench/" + i);
    }
    List<List<Mutation>> made = new ArrayList<>(KEYS);
    for (int i = 0; i < KEYS; i++) {
      made.add(List.of(new Mutation.Put(Bytes.utf8("key-%08d".formatted(i)), Bytes.wrap(new byte[200]))));
    }
    puts = made;
    for (int i = 0; i < KEYS; i++) {
      putOne(i);
    }
  }

  @Benchmark
  public @Nullable MemtableEntry get() {
    int key = random.nextInt(KEYS);
    return memtable.entry(partitionKeys[key % PARTITION_KEYS], puts.get(key).get(0).key());
  }

  /** The looks that a linearizable get takes: for what is pending, for residence, for the entry. */
  @Benchmark
  public @Nullable MemtableEntry getAsReadsDo() {
    int key = random.nextInt(KEYS);
    Bytes partitionKey = partitionKeys[key % PARTITION_KEYS];
    Bytes sought = puts.get(key).get(0).key();
    MemtableEntry pending = memtable.entry(partitionKey, sought);
    if (pending == null || memtable.resident(partitionKey)) {
      throw new IllegalStateException("every key is here, and no partition key was made resident");
    }
    return memtable.entry(partitionKey, sought);
  }

  /** A page of a whole partition key of a thousand rows that is in memory. */
  @Benchmark
  public ScanMerge.Merged scanOf1000() {
    Bytes partitionKey = partitionKeys[random.nextInt(PARTITION_KEYS)];
    PartitionKeyTable table = memtable.table(partitionKey);
    ScanRequest request = ScanRequest.of(partitionKey, ScanOptions.all());
    if (table == null) {
      throw new IllegalStateException("every partition key is here");
    }
    ScanMerge.Merged page = Scans.resident(table, request);
    if (page.entries().size() != KEYS / PARTITION_KEYS) {
      throw new IllegalStateException("every partition key has as many rows, this one " + page.entries().size());
    }
    return page;
  }

  @Benchmark
  public long put() {
    putOne(random.nextInt(KEYS));
    return memtable.bytes();
  }

  private void putOne(int key) {
    Bytes partitionKey = partitionKeys[key % PARTITION_KEYS];
    List<Mutation> mutations = puts.get(key);
    lsn++;
    memtable.append(partitionKey, mutations, lsn);
    memtable.commit(partitionKey, mutations, lsn);
    if (lsn % PROJECTED_EVERY == 0) {
      memtable.projected(lsn);
    }
  }
}
