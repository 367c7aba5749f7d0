package io.logfold.log.model;

import java.util.Arrays;
import java.util.List;

/**
 * How a partition begins: several nodes, not all configured alike, find an empty log and each writes a Genesis; a
 * claim from a former life of the topic may come first.
 *
 * <p>A node reads from the beginning. At the end of a log without Genesis it sends its own, once. It goes by the
 * first Genesis it reads: its own configuration, then it takes part and may claim; another, then it is refused.
 * Claims are reduced to the question whether one takes effect; the rest of leadership is in {@link CoreModel}.
 *
 * <p><b>The mend that this model carries:</b> before the first Genesis nothing is valid, a claim neither. The law's
 * fold does not say what its state is before the first record; see docs/MODEL.md.
 */
final class GenesisModel implements StateSpace<GenesisModel.State> {
  private static final int MAX_LOG = 6;
  private static final int MAX_FLIGHT = 6;

  private static final int NONE = 0;
  private static final int GENESIS = 1;
  private static final int CLAIM = 2;

  private static final int READING = 0;
  private static final int SENT_GENESIS = 1;
  private static final int MEMBER = 2;
  private static final int REFUSED = 3;
  private static final int CLAIMING = 4;
  private static final int LEADING = 5;

  /** Nodes A and C are configured alike, B differently. */
  private static final int[] CONFIG = {0, 1, 0};

  private final int nodes;
  private final Law law;

  GenesisModel(int nodes, Law law) {
    this.nodes = nodes;
    this.law = law;
  }

  /** A record is kind, node and basis, packed; a claim of nobody here has node 3. */
  static final class State {
    int length;
    final int[] log = new int[MAX_LOG];
    int inFlight;
    final int[] flight = new int[MAX_FLIGHT];
    final int[] position;
    final int[] mode;
    boolean foreignClaimLeft = true;
    boolean duplicateLeft = true;

    State(int nodes) {
      position = new int[nodes];
      mode = new int[nodes];
    }

    State copy() {
      State copy = new State(mode.length);
      copy.length = length;
      copy.inFlight = inFlight;
      System.arraycopy(log, 0, copy.log, 0, MAX_LOG);
      System.arraycopy(flight, 0, copy.flight, 0, MAX_FLIGHT);
      System.arraycopy(position, 0, copy.position, 0, position.length);
      System.arraycopy(mode, 0, copy.mode, 0, mode.length);
      copy.foreignClaimLeft = foreignClaimLeft;
      copy.duplicateLeft = duplicateLeft;
      return copy;
    }

    void send(int rec) {
      flight[inFlight++] = rec;
      Arrays.sort(flight, 0, inFlight);
    }
  }

  private static int rec(int kind, int node, int basis) {
    return kind | node << 2 | basis << 4;
  }

  private static int kind(int rec) {
    return rec & 3;
  }

  private static int node(int rec) {
    return rec >>> 2 & 3;
  }

  private static int basis(int rec) {
    return rec >>> 4;
  }

  @Override
  public String name() {
    return "genesis/" + nodes + " nodes: " + law.words();
  }

  @Override
  public int words() {
    return 3;
  }

  @Override
  public State initial() {
    return new State(nodes);
  }

  /** Offset of the Genesis in force in a prefix, or -1. */
  private int genesis(State state, int length) {
    int found = -1;
    for (int offset = 0; offset < length; offset++) {
      if (kind(state.log[offset]) == GENESIS && (found < 0 || law.has(Mutation.LAST_GENESIS_WINS))) {
        found = offset;
      }
    }
    return found;
  }

  /** Offset of the claim in force, or -1: here the first that takes effect, for nobody claims over another. */
  private int token(State state, int length) {
    int lastValid = law.has(Mutation.CLAIM_BEFORE_GENESIS) ? 0 : MAX_LOG;
    for (int offset = 0; offset < length; offset++) {
      if (kind(state.log[offset]) == GENESIS && (lastValid == MAX_LOG || law.has(Mutation.LAST_GENESIS_WINS))) {
        lastValid = offset;
      }
      if (kind(state.log[offset]) == CLAIM && basis(state.log[offset]) >= lastValid) {
        return offset;
      }
    }
    return -1;
  }

  @Override
  public void moves(State state, Moves<State> out) {
    brokerMoves(state, out);
    for (int node = 0; node < nodes; node++) {
      nodeMoves(state, node, out);
    }
  }

  private void brokerMoves(State state, Moves<State> out) {
    if (state.length == MAX_LOG) {
      return;
    }
    for (int i = 0; i < state.inFlight; i++) {
      State next = state.copy();
      int rec = state.flight[i];
      System.arraycopy(state.flight, i + 1, next.flight, i, state.inFlight - i - 1);
      next.flight[--next.inFlight] = 0;
      next.log[next.length++] = rec;
      out.to(next, () -> text(rec) + " lands");
    }
    if (state.foreignClaimLeft) {
      State next = state.copy();
      next.foreignClaimLeft = false;
      next.log[next.length++] = rec(CLAIM, 3, 0);
      out.to(next, () -> "a claim from a former life of the topic lands");
    }
    if (state.duplicateLeft && state.length > 0) {
      State next = state.copy();
      next.duplicateLeft = false;
      next.log[next.length++] = state.log[0];
      out.to(next, () -> "the first record lands once more");
    }
  }

