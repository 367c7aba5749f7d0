package io.logfold.log.model;

/**
 * One log record as an int, for states are copied millions of times.
 *
 * <p>Beside what the law puts into a record there are three marks that belong to its sender: {@code live} (the process
 * that sent it still waits for it), {@code age} (ticks since it was sent, while live), {@code acked} (the client was
 * told OK) and, under one mutation, {@code denied} (the client was told NOT_APPLIED).
 */
final class Rec {
  static final int CLAIM = 1;
  static final int EVENT = 2;
  /** Renew or Barrier: the same to fold, lease and read rule. */
  static final int RENEW = 3;
  static final int RESIGN = 4;
  static final int STRAY = 5;

  static final int WIDTH = 21;

  private static final int NODE_MASK = 3 << 3;

  private Rec() {}

  /**
   * @param token of a token record; prevToken of a claim
   * @param number the LSN of a token record; the basis of a claim
   */
  static int of(int kind, int node, int token, int number) {
    return kind | node << 3 | token << 5 | number << 9 | 1 << 13;
  }

  static int stray() {
    return STRAY;
  }

  static int kind(int rec) {
    return rec & 7;
  }

  static int node(int rec) {
    return rec >>> 3 & 3;
  }

  static int token(int rec) {
    return rec >>> 5 & 15;
  }

  static int number(int rec) {
    return rec >>> 9 & 15;
  }

  /** The same record, of another node. */
  static int withNode(int rec, int node) {
    return rec & ~NODE_MASK | node << 3;
  }

  static int withNumbers(int rec, int token, int number) {
    return rec & ~(15 << 5 | 15 << 9) | token << 5 | number << 9;
  }

  static boolean live(int rec) {
    return (rec >>> 13 & 1) == 1;
  }

  static boolean acked(int rec) {
    return (rec >>> 14 & 1) == 1;
  }

  static int age(int rec) {
    return rec >>> 15 & 3;
  }

  /** Its prevHash is not the one an honest reader of the same prefix has. */
  static boolean wrongHash(int rec) {
    return (rec >>> 17 & 1) == 1;
  }

  static boolean denied(int rec) {
    return (rec >>> 18 & 1) == 1;
  }

  /** The node that a Resign names as successor; -1 for none. Only mutations look at it: to the law it is a hint. */
  static int successor(int rec) {
    return (rec >>> 19 & 3) - 1;
  }

  static int withSuccessor(int rec, int node) {
    return rec & ~(3 << 19) | (node + 1) << 19;
  }

  static boolean isLiveOf(int rec, int node) {
    return live(rec) && node(rec) == node && kind(rec) != STRAY;
  }

  static int withAge(int rec, int age) {
    return rec & ~(3 << 15) | age << 15;
  }

  static int withAck(int rec) {
    return rec | 1 << 14;
  }

  static int withoutAck(int rec) {
    return rec & ~(1 << 14);
  }

  static int withDenial(int rec) {
    return rec | 1 << 18;
  }

  static int withWrongHash(int rec) {
    return rec | 1 << 17;
  }

  /** Nobody waits for it any more: its age can no longer matter. */
  static int orphaned(int rec) {
    return withAge(rec & ~(1 << 13), 0);
  }

  static String text(int rec) {
    char node = (char) ('A' + node(rec));
    return switch (kind(rec)) {
      case CLAIM -> "Claim(%c prevToken=%d basis=%d)".formatted(node, token(rec), number(rec));
      case EVENT -> "Event(%c token=%d lsn=%d)".formatted(node, token(rec), number(rec));
      case RENEW -> "Barrier(%c token=%d lsn=%d)".formatted(node, token(rec), number(rec));
      case RESIGN -> "Resign(%c token=%d lsn=%d%s)".formatted(node, token(rec), number(rec),
          successor(rec) < 0 ? "" : " successor=" + (char) ('A' + successor(rec)));
      default -> "Stray";
    };
  }
}
