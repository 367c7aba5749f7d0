package io.logfold.projector.table.example;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.KeyRange;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * All rows in sorted maps in the heap, and each batch with its checkpoint as one frame of a file that is replayed at
 * the start. One lock for everything: readers share it, apply has it alone, so that every read is of one moment (T1, T3).
 */
final class JournalTable implements Table {
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final Checkpoint[] checkpoints;
  private final List<NavigableMap<RowId, Row>> rows = new ArrayList<>();
  private final JournalFile journal;
  private boolean closed;

  private JournalTable(Path file, String store, int partitions, boolean fsync) throws IOException {
    checkpoints = new Checkpoint[partitions];
    Arrays.setAll(checkpoints, partition -> Checkpoint.empty(store, partition));
    for (int i = 0; i < partitions; i++) {
      rows.add(new TreeMap<>());
    }
    journal = JournalFile.open(file, store, partitions, fsync, this::remember);
  }

  static JournalTable open(Path folder, String store, int partitions, boolean fsync) {
    try {
      Files.createDirectories(folder);
      return new JournalTable(folder.resolve("journal").toAbsolutePath(), store, partitions, fsync);
    } catch (IOException e) {
      throw new TableException("cannot open the journal in " + folder.toAbsolutePath() + ": " + e, e);
    }
  }

  @Override
  public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
    return reading(() -> new TableRead(keys.stream()
        .map(key -> Optional.ofNullable(rows.get(partition).get(new RowId(partitionKey, key)))).toList(),
        checkpoints[partition]));
  }

  @Override
  public TablePage scan(
      int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    return reading(() -> {
      List<Row> page = new ArrayList<>();
      long bytes = 0;
      NavigableMap<RowId, Row> found = between(partition, partitionKey, range);
      for (Row row : (reverse ? found.descendingMap() : found).values()) {
        if (page.size() == limit || bytes >= PAGE_BYTES) {
          return new TablePage(page, true, checkpoints[partition]);
        }
        page.add(keysOnly ? new Row(row.key(), Bytes.EMPTY, row.revision()) : row);
        bytes += row.key().size() + page.getLast().value().size();
      }
      return new TablePage(page, false, checkpoints[partition]);
    });
  }

  private NavigableMap<RowId, Row> between(int partition, Bytes partitionKey, KeyRange range) {
    if (range.isEmpty()) {
      return new TreeMap<>();
    }
    RowId start = new RowId(partitionKey, range.startInclusive());
    RowId end = range.endExclusive().map(key -> new RowId(partitionKey, key))
        .orElse(new RowId(partitionKey.successor(), Bytes.EMPTY));
    return rows.get(partition).subMap(start, true, end, false);
  }

  @Override
  public List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit) {
    return reading(() -> {
      List<Bytes> page = new ArrayList<>();
      RowId next = rows.get(partition).ceilingKey(
          new RowId(after.map(Bytes::successor).orElse(Bytes.EMPTY), Bytes.EMPTY));
      while (next != null && page.size() < limit) {
        page.add(next.partitionKey());
        next = rows.get(partition).ceilingKey(new RowId(next.partitionKey().successor(), Bytes.EMPTY));
      }
      return page;
    });
  }

  /** None: a frozen view would be a copy of the whole map. The leader then refuses scans that ask for one. */
  @Override
  public Optional<TableSnapshot> snapshot(int partition) {
    return reading(Optional::empty);
  }

  @Override
  public Checkpoint checkpoint(int partition) {
    return reading(() -> checkpoints[partition]);
  }

  @Override
  public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
    lock.writeLock().lock();
    try {
      checkOpen();
      Checkpoint found = checkpoints[partition];
      if (found.at().position() != from.at().position() || !found.at().hash().equals(from.at().hash())) {
        throw new CheckpointMovedException(partition, from, found);
      }
      JournalFile.Batch batch = new JournalFile.Batch(partition, changes, to);
      journal.append(batch);
      remember(batch); // Only now: where the file failed, rows and checkpoint stay as they were, both of them.
    } catch (IOException e) {
      throw new TableException("cannot write the journal: " + e, e);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void remember(JournalFile.Batch batch) {
    NavigableMap<RowId, Row> ofPartition = rows.get(batch.partition());
    for (RowChange change : batch.changes()) {
      RowId id = new RowId(change.partitionKey(), change.key());
      if (change.value().isPresent()) {
        ofPartition.put(id, new Row(change.key(), change.value().get(), change.revision()));
      } else {
        ofPartition.remove(id);
      }
    }
    checkpoints[batch.partition()] = batch.to();
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      closed = true;
      journal.close();
    } catch (IOException e) {
      throw new TableException("cannot close the journal: " + e, e);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private <T> T reading(Supplier<T> question) {
    lock.readLock().lock();
    try {
      checkOpen();
      return question.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreException(ErrorCode.CLOSED, "the table was closed");
    }
  }
}
