package io.logfold.benchmarks;

import java.util.SplittableRandom;

/**
 * Ranks of which the k-th is asked for in proportion to 1 / k^theta, for any number of items, which may differ from call
 * to call: by rejection-inversion (W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from monotone
 * discrete distributions", 1996), which is exact and needs no sum over all items, and so none to keep up to date while
 * items are added. Any thread.
 */
final class Zipfian {
  private final double theta;
  private final double atOne;
  private final double squeeze;

  /** @param theta above 0 and not 1; YCSB's is 0.99 */
  Zipfian(double theta) {
    if (!(theta > 0) || theta == 1) {
      throw new IllegalArgumentException("theta must be above 0 and not 1, got " + theta);
    }
    this.theta = theta;
    this.atOne = integral(1.5) - 1;
    this.squeeze = 2 - inverse(integral(2.5) - weight(2));
  }

  /** A rank from 0, the most popular, to items - 1. */
  int rank(int items, SplittableRandom random) {
    double atEnd = integral(items + 0.5);
    while (true) {
      double area = atEnd + random.nextDouble() * (atOne - atEnd);
      double place = inverse(area);
      long rank = Math.clamp((long) (place + 0.5), 1, items);
      if (rank - place <= squeeze || area >= integral(rank + 0.5) - weight(rank)) {
        return (int) rank - 1;
      }
    }
  }

  /**
   * Spreads popular ranks over all items, as YCSB's scrambled generator does: a hash (FNV-1a), modulo. Two ranks may fall
   * on one item, and an item may have none.
   */
  static int scrambled(int rank, int items) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < Long.BYTES; i++) {
      hash = (hash ^ ((long) rank >>> (8 * i) & 0xff)) * 0x100000001b3L;
    }
    return (int) Long.remainderUnsigned(hash, items);
  }

  private double weight(double x) {
    return Math.pow(x, -theta);
  }

  /** Of the weight, from 1 to x. */
  private double integral(double x) {
    return Math.expm1((1 - theta) * Math.log(x)) / (1 - theta);
  }

  private double inverse(double area) {
    return Math.exp(Math.log1p(Math.max(-1, area * (1 - theta))) / (1 - theta));
  }
}
