package io.logfold.query.values;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The bytes of a value as they lie in the log, the tables and the history. Pure, any thread.
 *
 * <pre>
 * plain      the value itself, unless it begins with the magic
 * escaped    magic[4] · 00 · the value
 * encrypted  magic[4] · 01 · key id[16] · nonce[12] · AES-256-GCM of the value, with its tag[16] behind it
 *
 * magic      a7 1f d3 5c
 * AAD        i32 length · UTF-8 of the store's name · i32 length · partition key · i32 length · key · key id[16]
 * </pre>
 *
 * <p>The key is used for this one value. The AAD binds a value to its place: it does not open under another key.
 */
public final class StoredValues {
  public static final int DATA_KEY_BYTES = 32;

  private static final byte[] MAGIC = {(byte) 0xa7, 0x1f, (byte) 0xd3, 0x5c};
  private static final byte ESCAPED = 0;
  private static final byte ENCRYPTED = 1;
  private static final int ID_BYTES = 16;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final int ID_AT = MAGIC.length + 1;
  private static final int NONCE_AT = ID_AT + ID_BYTES;
  private static final int TEXT_AT = NONCE_AT + NONCE_BYTES;

  /** How much longer an encrypted value is than the plain one. */
  public static final int OVERHEAD_BYTES = TEXT_AT + TAG_BYTES;

  private StoredValues() {}

  /** Whether these are the value itself: nearly always, and quickly told. */
  public static boolean isPlain(Bytes stored) {
    return stored.size() < MAGIC.length || stored.at(0) != MAGIC[0] || stored.at(1) != MAGIC[1] || stored.at(2) != MAGIC[2]
        || stored.at(3) != MAGIC[3];
  }

  /** The key that the value is encrypted under; empty where it is not. */
  public static Optional<KeyId> keyId(Bytes stored) {
    return isPlain(stored) || stored.size() < OVERHEAD_BYTES || stored.at(MAGIC.length) != ENCRYPTED ? Optional.empty()
        : Optional.of(KeyId.of(Bytes.wrap(Arrays.copyOfRange(stored.unsafeArray(), ID_AT, NONCE_AT))));
  }

  /** How a value is stored that is not encrypted. */
  public static Bytes plain(Bytes value) {
    if (isPlain(value)) {
      return value;
    }
    checkRoom(value, ID_AT);
    byte[] escaped = new byte[ID_AT + value.size()];
    System.arraycopy(MAGIC, 0, escaped, 0, MAGIC.length);
    escaped[MAGIC.length] = ESCAPED;
    System.arraycopy(value.unsafeArray(), 0, escaped, ID_AT, value.size());
    return Bytes.wrap(escaped);
  }

  /** The value of stored bytes that are not encrypted. */
  public static Bytes unescaped(Bytes stored) {
    if (isPlain(stored)) {
      return stored;
    }
    if (stored.size() < ID_AT || stored.at(MAGIC.length) != ESCAPED) {
      throw broken("they begin with the mark of stored values and are neither escaped nor encrypted");
    }
    return Bytes.wrap(Arrays.copyOfRange(stored.unsafeArray(), ID_AT, stored.size()));
  }

  /**
   * Refuses what would not fit when it is stored.
   *
   * @throws StoreException TOO_LARGE
   */
  static void checkRoom(Bytes value, int overhead) {
    if (value.size() > Limits.MAX_VALUE_BYTES - overhead) {
      throw new StoreException(ErrorCode.TOO_LARGE, "value has at most " + (Limits.MAX_VALUE_BYTES - overhead)
          + " bytes where it is " + (overhead == OVERHEAD_BYTES ? "encrypted (a redactable partition key)" : "escaped")
          + ", got " + value.size());
    }
  }

  /** @param dataKey {@link #DATA_KEY_BYTES}, of this value alone */
  static Bytes seal(String store, Bytes partitionKey, Bytes key, Bytes value, KeyId id, byte[] dataKey, byte[] nonce) {
    checkRoom(value, OVERHEAD_BYTES);
    byte[] sealed = new byte[OVERHEAD_BYTES + value.size()];
    System.arraycopy(MAGIC, 0, sealed, 0, MAGIC.length);
    sealed[MAGIC.length] = ENCRYPTED;
    System.arraycopy(id.bytes().unsafeArray(), 0, sealed, ID_AT, ID_BYTES);
    System.arraycopy(nonce, 0, sealed, NONCE_AT, NONCE_BYTES);
    try {
      cipher(Cipher.ENCRYPT_MODE, store, partitionKey, key, id, dataKey, nonce)
          .doFinal(value.unsafeArray(), 0, value.size(), sealed, TEXT_AT);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES-GCM, this one does not", e);
    }
    return Bytes.wrap(sealed);
  }

  static Bytes open(String store, Bytes partitionKey, Bytes key, Bytes stored, byte[] dataKey) {
    KeyId id = keyId(stored).orElseThrow(() -> broken("they are not an encrypted value"));
    byte[] bytes = stored.unsafeArray();
    byte[] nonce = Arrays.copyOfRange(bytes, NONCE_AT, TEXT_AT);
    try {
      return Bytes.wrap(cipher(Cipher.DECRYPT_MODE, store, partitionKey, key, id, dataKey, nonce)
          .doFinal(bytes, TEXT_AT, bytes.length - TEXT_AT));
    } catch (AEADBadTagException e) {
      throw broken("they do not open under their key: they were changed, or belong to another key of the store");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES-GCM, this one does not", e);
    }
  }

  private static Cipher cipher(int mode, String store, Bytes partitionKey, Bytes key, KeyId id, byte[] dataKey, byte[] nonce)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(dataKey, "AES"), new GCMParameterSpec(TAG_BYTES * 8, nonce));
    byte[] name = store.getBytes(StandardCharsets.UTF_8);
    cipher.updateAAD(ByteBuffer.allocate(12 + name.length + partitionKey.size() + key.size() + ID_BYTES)
        .putInt(name.length).put(name)
        .putInt(partitionKey.size()).put(partitionKey.unsafeArray())
        .putInt(key.size()).put(key.unsafeArray())
        .put(id.bytes().unsafeArray()).array());
    return cipher;
  }

  private static StoreException broken(String why) {
    return new StoreException(ErrorCode.CORRUPT, "the stored bytes of a value cannot be opened: " + why);
  }
}
