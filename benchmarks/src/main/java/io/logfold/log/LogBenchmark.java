package io.logfold.log;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.log.LogRecord.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The inner loops of the log: codec, hash chain, fold, partition hash. Events are sets of one 200-byte value. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LogBenchmark {
  private static final int EVENTS = 10_000;
  private static final int PARTITIONS = 64;
  private static final String STORE = "bench";
  private static final long TIME_MS = 1_700_000_000_000L;

  private final SplittableRandom random = new SplittableRandom(1);
  private final FoldState led = led();
  private final List<Event> events = events();
  private final List<Bytes> encoded = events.stream().map(RecordCodec::encode).toList();
  private final Event event = events.get(0);
  private final Bytes bytes = encoded.get(0);

  @Benchmark
  public Bytes encode() {
    return RecordCodec.encode(event);
  }

  @Benchmark
  public RecordCodec.Decoded decode() {
    return RecordCodec.decode(bytes);
  }

  @Benchmark
  public Hash hashChain() {
    return RecordHasher.next(Hash.ZERO, event);
  }

  /** Decoding, hashing and judging, as a reader does; without the table of requests. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public FoldState foldApply() {
    return fold(false);
  }

  /** As a leader's standby does: requests are remembered. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public FoldState foldApplyRememberingRequests() {
    return fold(true);
  }

  @Benchmark
  public int partitionHash() {
    return PartitionHash.partition(event.partitionKey(), PARTITIONS);
  }

  private FoldState fold(boolean rememberRequests) {
    LogFold fold = new LogFold(led, rememberRequests);
    long offset = led.position();
    for (Bytes record : encoded) {
      if (!(fold.apply(offset++, record) instanceof Verdict.Valid)) {
        throw new IllegalStateException("every event is valid");
      }
    }
    return fold.state();
  }

  /** Behind Genesis and the first claim. */
  private static FoldState led() {
    LogFold fold = new LogFold(FoldState.empty(STORE, 0), false);
    fold.apply(0, RecordCodec.encode(new LogRecord.Genesis(header(fold.state()), GenesisConfig.defaults(1))));
    FoldState state = fold.state();
    fold.apply(1, RecordCodec.encode(new LogRecord.Claim(
        header(state), "node", "http://127.0.0.1:7171", state.token(), state.lastValidOffset(), 1)));
    return fold.state();
  }

  private static RecordHeader header(FoldState state) {
    return new RecordHeader(STORE, 0, RecordHeader.FORMAT, state.hash());
  }

  private List<Event> events() {
    List<Event> made = new ArrayList<>(EVENTS);
    Hash hash = led.hash();
    for (int i = 0; i < EVENTS; i++) {
      byte[] value = new byte[200];
      random.nextBytes(value);
      Event next = new Event(new RecordHeader(STORE, 0, RecordHeader.FORMAT, hash), led.token(), led.lsn() + 1 + i,
          new RequestInfo(RequestId.random(random), 1, TIME_MS + i), TIME_MS + i, Provenance.of("somebody", ""),
          Bytes.utf8("bench/" + i % 10),
          List.of(new Mutation.Put(Bytes.utf8("key-%08d".formatted(i)), Bytes.wrap(value))),
          Outcome.APPLIED);
      hash = RecordHasher.next(hash, next);
      made.add(next);
    }
    return made;
  }
}
