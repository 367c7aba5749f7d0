package io.logfold.projector.table.rocksdb;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.TableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * An open database with its two column families, and every native handle that must be closed behind it, in the
 * opposite order of their opening. RocksDB ends the process on use after close; {@link RocksDbTable} guards that.
 */
final class OpenDb implements AutoCloseable {
  private final Deque<AutoCloseable> handles;
  final RocksDB db;
  final ColumnFamilyHandle rows;
  final ColumnFamilyHandle checkpoints;

  private OpenDb(Deque<AutoCloseable> handles, RocksDB db, ColumnFamilyHandle rows, ColumnFamilyHandle checkpoints) {
    this.handles = handles;
    this.db = db;
    this.rows = rows;
    this.checkpoints = checkpoints;
  }

  static OpenDb open(Path folder, long cacheBytes) {
    RocksDB.loadLibrary();
    Deque<AutoCloseable> handles = new ArrayDeque<>();
    try {
      Files.createDirectories(folder);
      return open(folder, cacheBytes, handles);
    } catch (RocksDBException | IOException e) {
      close(handles);
      throw explain(folder, e);
    } catch (RuntimeException | Error e) {
      close(handles);
      throw e;
    }
  }

  private static OpenDb open(Path folder, long cacheBytes, Deque<AutoCloseable> handles) throws RocksDBException {
    LRUCache cache = opened(handles, new LRUCache(cacheBytes));
    BloomFilter filter = opened(handles, new BloomFilter(10, false));
    ColumnFamilyOptions rowOptions = opened(handles, new ColumnFamilyOptions())
        .setWriteBufferSize(32L << 20)
        // The default of 4 rewrites a history, whose rows are all new, twice as often, for two files less in a look-up.
        .setLevel0FileNumCompactionTrigger(8)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setLevelCompactionDynamicLevelBytes(true)
        .setTableFormatConfig(new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setBlockSize(8 << 10)
            .setFilterPolicy(filter)
            .setIndexType(IndexType.kBinarySearch)
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true));
    ColumnFamilyOptions plainOptions = opened(handles, new ColumnFamilyOptions())
        .setWriteBufferSize(4L << 20)
        .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(cache));
    // Atomic flush: the families reach their files together. With one write batch for rows and checkpoint, they can
    // part neither when the process dies nor when the machine does.
    DBOptions options = opened(handles, new DBOptions())
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setAtomicFlush(true)
        .setMaxBackgroundJobs(2)
        .setMaxOpenFiles(512)
        .setMaxTotalWalSize(128L << 20)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(1L << 20)
        .setKeepLogFileNum(2)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
    List<ColumnFamilyHandle> families = new ArrayList<>();
    RocksDB db = RocksDB.open(options, folder.toString(),
        List.of(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, plainOptions),
            new ColumnFamilyDescriptor("rows".getBytes(StandardCharsets.UTF_8), rowOptions),
            new ColumnFamilyDescriptor("checkpoints".getBytes(StandardCharsets.UTF_8), plainOptions)),
        families);
    handles.push(db);
    families.forEach(handles::push);
    return new OpenDb(handles, db, families.get(1), families.get(2));
  }

  @Override
  public void close() {
    close(handles);
  }

  private static <T extends AutoCloseable> T opened(Deque<AutoCloseable> handles, T handle) {
    handles.push(handle);
    return handle;
  }

  private static void close(Deque<AutoCloseable> handles) {
    while (!handles.isEmpty()) {
      try {
        handles.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("a handle of RocksDB does not close", e);
      }
    }
  }

  private static RuntimeException explain(Path folder, Exception e) {
    String text = String.valueOf(e.getMessage());
    if (text.contains("/LOCK") || text.contains("lock hold by current process")) {
      return new StoreException(ErrorCode.UNAVAILABLE, "the table in " + folder.toAbsolutePath()
          + " is in use: stop the other process that has it open, or give this one another folder", e);
    }
    return new TableException("cannot open the table in " + folder.toAbsolutePath() + ": " + text, e);
  }
}
