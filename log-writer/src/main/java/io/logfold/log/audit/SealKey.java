package io.logfold.log.audit;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keys of seals: Ed25519, in the files that OpenSSL writes and reads (PEM of PKCS#8 and of SubjectPublicKeyInfo). The
 * cryptography is the JDK's own. Values are immutable, any thread.
 */
public final class SealKey {
  private static final String ALGORITHM = "Ed25519";
  private static final String PRIVATE = "PRIVATE KEY";
  private static final String PUBLIC = "PUBLIC KEY";

  private SealKey() {}

  /** Where the public key of a private key's file lies: beside it, with {@code .pub} behind its name. */
  public static Path publicFile(Path privateFile) {
    return privateFile.resolveSibling(privateFile.getFileName() + ".pub");
  }

  /**
   * Makes a new key, in a file that only its owner may read, and its public key beside it.
   *
   * @return the new key's {@link #id}
   * @throws StoreException INVALID_ARGUMENT where a file is there already, or cannot be written
   */
  public static Bytes generate(Path privateFile) {
    Path publicFile = publicFile(privateFile);
    for (Path file : List.of(privateFile, publicFile)) {
      if (Files.exists(file)) {
        throw exists(file);
      }
    }
    try {
      KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
      boolean posix = privateFile.toAbsolutePath().getFileSystem().supportedFileAttributeViews().contains("posix");
      FileAttribute<?>[] mode = posix
          ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))}
          : new FileAttribute<?>[0];
      create(privateFile, pem(PRIVATE, pair.getPrivate().getEncoded()), mode);
      create(publicFile, pem(PUBLIC, pair.getPublic().getEncoded()));
      return id(pair.getPublic());
    } catch (FileAlreadyExistsException e) {
      throw exists(Path.of(e.getFile()));
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "cannot write the key " + privateFile + ": " + e
          + "; give a file in a folder that this user may write", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has Ed25519, this one does not", e);
    }
  }

  private static void create(Path file, String text, FileAttribute<?>... mode) throws IOException {
    try (var channel = Files.newByteChannel(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode)) {
      var bytes = java.nio.ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
  }

  private static StoreException exists(Path file) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT,
        file + " is there already, and keys are never overwritten; give another name");
  }

  /** @throws StoreException INVALID_ARGUMENT where the file holds none */
  public static PrivateKey readPrivate(Path file) {
    return read(file, PRIVATE, der -> KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(der)));
  }

  /** @throws StoreException INVALID_ARGUMENT where the file holds none */
  public static PublicKey readPublic(Path file) {
    return read(file, PUBLIC, der -> KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(der)));
  }

  /** SHA-256 of the public key's DER, which is what its PEM file holds in base64. */
  public static Bytes id(PublicKey key) {
    return sha256(Bytes.wrap(key.getEncoded()));
  }

  /** Of a seal's file: what a later seal names. */
  public static Bytes sha256(Bytes bytes) {
    try {
      return Bytes.wrap(MessageDigest.getInstance("SHA-256").digest(bytes.unsafeArray()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256, this one does not", e);
    }
  }

  /**
   * Signs a statement.
   *
   * @throws StoreException INVALID_ARGUMENT where the two keys are not of one pair
   */
  public static Bytes sign(Bytes statement, PrivateKey privateKey, PublicKey publicKey) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initSign(privateKey);
      signature.update(statement.unsafeArray());
      Bytes signed = Bytes.wrap(signature.sign());
      if (!isSignedBy(publicKey, statement, signed)) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the private and the public key are not of one pair; give the"
            + " public key that was made with the private one");
      }
      return signed;
    } catch (GeneralSecurityException e) {
      throw new StoreException(ErrorCode.INTERNAL, "cannot sign: " + e.getMessage(), e);
    }
  }

  /**
   * Refuses a seal that none of these keys has signed.
   *
   * @throws StoreException INVALID_ARGUMENT with the reason
   */
  public static void check(Seal.Signed sealed, List<PublicKey> trusted) {
    PublicKey key = trusted.stream().filter(each -> id(each).equals(sealed.seal().keyId())).findFirst().orElseThrow(
        () -> new StoreException(ErrorCode.INVALID_ARGUMENT, "the seal " + sealed.name() + " is of another key: it names "
            + sealed.seal().keyId().hex() + ", given was "
            + trusted.stream().map(each -> id(each).hex()).collect(Collectors.joining(", "))));
    if (!isSignedBy(key, sealed.statement(), sealed.signature())) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the signature of the seal " + sealed.name()
          + " is wrong: the file was changed since it was signed, or the key's owner did not sign it; do not use it");
    }
  }

  private static boolean isSignedBy(PublicKey key, Bytes statement, Bytes signed) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initVerify(key);
      signature.update(statement.unsafeArray());
      return signature.verify(signed.unsafeArray());
    } catch (GeneralSecurityException e) {
      // What is not even of a signature's form is none.
      return false;
    }
  }

  /** Makes a key of DER. */
  @FunctionalInterface
  private interface OfDer<K> {
    K key(byte[] der) throws GeneralSecurityException;
  }

  private static <K> K read(Path file, String kind, OfDer<K> ofDer) {
    try {
      String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
      String begin = "-----BEGIN " + kind + "-----";
      String end = "-----END " + kind + "-----";
      if (!text.startsWith(begin) || !text.endsWith(end)) {
        throw noKey(file, kind, "it does not hold '" + begin + "'", null);
      }
      String base64 = Arrays.stream(text.substring(begin.length(), text.length() - end.length()).split("\\s"))
          .collect(Collectors.joining());
      return ofDer.key(Base64.getDecoder().decode(base64));
    } catch (IOException | IllegalArgumentException | GeneralSecurityException e) {
      throw noKey(file, kind, e.toString(), e);
    }
  }

  private static StoreException noKey(
      Path file, String kind, String why, @org.jspecify.annotations.Nullable Exception cause) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, file + " holds no " + ALGORITHM + " "
        + kind.toLowerCase(java.util.Locale.ROOT) + " in PEM: " + why + "; 'logfold audit keygen --key FILE' makes one", cause);
  }

  private static String pem(String kind, byte[] der) {
    return "-----BEGIN " + kind + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + kind + "-----\n";
  }
}
