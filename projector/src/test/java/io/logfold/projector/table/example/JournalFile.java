package io.logfold.projector.table.example;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.CheckpointCodec;
import io.logfold.projector.table.Table.RowChange;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * An append-only file of frames: length (4 bytes), CRC-32C of the payload (4 bytes), payload. The first says whose the
 * file is; each other one is a batch with the checkpoint it leads to, so a batch is in the file as a whole or not at
 * all. For one thread at a time.
 *
 * <p>Not a FileChannel, which an interrupt of the thread closes; and read through the one descriptor, since closing
 * another one of the same file would give up the lock.
 */
final class JournalFile implements AutoCloseable {
  private static final String MAGIC = "logfold journal, layout 1";
  private static final int HEADER = 8;

  private final Path path;
  private final RandomAccessFile file;
  private long end;

  private JournalFile(Path path, RandomAccessFile file) {
    this.path = path;
    this.file = file;
  }

  /** What a frame says: these changes lead to that checkpoint. */
  record Batch(int partition, List<RowChange> changes, Checkpoint to) {}

  /** Sees the batches of the file, in order. */
  interface Replay {
    void batch(Batch batch);
  }

  /** Opens or makes the file, checks whose it is, shows what is in it, and cuts off what was not written to its end. */
  static JournalFile open(Path path, String store, int partitions, boolean fsync, Replay replay) throws IOException {
    RandomAccessFile file = new RandomAccessFile(path.toFile(), fsync ? "rwd" : "rw");
    try {
      lock(path, file);
      JournalFile journal = new JournalFile(path, file);
      journal.claim(store, partitions);
      journal.replay(replay);
      return journal;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Two that write one file would ruin it; the lock ends with the process, however that ends. */
  private static void lock(Path path, RandomAccessFile file) throws IOException {
    FileLock lock;
    try {
      lock = file.getChannel().tryLock();
    } catch (OverlappingFileLockException ofThisProcess) {
      lock = null;
    }
    if (lock == null) {
      throw new StoreException(ErrorCode.UNAVAILABLE,
          "the journal " + path + " is in use; stop the other process, or give this one another folder");
    }
  }

  private void claim(String store, int partitions) throws IOException {
    byte[] mine = frame(out -> {
      out.writeUTF(MAGIC);
      out.writeUTF(store);
      out.writeInt(partitions);
    });
    byte[] start = new byte[(int) Math.min(mine.length, file.length())];
    file.readFully(start);
    if (file.length() < mine.length && Arrays.equals(start, Arrays.copyOf(mine, start.length))) {
      write(0, mine); // New, or a first start that did not get further.
    } else if (!Arrays.equals(start, mine)) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the journal " + path + " is not one of store \"" + store
          + "\" with " + partitions + " partitions (" + owner()
          + "); nothing was changed; give this store another folder");
    }
    end = mine.length;
  }

  private String owner() throws IOException {
    file.seek(0);
    byte[] first = next(new DataInputStream(new FileInputStream(file.getFD())), file.length());
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(first == null ? new byte[2] : first));
    return in.readUTF().equals(MAGIC)
        ? "it is of store \"" + in.readUTF() + "\" with " + in.readInt() : "it is no journal of Logfold's at all";
  }

  /** What lies behind the last whole frame may be cut whatever it is: the log has it, and it is projected again. */
  private void replay(Replay replay) throws IOException {
    file.seek(end);
    DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(file.getFD()), 1 << 16));
    for (byte[] payload; (payload = next(in, file.length() - end)) != null; end += HEADER + payload.length) {
      replay.batch(decode(payload));
    }
    file.setLength(end);
  }

  /** The next payload, or null where no whole frame follows. */
  private static byte @Nullable [] next(DataInputStream in, long left) throws IOException {
    if (left < HEADER) {
      return null;
    }
    int length = in.readInt();
    int crc = in.readInt();
    // Zeros, which a crash of the machine can leave, have the right checksum of nothing.
    if (length <= 0 || length > left - HEADER) {
      return null;
    }
    byte[] payload = in.readNBytes(length);
    return crc(payload) == crc ? payload : null;
  }

  /** The file holds the batch when this returns; where it throws, it may, until the next is written in its place. */
  void append(Batch batch) throws IOException {
    byte[] frame = frame(out -> encode(batch, out));
    if (file.length() > end) {
      file.setLength(end); // What a failed attempt left. A longer one would otherwise stick out behind this one.
    }
    write(end, frame);
    end += frame.length;
  }

  private void write(long at, byte[] frame) throws IOException {
    file.seek(at);
    file.write(frame);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private interface Content {
    void writeTo(DataOutputStream out) throws IOException;
  }

  private static byte[] frame(Content content) throws IOException {
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    content.writeTo(new DataOutputStream(payload));
    ByteArrayOutputStream frame = new ByteArrayOutputStream(HEADER + payload.size());
    DataOutputStream header = new DataOutputStream(frame);
    header.writeInt(payload.size());
    header.writeInt(crc(payload.toByteArray()));
    payload.writeTo(frame);
    return frame.toByteArray();
  }

  private static int crc(byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(payload);
    return (int) crc.getValue();
  }

  private static void encode(Batch batch, DataOutputStream out) throws IOException {
    out.writeInt(batch.partition());
    writeBytes(CheckpointCodec.encode(batch.to()), out);
    out.writeInt(batch.changes().size());
    for (RowChange change : batch.changes()) {
      writeBytes(change.partitionKey(), out);
      writeBytes(change.key(), out);
      out.writeBoolean(change.value().isPresent());
      writeBytes(change.value().orElse(Bytes.EMPTY), out);
      out.writeLong(change.revision());
    }
  }

  private static Batch decode(byte[] payload) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload));
    int partition = in.readInt();
    Checkpoint to = CheckpointCodec.decode(readBytes(in));
    List<RowChange> changes = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      Bytes partitionKey = readBytes(in);
      Bytes key = readBytes(in);
      boolean present = in.readBoolean();
      Bytes value = readBytes(in);
      changes.add(new RowChange(partitionKey, key, present ? Optional.of(value) : Optional.empty(), in.readLong()));
    }
    return new Batch(partition, changes, to);
  }

  private static void writeBytes(Bytes bytes, DataOutputStream out) throws IOException {
    out.writeInt(bytes.size());
    out.write(bytes.unsafeArray());
  }

  private static Bytes readBytes(DataInputStream in) throws IOException {
    return Bytes.wrap(in.readNBytes(in.readInt()));
  }
}
