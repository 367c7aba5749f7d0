package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import java.util.SplittableRandom;

/**
 * The keys of one store under load, the revision that each had last, and the values that are written. A lane writes
 * keys of its own alone, so that no SetIf of a healthy store meets another one.
 */
final class KeySpace {
  private static final int VALUES = 1_024;

  private final Bytes[] partitionKeys;
  private final Bytes[] keys;
  private final Bytes[] values = new Bytes[VALUES];
  private final long[] revisions;
  private final int lanes;
  private final SplittableRandom[] randoms;
  /** For what must differ from run to run: to a store that runs on, the same request id is the same request. */
  private final SplittableRandom[] ids;

  private KeySpace(Bytes[] partitionKeys, Bytes[] keys, int valueBytes, long[] revisions, int lanes, long seed) {
    this.partitionKeys = partitionKeys;
    this.keys = keys;
    this.revisions = revisions;
    this.lanes = lanes;
    this.randoms = new SplittableRandom[lanes];
    this.ids = new SplittableRandom[lanes];
    SplittableRandom random = new SplittableRandom(seed);
    for (int lane = 0; lane < lanes; lane++) {
      randoms[lane] = random.split();
      ids[lane] = new SplittableRandom();
    }
    for (int i = 0; i < VALUES; i++) {
      byte[] value = new byte[valueBytes];
      random.nextBytes(value);
      values[i] = Bytes.wrap(value);
    }
  }

  /** Keys spread evenly over the partition keys. */
  static KeySpace of(int keyCount, int partitionKeyCount, int valueBytes) {
    Bytes[] partitionKeys = new Bytes[partitionKeyCount];
    for (int i = 0; i < partitionKeyCount; i++) {
      partitionKeys[i] = Bytes.utf8("bench/" + i);
    }
    Bytes[] keys = new Bytes[keyCount];
    for (int i = 0; i < keyCount; i++) {
      keys[i] = Bytes.utf8("key-%08d".formatted(i));
    }
    return new KeySpace(partitionKeys, keys, valueBytes, new long[keyCount], 1, 1);
  }

  /** The same keys and revisions, shared among so many lanes. */
  KeySpace forLanes(int newLanes) {
    if (newLanes > keys.length) {
      throw new IllegalArgumentException(newLanes + " lanes need as many keys, there are " + keys.length);
    }
    return new KeySpace(partitionKeys, keys, values[0].size(), revisions, newLanes, newLanes);
  }

  int size() {
    return keys.length;
  }

  int partitionKeyCount() {
    return partitionKeys.length;
  }

  /** One of the lane's own keys. */
  int own(int lane) {
    int share = (keys.length - lane + lanes - 1) / lanes;
    return lane + lanes * randoms[lane].nextInt(share);
  }

  /** Any key. */
  int any(int lane) {
    return randoms[lane].nextInt(keys.length);
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

  Bytes key(int key) {
    return keys[key];
  }

  long revision(int key) {
    return revisions[key];
  }

  void written(int key, long revision) {
    revisions[key] = revision;
  }

  /** The identity of a new write. */
  RequestInfo request(int lane) {
    return new RequestInfo(RequestId.random(ids[lane]), 1, System.currentTimeMillis());
  }
}
