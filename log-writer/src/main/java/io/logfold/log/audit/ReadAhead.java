package io.logfold.log.audit;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.LogScan;
import io.logfold.log.RecordCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stretch of a log on a thread of its own, while the caller's thread judges what was read before. What can be done
 * with a record by itself (decoding, and the look at its bytes: most of the work) is done for a chunk of records at a time, by
 * whoever comes to it first, the caller or the common pool. A few chunks are kept ahead, of {@link #CHUNK_BYTES} each or one
 * large record more. What the scan throws comes behind all the records it gave before.
 */
final class ReadAhead {
  private static final int CHUNKS = 8;
  private static final int CHUNK_RECORDS = 1_000;
  private static final int CHUNK_BYTES = 1 << 20;
  private static final long LOOK_MS = 100;

  private final LogScan scan;

  ReadAhead(LogScan scan) {
    this.scan = scan;
  }

  /** A record, and what it says by itself; its form counts only where it was decoded. */
  record Read(long offset, Bytes raw, RecordCodec.Decoded decoded, WrittenForm form) {
    static Read of(long offset, Bytes raw) {
      RecordCodec.Decoded decoded = RecordCodec.decode(raw);
      return new Read(offset, raw, decoded,
          decoded instanceof RecordCodec.Decoded.Ok ok ? WrittenForm.of(ok.record(), raw) : WrittenForm.AS_WRITTEN);
    }
  }

  /** @param end whether nothing comes behind it; then failure says why, where there is a reason */
  private record Chunk(FutureTask<List<Read>> records, boolean end, @Nullable RuntimeException failure) {
    List<Read> decoded() throws InterruptedException, ExecutionException {
      records.run(); // unless somebody does already, or has
      return records.get();
    }
  }

  private record Raw(long offset, Bytes raw) {}

  /** As {@link LogScan#read}: the receiver is called on the caller's thread, and says whether it wants more. */
  void read(int partition, long fromOffset, long toOffset, Predicate<Read> receiver) {
    BlockingQueue<Chunk> chunks = new ArrayBlockingQueue<>(CHUNKS);
    AtomicBoolean enough = new AtomicBoolean();
    Thread reader = Thread.ofPlatform().daemon().name("audit-read-" + partition)
        .start(() -> new Reader(chunks, enough).run(partition, fromOffset, toOffset));
    try {
      while (true) {
        Chunk chunk = chunks.take();
        for (Read each : chunk.decoded()) {
          if (!receiver.test(each)) {
            return;
          }
        }
        if (chunk.failure != null) {
          throw chunk.failure;
        }
        if (chunk.end) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(ErrorCode.CANCELLED, "reading ahead was interrupted", e);
    } catch (ExecutionException e) {
      throw StoreException.from(e);
    } finally {
      enough.set(true);
      awaitEnd(reader);
    }
  }

  /** The scan is for one thread at a time. */
  private void awaitEnd(Thread reader) {
    boolean interrupted = false;
    while (reader.isAlive()) {
      try {
        reader.join();
      } catch (InterruptedException e) {
        interrupted = true;
        scan.cancel();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Of one read; on its thread. */
  private final class Reader {
    private final BlockingQueue<Chunk> chunks;
    private final AtomicBoolean enough;
    private List<Raw> records = new ArrayList<>(CHUNK_RECORDS);
    private long bytes;

    Reader(BlockingQueue<Chunk> chunks, AtomicBoolean enough) {
      this.chunks = chunks;
      this.enough = enough;
    }

    void run(int partition, long fromOffset, long toOffset) {
      RuntimeException failure = null;
      try {
        scan.read(partition, fromOffset, toOffset, this::add);
      } catch (RuntimeException e) {
        failure = e;
      } catch (Error e) {
        failure = new StoreException(ErrorCode.INTERNAL, "reading the log broke off: " + e, e); // else its reader would wait for ever
      }
      hand(true, failure);
    }

    private boolean add(long offset, Bytes raw) {
      records.add(new Raw(offset, raw));
      bytes += raw.size();
      return records.size() < CHUNK_RECORDS && bytes < CHUNK_BYTES ? !enough.get() : hand(false, null);
    }

    private boolean hand(boolean end, @Nullable RuntimeException failure) {
      List<Raw> read = records;
      Chunk chunk = new Chunk(new FutureTask<>(() -> read.stream().map(each -> Read.of(each.offset, each.raw)).toList()),
          end, failure);
      records = new ArrayList<>(CHUNK_RECORDS);
      bytes = 0;
      try {
        while (!enough.get()) {
          if (chunks.offer(chunk, LOOK_MS, TimeUnit.MILLISECONDS)) {
            ForkJoinPool.commonPool().execute(chunk.records);
            return !enough.get();
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // nobody does; it ends as if there were enough
      }
      return false;
    }
  }
}
