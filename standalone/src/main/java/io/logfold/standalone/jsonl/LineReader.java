package io.logfold.standalone.jsonl;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;

/** Lines of bytes out of a file, with bounded memory, and a digest of all but the last one that was read. One thread. */
final class LineReader implements AutoCloseable {
  /** The longest legal row: base64 and text of key and value, the text all escapes. */
  private static final int MOST_BYTES = 4 << 20;

  private final Path file;
  private final InputStream in;
  private final MessageDigest digest = Format.sha256();
  private final byte[] chunk = new byte[1 << 16];
  private int chunkFrom;
  private int chunkTo;
  private byte[] line = new byte[1 << 10];
  private int length;
  private boolean ended;
  private long number;

  LineReader(Path file) throws IOException {
    this.file = file;
    this.in = Files.newInputStream(file);
  }

  /** Goes to the next line; false behind the last one. A last line need not end as the others do. */
  boolean next() throws IOException {
    digest.update(line, 0, length);
    if (number > 0 && !ended) {
      digest.update((byte) '\n');
    }
    length = 0;
    number++;
    while (!ended) {
      int end = chunkFrom;
      while (end < chunkTo && chunk[end] != '\n') {
        end++;
      }
      take(end - chunkFrom);
      if (end < chunkTo) {
        chunkFrom = end + 1;
        return true;
      }
      chunkTo = in.read(chunk);
      chunkFrom = 0;
      if (chunkTo < 0) {
        ended = true;
        chunkTo = 0;
        return length > 0;
      }
    }
    return false;
  }

  private void take(int bytes) {
    if (length + bytes > MOST_BYTES) {
      throw new StoreException(ErrorCode.TOO_LARGE, file + " line " + number + ": a line has at most " + MOST_BYTES + " bytes");
    }
    if (length + bytes > line.length) {
      line = Arrays.copyOf(line, Math.max(length + bytes, 2 * line.length));
    }
    System.arraycopy(chunk, chunkFrom, line, length, bytes);
    length += bytes;
  }

  /** Holds the line, from 0 to {@link #length}, until the next one is asked for. */
  byte[] buffer() {
    return line;
  }

  int length() {
    return length;
  }

  long number() {
    return number;
  }

  /** To be asked once. */
  byte[] digestOfLinesBefore() {
    return digest.digest();
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      // It was only read.
    }
  }
}
