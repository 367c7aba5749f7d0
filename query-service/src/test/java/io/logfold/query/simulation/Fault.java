package io.logfold.query.simulation;

/** What may go wrong in a run. Each seed chooses some of them, so that each also comes without the others. */
enum Fault {
  APPEND_NEVER_SENT("an append fails, surely not sent"),
  APPEND_LOST("an append fails, its fate unknown, and never comes; those behind it may"),
  APPEND_FAILED_IN_THE_LOG("an append fails, its fate unknown, and is in the log"),
  APPEND_LATE("an append fails, its fate unknown, and comes into the log later, perhaps behind another node's claim"),
  ACKNOWLEDGED_WITHOUT_OFFSET("an acknowledgement does not say where the record lies"),
  SLOW_ACKNOWLEDGEMENTS("acknowledgements take long, the records are in the log"),
  PAUSE("a process stands still, mostly past its lease, and goes on"),
  PAUSE_IN_MID_TURN("the same between two messages of one turn, with a read on its way"),
  MACHINE_SLEEPS("a process stands still, and so does its monotonic clock"),
  WALL_CLOCK_JUMPS("a wall clock is set forward or back"),
  CRASH("a process dies and is started anew; of what it had sent some still comes"),
  CRASH_IN_MID_TURN("the same between two messages of one turn"),
  CLEAN_SHUTDOWN("a process is closed, which resigns, and started anew"),
  PLANNED_MOVE("the leadership is given to another node"),
  RANKING_CHANGES("the placement, which is a hint, ranks the nodes anew; they may hear different things"),
  STARTED_TWICE("a node is started although its process before lives on for a while"),
  CUT_FROM_THE_LOG("a node reaches the log only later, and hears nothing of it"),
  READS_FAIL("a node cannot read the log"),
  DEPOSED_BROKER("a node reads from a broker that knows an old end of the log"),
  PEERS_CUT_OFF("a node does not reach the others"),
  STRAY("somebody else's bytes come into the log"),
  DUPLICATE("a record of the log comes into it a second time"),
  SLOW_TABLE("answers of the table are held, while others come and go"),
  TABLE_FAILS("the table is away"),
  TABLE_RESTORED("a table is lost, and projected from the start"),
  OTHER_TABLE_SERVES("the partition is served from the other table"),
  PROJECTOR_PAUSED("a projector stands still in mid-batch, and goes on"),
  RIVAL_PROJECTOR("a second projector works on the same table"),
  PROJECTOR_KILLED("a projector dies in mid-batch and begins anew");

  private final String words;

  Fault(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }
}
