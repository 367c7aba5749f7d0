package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The keys of one store under load, the revision that each had last, and the values that are written. A lane writes
 * keys of its own alone, so that no SetIf of a healthy store meets another one.
 */
final class KeySpace {
  /** Of each key's name. */
  static final int KEY_BYTES = 12;
  private static final int VALUES = 1_024;

  private final Bytes[] partitionKeys;
  private final int size;
  /** The names of the first of them, which are kept; the others' are made when they are asked for. */
  private final Bytes[] keys;
  private final Bytes[] values;
  private final AtomicLongArray revisions;
  private final int lanes;
  private final SplittableRandom[] randoms;
  /** For what must differ from run to run: to a store that runs on, the same request id is the same request. */
  private final SplittableRandom[] ids;

  private KeySpace(Bytes[] partitionKeys, int size, Bytes[] keys, Bytes[] values, AtomicLongArray revisions, int lanes) {
    this.partitionKeys = partitionKeys;
    this.size = size;
    this.keys = keys;
    this.values = values;
    this.revisions = revisions;
    this.lanes = lanes;
    this.randoms = new SplittableRandom[lanes];
    this.ids = new SplittableRandom[lanes];
    SplittableRandom random = new SplittableRandom(lanes);
    for (int lane = 0; lane < lanes; lane++) {
      randoms[lane] = random.split();
      ids[lane] = new SplittableRandom();
    }
  }

  /** Keys spread evenly over the partition keys. */
  static KeySpace of(int keyCount, int partitionKeyCount, int valueBytes) {
    return of("bench", keyCount, partitionKeyCount, valueBytes);
  }

  /** @param name what the partition keys begin with: others of one store have another */
  static KeySpace of(String name, int keyCount, int partitionKeyCount, int valueBytes) {
    return of(name, keyCount, keyCount, partitionKeyCount, valueBytes);
  }

  /** Of so many keys that their names would take too much of the driver's memory: each is made when it is asked for. */
  static KeySpace ofMany(int keyCount, int partitionKeyCount, int valueBytes) {
    return of("bench", keyCount, 0, partitionKeyCount, valueBytes);
  }

  private static KeySpace of(String name, int keyCount, int keptNames, int partitionKeyCount, int valueBytes) {
    Bytes[] partitionKeys = new Bytes[partitionKeyCount];
    for (int i = 0; i < partitionKeyCount; i++) {
      partitionKeys[i] = Bytes.utf8(name + "/" + i);
    }
    Bytes[] keys = new Bytes[keptNames];
    for (int i = 0; i < keptNames; i++) {
      keys[i] = name(i);
    }
    Bytes[] values = new Bytes[VALUES];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < VALUES; i++) {
      byte[] value = new byte[valueBytes];
      random.nextBytes(value);
      values[i] = Bytes.wrap(value);
    }
    return new KeySpace(partitionKeys, keyCount, keys, values, new AtomicLongArray(keyCount), 1);
  }

  /** The same keys and revisions, shared among so many lanes. */
  KeySpace forLanes(int newLanes) {
    if (newLanes > size) {
      throw new IllegalArgumentException(newLanes + " lanes need as many keys, there are " + size);
    }
    return sharedBy(newLanes);
  }

  /** The same for so many lanes none of which has keys of its own. */
  KeySpace sharedBy(int newLanes) {
    return new KeySpace(partitionKeys, size, keys, values, revisions, newLanes);
  }

  int size() {
    return size;
  }

  int partitionKeyCount() {
    return partitionKeys.length;
  }

  /** One of the lane's own keys. */
  int own(int lane) {
    int share = (size - lane + lanes - 1) / lanes;
    return lane + lanes * randoms[lane].nextInt(share);
  }

  /** Any key. */
  int any(int lane) {
    return randoms[lane].nextInt(size);
  }

  Bytes anyValue(int lane) {
    return values[randoms[lane].nextInt(VALUES)];
  }

  Bytes partitionKey(int key) {
    return partitionKeys[key % partitionKeys.length];
  }

  Bytes anyPartitionKey(int lane) {
    return partitionKeys[randoms[lane].nextInt(partitionKeys.length)];
  }

  /** Also of a number that is not below {@link #size}: such keys are added meanwhile, and no revision of them is remembered. */
  Bytes key(int key) {
    return key < keys.length ? keys[key] : name(key);
  }

  /** Whose order is that of the numbers. */
  private static Bytes name(int key) {
    byte[] name = {'k', 'e', 'y', '-', '0', '0', '0', '0', '0', '0', '0', '0'};
    int rest = key;
    for (int i = name.length - 1; rest > 0; i--) {
      name[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return Bytes.wrap(name);
  }

  long revision(int key) {
    return key < size ? revisions.getAcquire(key) : 0;
  }

  void written(int key, long revision) {
    if (key < size) {
      revisions.setRelease(key, revision);
    }
  }

  /** What a scan of at most so many rows from this key on must have found: the keys behind it, and those that were added. */
  void checkScan(int key, int rows, int found) {
    int least = Math.min(rows, (size - key + partitionKeys.length - 1) / partitionKeys.length);
    if (found < least || found > rows) {
      throw new IllegalStateException("a scan of " + rows + " rows from " + key(key) + " on gave " + found);
    }
  }

  /**
   * A value that no other revision has, the same one each time it is asked for: for who compares values, and counts
   * revisions himself.
   */
  byte[] valueOf(long revision) {
    byte[] value = values[(int) (revision % VALUES)].toArray();
    ByteBuffer.wrap(value).putLong(0, revision);
    return value;
  }

  /**
   * The first of so many keys of one partition key, all of them the lane's own: they are a whole number of groups of
   * that size in each partition key, and at least as many groups as lanes. The others follow in steps of {@link
   * #partitionKeyCount}.
   */
  int ownGroup(int lane, int groupSize) {
    int groups = size / groupSize;
    int share = (groups - lane + lanes - 1) / lanes;
    int group = lane + lanes * randoms[lane].nextInt(share);
    return group % partitionKeys.length + group / partitionKeys.length * groupSize * partitionKeys.length;
  }

  /** A number below the bound. */
  int below(int lane, int bound) {
    return randoms[lane].nextInt(bound);
  }

  /** The lane's own. */
  SplittableRandom random(int lane) {
    return randoms[lane];
  }

  /** The identity of a new write. */
  RequestInfo request(int lane) {
    return new RequestInfo(RequestId.random(ids[lane]), 1, System.currentTimeMillis());
  }
}
