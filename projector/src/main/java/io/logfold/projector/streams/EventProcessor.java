package io.logfold.projector.streams;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.LogScan;
import io.logfold.log.PartitionLog.OffsetGoneException;
import io.logfold.log.RecordCodec.Decoded;
import io.logfold.log.Verdict;
import io.logfold.projector.CheckpointProof;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds a task's partition and hands on its valid events.
 *
 * <ul>
 *   <li>E1 What is said of a record is the verdict of the fold of all records before it, whatever this application, or its
 *       life before, has seen. Where the source goes on elsewhere than the fold stands (behind a restart, a rebalance, a
 *       gap), the fold is brought there first: from a kept state, by records that are read for that alone.
 *   <li>E2 So records that the source gives again are judged again, and their events handed on again. Which they are is
 *       for the processing guarantee to say, and not for this class.
 *   <li>E3 A kept state is believed once the record it stands on has come with its hash.
 *   <li>E4 Behind a record that cannot be judged there is nothing: it throws, and throws again.
 * </ul>
 *
 * <p>Owned by the task's thread.
 */
final class EventProcessor implements Processor<byte[], Decoded, byte[], EventView> {
  private static final Logger LOG = LoggerFactory.getLogger(EventProcessor.class);

  private final String store;
  private final String slots;
  private final Function<Map<String, Object>, LogScan> scans;
  private @Nullable ProcessorContext<byte[], EventView> context;
  private @Nullable FoldStates states;
  private @Nullable LogFold fold;
  private long nextOffset;

  /**
   * @param slots name of the state store for {@link FoldStates}
   * @param scans reads the log, given the application's settings
   */
  EventProcessor(String store, String slots, Function<Map<String, Object>, LogScan> scans) {
    this.store = store;
    this.slots = slots;
    this.scans = scans;
  }

  @Override
  public void init(ProcessorContext<byte[], EventView> newContext) {
    context = newContext;
    states = new FoldStates(newContext.getStateStore(slots));
    fold = null;
  }

  @Override
  public void process(Record<byte[], Decoded> record) {
    if (context == null || states == null) {
      throw new IllegalStateException("a record came before init");
    }
    RecordMetadata place = context.recordMetadata().orElseThrow();
    LogFold judge = fold;
    if (judge == null || place.offset() != nextOffset) {
      judge = bringTo(context, states, place.partition(), place.offset());
    }
    Verdict verdict = judge.apply(place.offset(), record.value());
    moved(states, judge, place.offset(), verdict);
    if (verdict instanceof Verdict.Valid valid && valid.record() instanceof LogRecord.Event event) {
      context.forward(new Record<>(event.partitionKey().unsafeArray(), new EventView(place.offset(), event),
          Math.max(0, event.timeMs())));
    }
  }

  /** The fold of all that lies before this offset. */
  private LogFold bringTo(ProcessorContext<byte[], EventView> asked, FoldStates kept, int partition, long offset) {
    LogFold current = fold;
    boolean onlyGap = current != null && nextOffset < offset;
    FoldState start = onlyGap && current != null ? current.state()
        : kept.before(offset).orElse(FoldState.empty(store, partition));
    CheckpointProof.otherStore(start, store, partition).ifPresent(why -> {
      throw notThisLog(partition, "its state is of " + start.store() + "/" + start.partition());
    });
    LogFold judge = new LogFold(start, false);
    fold = judge;
    nextOffset = start.position();
    kept.begin(nextOffset);
    if (offset > 0) {
      long from = CheckpointProof.offset(start);
      LOG.info("{}/{}: the fold is brought to offset {}, from {}", store, partition, offset, from);
      try (LogScan scan = scans.apply(asked.appConfigs())) {
        boolean[] proven = {!CheckpointProof.stands(start)};
        scan.read(partition, from, offset, (at, raw) -> {
          if (!proven[0]) {
            Optional<String> other = at == from ? CheckpointProof.otherLog(start, raw) : Optional.of("it is not there");
            other.ifPresent(why -> {
              throw notThisLog(partition, "the record at offset " + from + " is not the one it was folded to");
            });
            proven[0] = true;
          }
          if (at >= nextOffset) {
            moved(kept, judge, at, judge.apply(at, raw));
          }
          return true;
        });
        if (!proven[0]) {
          throw notThisLog(partition, "the record at offset " + from + ", to which it was folded, is not there");
        }
      } catch (OffsetGoneException e) {
        throw notThisLog(partition, String.valueOf(e.getMessage()));
      } catch (RuntimeException e) {
        // What was read so far is not where the source is.
        fold = null;
        throw e;
      }
    }
    nextOffset = offset;
    return judge;
  }

  private void moved(FoldStates kept, LogFold judge, long offset, Verdict verdict) {
    switch (verdict) {
      case Verdict.Corrupt corrupt -> throw new StoreException(ErrorCode.CORRUPT, "the log is corrupt at offset " + offset
          + ": " + corrupt.detail() + ". No event behind it is given; what was given before stands");
      case Verdict.NewerFormat newer -> throw new StoreException(ErrorCode.UNSUPPORTED, "the record at offset " + offset
          + " of " + store + "/" + judge.state().partition() + " has format " + newer.format() + ", which this version does"
          + " not know; build the application with a newer one, it goes on from here");
      case Verdict.Skipped skipped -> {
        if (skipped.reason() == Verdict.Reason.OTHER_HISTORY) {
          LOG.error("{}; the node that made it, or this application, has folded the log wrongly: compare with another"
              + " reader", skipped.detail());
        }
      }
      case Verdict.Valid valid -> {}
      case Verdict.GenesisAccepted accepted -> {}
      case Verdict.ClaimEffective effective -> {}
    }
    nextOffset = offset + 1;
    if (kept.wants(nextOffset)) {
      kept.keep(judge.state());
    }
  }

  private StoreException notThisLog(int partition, String why) {
    fold = null;
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "the application's state of " + store + "/" + partition
        + " is not of this log (" + why + "): the log was truncated, or replaced by another one. Restore the log, or reset"
        + " the application with kafka-streams-application-reset and an empty state folder");
  }
}
