package io.logfold.query.values;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that wraps all data keys: 32 bytes in a file, as 64 hexadecimal digits and a line break. The same on every node
 * of a store. Wrapping is AES Key Wrap (RFC 3394), preceded by a version and four bytes that tell master keys apart.
 * Immutable, any thread. Its {@link #toString} tells nothing.
 */
public final class MasterKey {
  private static final int KEY_BYTES = 32;
  private static final byte VERSION = 1;
  private static final int ID_BYTES = 4;
  private static final int HEAD = 1 + ID_BYTES;

  /** Of a wrapped data key. */
  static final int WRAPPED_BYTES = HEAD + StoredValues.DATA_KEY_BYTES + 8;

  private final SecretKeySpec key;
  private final byte[] id;

  private MasterKey(byte[] bytes) {
    this.key = new SecretKeySpec(bytes, "AES");
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update("logfold master key".getBytes(StandardCharsets.UTF_8));
      this.id = Arrays.copyOf(digest.digest(bytes), ID_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256, this one does not", e);
    }
  }

  /** For tests and tools: this key. */
  public static MasterKey of(byte[] bytes) {
    if (bytes.length != KEY_BYTES) {
      throw new IllegalArgumentException("a master key has " + KEY_BYTES + " bytes, got " + bytes.length);
    }
    return new MasterKey(bytes.clone());
  }

  /** @throws StoreException INVALID_ARGUMENT where the file holds no master key */
  public static MasterKey read(Path file) {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.US_ASCII).strip();
    } catch (NoSuchFileException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "there is no master key file " + file
          + "; 'logfold policy master-key FILE' makes one, once for all nodes", e);
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the master key file " + file + " cannot be read: " + e, e);
    }
    if (!text.matches("[0-9a-fA-F]{64}")) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "the master key file " + file + " must hold 64 hexadecimal digits, and does not");
    }
    return new MasterKey(HexFormat.of().parseHex(text));
  }

  /**
   * Makes a new one, readable by its owner alone.
   *
   * @throws StoreException INVALID_ARGUMENT where the file is there already, or cannot be written
   */
  public static void generate(Path file, SecureRandom random) {
    byte[] bytes = new byte[KEY_BYTES];
    random.nextBytes(bytes);
    byte[] text = (HexFormat.of().formatHex(bytes) + "\n").getBytes(StandardCharsets.US_ASCII);
    try {
      if (Files.getFileStore(file.toAbsolutePath().getParent()).supportsFileAttributeView("posix")) {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } else {
        Files.createFile(file);
      }
      Files.write(file, text, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
    } catch (FileAlreadyExistsException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "there is a file " + file
          + " already, and a master key that is overwritten makes every value under it unreadable; choose another name", e);
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the master key file " + file + " cannot be written: " + e, e);
    }
  }

  byte[] wrap(byte[] dataKey) {
    try {
      Cipher cipher = Cipher.getInstance("AESWrap");
      cipher.init(Cipher.WRAP_MODE, key);
      byte[] wrapped = cipher.wrap(new SecretKeySpec(dataKey, "AES"));
      byte[] record = new byte[HEAD + wrapped.length];
      record[0] = VERSION;
      System.arraycopy(id, 0, record, 1, ID_BYTES);
      System.arraycopy(wrapped, 0, record, HEAD, wrapped.length);
      return record;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES key wrap, this one does not", e);
    }
  }

  /** Tells under which master key a store's vault was begun; nobody without the key can make it, or read the key out of it. */
  byte[] fingerprint(String store) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getEncoded(), "HmacSHA256"));
      mac.update("logfold key vault of ".getBytes(StandardCharsets.UTF_8));
      return mac.doFinal(store.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA-256, this one does not", e);
    }
  }

  /** Whether this key wrapped it. */
  boolean wrapped(byte[] record) {
    return record.length == WRAPPED_BYTES && record[0] == VERSION && Arrays.equals(id, 0, ID_BYTES, record, 1, HEAD);
  }

  /** @throws StoreException NO_MASTER_KEY where another key wrapped it; CORRUPT where it was changed */
  byte[] unwrap(byte[] record) {
    if (!wrapped(record)) {
      throw new StoreException(ErrorCode.NO_MASTER_KEY, "the value's key was wrapped by another master key than this node's;"
          + " all nodes of a store must have the same");
    }
    try {
      Cipher cipher = Cipher.getInstance("AESWrap");
      cipher.init(Cipher.UNWRAP_MODE, key);
      return cipher.unwrap(Arrays.copyOfRange(record, HEAD, record.length), "AES", Cipher.SECRET_KEY).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new StoreException(ErrorCode.CORRUPT, "a value's key in the vault was changed, and cannot be unwrapped", e);
    }
  }

  @Override
  public String toString() {
    return "master key " + HexFormat.of().formatHex(id);
  }
}
