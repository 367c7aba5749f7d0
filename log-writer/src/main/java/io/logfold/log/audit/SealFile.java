package io.logfold.log.audit;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.Hash;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A seal as a file. A public format, of text in ASCII; every line ends with one LF, and there is one way to write a seal:
 *
 * <pre>
 * logfold-seal 1
 * store: NAME                           letters, digits, '.', '_' and '-'
 * partitions: N
 * sealed: TIME                          2026-11-23T04:05:06.789Z
 * verified: from the beginning          or: after seal SHA256, of the earlier seal's file
 * key: SHA256                           of the public key's DER (SubjectPublicKeyInfo)
 * partition 0: position=P lsn=L token=T time=TIME hash=SHA256 genesis=SHA256
 * partition 1: ...                      N lines, numbers as they are, SHA256 in 64 digits of lower case hex
 * signature: BASE64                     Ed25519 (RFC 8032), 64 bytes, of all bytes before this line
 * </pre>
 *
 * <p>position is the offset behind the last record that counts, token the offset of the claim in force (-1: none), time
 * the log's, hash the chain's at that position and genesis that behind Genesis ({@link io.logfold.log.RecordHasher}).
 */
public final class SealFile {
  private static final String MAGIC = "logfold-seal 1";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,255}");
  private static final Pattern HEAD = Pattern.compile(MAGIC + "\nstore: (\\S+)\npartitions: (\\d{1,5})\nsealed: (\\S+)\n"
      + "verified: (?:from the beginning|after seal ([0-9a-f]{64}))\nkey: ([0-9a-f]{64})\n");
  private static final Pattern POINT = Pattern.compile("partition (\\d+): position=(\\d+) lsn=(\\d+) token=(-?\\d+)"
      + " time=(\\S+) hash=([0-9a-f]{64}) genesis=([0-9a-f]{64})\n");
  private static final Pattern SIGNATURE = Pattern.compile("signature: ([A-Za-z0-9+/=]+)\n");

  private SealFile() {}

  /**
   * The lines that are signed.
   *
   * @throws StoreException INVALID_ARGUMENT where the store's name cannot stand in a seal
   */
  public static Bytes statement(Seal seal) {
    if (!NAME.matcher(seal.store()).matches()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "a store's name in a seal must be letters, digits, '.', '_' and '-', got '" + seal.store() + "'");
    }
    StringBuilder text = new StringBuilder(256 * (1 + seal.partitions())).append(MAGIC)
        .append("\nstore: ").append(seal.store())
        .append("\npartitions: ").append(seal.partitions())
        .append("\nsealed: ").append(TIME.format(seal.sealedAt()))
        .append("\nverified: ").append(seal.after().map(digest -> "after seal " + digest.hex()).orElse("from the beginning"))
        .append("\nkey: ").append(seal.keyId().hex()).append('\n');
    for (int partition = 0; partition < seal.partitions(); partition++) {
      SealedPoint point = seal.points().get(partition);
      text.append("partition ").append(partition).append(": position=").append(point.position())
          .append(" lsn=").append(point.lsn()).append(" token=").append(point.token())
          .append(" time=").append(TIME.format(Instant.ofEpochMilli(point.timeMs())))
          .append(" hash=").append(point.hash().bytes().hex())
          .append(" genesis=").append(point.genesis().bytes().hex()).append('\n');
    }
    return Bytes.utf8(text.toString());
  }

  /** The whole file. */
  public static Bytes file(Bytes statement, Bytes signature) {
    return Bytes.utf8(statement.utf8() + "signature: " + Base64.getEncoder().encodeToString(signature.toArray()) + "\n");
  }

  /**
   * What a file says; whether its signature is right is for {@link SealKey} to say.
   *
   * @param name of the file, for people
   * @throws StoreException INVALID_ARGUMENT where it is no seal, or not written as seals are
   */
  public static Seal.Signed parse(String name, Bytes file) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(file.unsafeArray())).toString();
      Matcher head = HEAD.matcher(text);
      if (!head.lookingAt()) {
        throw wrong(name, text.startsWith("logfold-seal ") && !text.startsWith(MAGIC + "\n")
            ? "it is of another version than 1, which this version reads" : "it does not begin as a seal does");
      }
      int partitions = Integer.parseInt(head.group(2));
      List<SealedPoint> points = new ArrayList<>();
      int at = head.end();
      Matcher line = POINT.matcher(text);
      for (int partition = 0; partition < partitions; partition++) {
        if (!line.find(at) || line.start() != at || Integer.parseInt(line.group(1)) != partition) {
          throw wrong(name, "the line of partition " + partition + " is missing or not as it should be");
        }
        points.add(new SealedPoint(Long.parseLong(line.group(2)), Long.parseLong(line.group(3)),
            Long.parseLong(line.group(4)), time(line.group(5)).toEpochMilli(), hash(line.group(6)), hash(line.group(7))));
        at = line.end();
      }
      Matcher signature = SIGNATURE.matcher(text).region(at, text.length());
      if (!signature.matches()) {
        throw wrong(name, "the signature's line is missing or not as it should be, or more follows it");
      }
      Seal seal = new Seal(head.group(1), time(head.group(3)), Optional.ofNullable(head.group(4)).map(Bytes::hex),
          Bytes.hex(head.group(5)), points);
      Bytes statement = statement(seal);
      Bytes signed = Bytes.wrap(Base64.getDecoder().decode(signature.group(1)));
      if (!file(statement, signed).equals(file)) {
        throw wrong(name, "it is not written as seals are");
      }
      return new Seal.Signed(name, seal, statement, signed, file);
    } catch (CharacterCodingException | DateTimeException | IllegalArgumentException | ArithmeticException e) {
      throw wrong(name, String.valueOf(e.getMessage()));
    }
  }

  private static Instant time(String text) {
    return TIME.parse(text, Instant::from);
  }

  private static Hash hash(String hex) {
    return new Hash(Bytes.hex(hex));
  }

  private static StoreException wrong(String name, String why) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, name + " is not a seal that can be used: " + why
        + "; take the file as 'logfold audit seal' wrote it");
  }
}
