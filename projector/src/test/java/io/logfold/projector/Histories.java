package io.logfold.projector;

import com.google.protobuf.InvalidProtocolBufferException;
import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.log.GenesisConfig;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHasher;
import io.logfold.log.RecordHeader;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.wire.Record;
import java.util.List;
import java.util.Random;

/** Logs with everything in them that a log may hold: puts, deletes, commits, strays, torn pipelines, new leaders. */
public final class Histories {
  private Histories() {}

  public static LogBuilder begun(String store, int partition) {
    return new LogBuilder(store, partition).genesis(GenesisConfig.defaults(2)).claim("a");
  }

  /** About so many events, the same ones for the same seed. */
  public static LogBuilder eventful(String store, int partition, int events, long seed) {
    return addTo(begun(store, partition), events, seed);
  }

  public static LogBuilder addTo(LogBuilder log, int events, long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < events; i++) {
      String key = "k" + random.nextInt(40);
      log.pass(random.nextInt(2_000));
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3 -> log.delete(key);
        case 4 -> log.event(log.request(), List.of(new Mutation.Put(Bytes.utf8(key), Bytes.utf8("c" + i)),
            new Mutation.Put(Bytes.utf8("m" + i % 7), Bytes.EMPTY), new Mutation.Delete(Bytes.utf8("z" + key))),
            Outcome.APPLIED);
        case 5 -> log.event(log.request(), List.of(), new Outcome.PredicateFailed(0, 3));
        case 6 -> log.put(key, "twice" + i).repeatLast();
        case 7 -> log.stray(Bytes.utf8("a stranger's record " + i));
        case 8 -> torn(log, key);
        case 9 -> {
          LogRecord.Event late = log.nextPut(key, "of a deposed leader");
          log.claim(i % 2 == 0 ? "b" : "a").stray(late);
        }
        case 10 -> log.renew();
        case 11 -> log.stray(Bytes.EMPTY);
        default -> log.put(key, "v" + i);
      }
    }
    return log;
  }

  /** A record of the middle of a pipeline is missing: those behind it are chained to it and void. */
  private static void torn(LogBuilder log, String key) {
    LogRecord.Event lost = log.nextPut(key, "lost");
    LogRecord.Event next = log.nextPut(key, "chained to what is lost");
    log.stray(new LogRecord.Event(new RecordHeader(next.header().store(), next.header().partition(),
        RecordHeader.FORMAT, RecordHasher.next(lost.header().prevHash(), lost)), next.token(), next.lsn() + 1,
        next.request(), next.timeMs(), next.provenance(), next.partitionKey(), next.mutations(), next.outcome()));
  }

  /** In-force token and next LSN, but chained to another history. */
  public static RawRecord corrupt(LogBuilder log) {
    LogRecord.Event next = log.nextPut("k0", "of another history");
    LogRecord.Event other = log.nextPut("k1", "another history");
    log.stray(new LogRecord.Event(new RecordHeader(next.header().store(), next.header().partition(),
        RecordHeader.FORMAT, RecordHasher.next(other.header().prevHash(), other)), next.token(), next.lsn(),
        next.request(), next.timeMs(), next.provenance(), next.partitionKey(), next.mutations(), next.outcome()));
    return log.records().getLast();
  }

  public static Bytes newerFormat(LogBuilder log) throws InvalidProtocolBufferException {
    Bytes next = RecordCodec.encode(log.nextPut("k0", "from the future"));
    return Bytes.wrap(Record.parseFrom(next.unsafeArray()).toBuilder()
        .setFormat(RecordHeader.FORMAT + 1).build().toByteArray());
  }
}
