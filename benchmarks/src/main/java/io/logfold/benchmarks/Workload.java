package io.logfold.benchmarks;

import io.logfold.benchmarks.PeerKeys.Wins;
import java.util.EnumSet;
import java.util.Set;

/**
 * What is asked of every peer, in the report's order: each is made of a {@link Peer}'s operations here, so that all
 * peers are asked for the same keys in the same manner.
 */
enum Workload {
  GET("get, linearizable", "get"),
  SET_IF("SetIf, uncontended", "setif"),
  CONTENDED("SetIf on 10 keys, won or lost", "contended"),
  SET("set", "set"),
  DELETE("delete, or set again", "delete"),
  SCAN("scan of 1,000", "scan"),
  COMMIT("commit of 10", "commit"),
  MIX("80 get, 10 set, 5 scan, 5 SetIf", "mix"),
  YCSB_A("YCSB A: 50 read, 50 update", "ycsb-a"),
  YCSB_B("YCSB B: 95 read, 5 update", "ycsb-b"),
  YCSB_C("YCSB C: read", "ycsb-c"),
  YCSB_D("YCSB D: 95 read latest, 5 insert", "ycsb-d"),
  YCSB_E("YCSB E: 95 scan of 1 to 100, 5 insert", "ycsb-e"),
  YCSB_F("YCSB F: 50 read, 50 read-modify-write", "ycsb-f");

  /** Those of the headline set. */
  static final Set<Workload> USUAL = EnumSet.range(GET, MIX);
  static final Set<Workload> YCSB = EnumSet.range(YCSB_A, YCSB_F);

  static final int COMMIT_KEYS = 10;

  final String label;
  final String option;

  Workload(String label, String option) {
    this.label = label;
    this.option = option;
  }

  /** @param keys of this peer, for so many lanes as will be driven */
  Work at(Peer peer, PeerKeys keys) {
    Work work = operations(peer, keys);
    return peer.blocks() ? Work.blocking(work) : work;
  }

  private Work operations(Peer peer, PeerKeys keys) {
    KeySpace own = keys.own();
    return switch (this) {
      case GET -> lane -> peer.get(own, own.any(lane));
      case SET_IF -> lane -> {
        int key = own.own(lane);
        return peer.setIf(own, lane, key).thenAccept(won -> {
          if (!won) {
            throw new IllegalStateException("nobody else writes " + own.key(key) + ", and still its SetIf was lost");
          }
        });
      };
      case CONTENDED -> {
        KeySpace few = keys.contended();
        Wins wins = keys.wins();
        yield lane -> peer.setIf(few, lane, few.any(lane)).thenAccept(wins::add);
      }
      case SET -> lane -> peer.set(own, lane, own.own(lane));
      case DELETE -> {
        KeySpace some = keys.deleted();
        yield lane -> {
          int key = some.own(lane);
          return some.revision(key) == 0 ? peer.set(some, lane, key) : peer.delete(some, lane, key);
        };
      }
      case SCAN -> lane -> peer.scan(own, own.anyPartitionKey(lane), own.size() / own.partitionKeyCount());
      case COMMIT -> {
        KeySpace groups = keys.committed();
        yield lane -> peer.commit(groups, lane, groups.ownGroup(lane, COMMIT_KEYS), COMMIT_KEYS);
      }
      case MIX -> {
        Work get = GET.operations(peer, keys);
        Work set = SET.operations(peer, keys);
        Work scan = SCAN.operations(peer, keys);
        Work setIf = SET_IF.operations(peer, keys);
        yield lane -> {
          int dice = own.below(lane, 100);
          Work work = dice < 80 ? get : dice < 90 ? set : dice < 95 ? scan : setIf;
          return work.start(lane);
        };
      }
      case YCSB_A -> Ycsb.A.at(peer, keys.ycsb(), keys.inserts());
      case YCSB_B -> Ycsb.B.at(peer, keys.ycsb(), keys.inserts());
      case YCSB_C -> Ycsb.C.at(peer, keys.ycsb(), keys.inserts());
      case YCSB_D -> Ycsb.D.at(peer, keys.ycsb(), keys.inserts());
      case YCSB_E -> Ycsb.E.at(peer, keys.ycsb(), keys.inserts());
      case YCSB_F -> Ycsb.F.at(peer, keys.ycsb(), keys.inserts());
    };
  }
}