  private void nodeMoves(State state, int node, Moves<State> out) {
    String name = CoreModel.name(node);
    // A node that starts late finds several records at once and judges them together.
    for (int end = state.position[node] + 1; end <= state.length; end++) {
      State next = state.copy();
      next.position[node] = end;
      judge(next, node);
      out.to(next, () -> name + " reads up to offset " + (next.position[node] - 1));
    }
    if (state.position[node] == state.length) {
      actAtTheEnd(state, node, out);
    }
    believeAcknowledgement(state, node, out);
  }

  private void actAtTheEnd(State state, int node, Moves<State> out) {
    String name = CoreModel.name(node);
    if (state.mode[node] == READING) {
      State next = state.copy();
      next.mode[node] = SENT_GENESIS;
      next.send(rec(GENESIS, node, 0));
      out.to(next, () -> name + " finds no Genesis and sends its own");
    } else if (state.mode[node] == MEMBER && token(state, state.position[node]) < 0) {
      State next = state.copy();
      next.mode[node] = CLAIMING;
      next.send(rec(CLAIM, node, genesis(state, state.position[node])));
      out.to(next, () -> name + " claims");
    }
  }

  private void believeAcknowledgement(State state, int node, Moves<State> out) {
    if (state.mode[node] == SENT_GENESIS && law.has(Mutation.GENESIS_BY_ACKNOWLEDGEMENT) && landed(state, node)) {
      State next = state.copy();
      next.mode[node] = MEMBER;
      out.to(next, () -> CoreModel.name(node) + " takes the acknowledgement of its Genesis for success");
    }
  }

  private static boolean landed(State state, int node) {
    for (int offset = 0; offset < state.length; offset++) {
      if (state.log[offset] == rec(GENESIS, node, 0)) {
        return true;
      }
    }
    return false;
  }

  private void judge(State next, int node) {
    int genesis = genesis(next, next.position[node]);
    if (genesis >= 0 && next.mode[node] <= SENT_GENESIS) {
      int author = node(next.log[genesis]);
      next.mode[node] = CONFIG[author] == CONFIG[node] ? MEMBER : REFUSED;
    }
    int token = token(next, next.position[node]);
    if (token >= 0 && next.mode[node] == CLAIMING) {
      next.mode[node] = node(next.log[token]) == node ? LEADING : MEMBER;
    }
  }

  @Override
  public List<Invariant<State>> invariants() {
    return List.of(
        new Invariant<>("Genesis: who takes part is configured as the first Genesis says", this::configuredAlike),
        new Invariant<>("Genesis: no token is in force without it", this::tokenAfterGenesis),
        new Invariant<>("Genesis: at most one leads", GenesisModel::oneLeader));
  }

  private boolean configuredAlike(State state) {
    int first = -1;
    for (int offset = state.length - 1; offset >= 0; offset--) {
      first = kind(state.log[offset]) == GENESIS ? node(state.log[offset]) : first;
    }
    for (int node = 0; node < nodes; node++) {
      boolean takesPart = state.mode[node] == MEMBER || state.mode[node] >= CLAIMING;
      if (takesPart && (first < 0 || CONFIG[first] != CONFIG[node])) {
        return false;
      }
    }
    return true;
  }

  private boolean tokenAfterGenesis(State state) {
    int token = token(state, state.length);
    return token < 0 || genesis(state, token) >= 0;
  }

  private static boolean oneLeader(State state) {
    int leaders = 0;
    for (int mode : state.mode) {
      leaders += mode == LEADING ? 1 : 0;
    }
    return leaders <= 1;
  }

  @Override
  public void pack(State state, Bits.Writer out) {
    out.put(state.length, 4);
    for (int rec : state.log) {
      out.put(rec, 7);
    }
    for (int rec : state.flight) {
      out.put(rec, 7);
    }
    for (int node = 0; node < nodes; node++) {
      out.put(state.position[node], 3);
      out.put(state.mode[node], 3);
    }
    out.put(state.foreignClaimLeft);
    out.put(state.duplicateLeft);
  }

  @Override
  public State unpack(Bits.Reader in) {
    State state = new State(nodes);
    state.length = in.take(4);
    for (int i = 0; i < MAX_LOG; i++) {
      state.log[i] = in.take(7);
    }
    for (int i = 0; i < MAX_FLIGHT; i++) {
      state.flight[i] = in.take(7);
      state.inFlight += state.flight[i] == NONE ? 0 : 1;
    }
    for (int node = 0; node < nodes; node++) {
      state.position[node] = in.take(3);
      state.mode[node] = in.take(3);
    }
    state.foreignClaimLeft = in.takeFlag();
    state.duplicateLeft = in.takeFlag();
    return state;
  }

  private static String text(int rec) {
    return (kind(rec) == GENESIS ? "Genesis of " : "Claim of ") + CoreModel.name(node(rec));
  }

  @Override
  public String describe(State state) {
    StringBuilder text = new StringBuilder("[log:");
    for (int offset = 0; offset < state.length; offset++) {
      text.append(' ').append(offset).append('=').append(text(state.log[offset]));
    }
    return text.append(']').toString();
  }

  @Override
  public String toString() {
    return name();
  }
}
