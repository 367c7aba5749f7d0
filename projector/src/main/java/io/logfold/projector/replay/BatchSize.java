package io.logfold.projector.replay;

/**
 * When a batch is applied at the latest.
 *
 * @param events so many wait
 * @param bytes keys and values of so many bytes wait
 */
public record BatchSize(int events, long bytes) {
  /** Large, since nobody waits for a single event of a replay. */
  public static final BatchSize BULK = new BatchSize(20_000, 16 << 20);

  public BatchSize {
    if (events < 1 || bytes < 1) {
      throw new IllegalArgumentException("events and bytes are 1 or more, got " + events + ", " + bytes);
    }
  }
}
