package io.logfold.query.server.dynamodb.auth;

import io.logfold.query.server.dynamodb.auth.AccessKeys.AccessKey;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Verifies signatures by AWS's Signature Version 4 in the {@code Authorization} header (AWS General Reference, "Create a
 * signed AWS API request"). Own code: the SDK has signers, and none that verifies. Region and service may be any, as they
 * are part of what is signed. Any thread.
 */
public final class Signatures {
  /** How far the time of a request may be off, as AWS allows. */
  private static final long MAX_SKEW_MS = 15 * 60_000;

  private static final String REASON = "logfold-reason";
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final Pattern PARTS = Pattern.compile(
      ALGORITHM + "\\s+Credential=([^,\\s]+)\\s*,\\s*SignedHeaders=([^,\\s]+)\\s*,\\s*Signature=([0-9a-fA-F]+)\\s*");
  private static final Pattern CREDENTIAL = Pattern.compile("(.+)/(\\d{8})/([^/]+)/([^/]+)/aws4_request");
  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");
  private static final int MOST_SIGNING_KEYS = 1_000;

  private final AccessKeys keys;
  private final InstantSource clock;

  /** Signing keys by scope: each takes four HMACs, and is good for a day. */
  private final Map<String, byte[]> signingKeys = new ConcurrentHashMap<>();

  public Signatures(AccessKeys keys, InstantSource clock) {
    this.keys = keys;
    this.clock = clock;
  }

  /**
   * Who made a request.
   *
   * @param covers whether a header field, by its name in small letters, is what the principal sent
   */
  public record Signer(String principal, Predicate<String> covers) {}

  /**
   * Who made the request.
   *
   * @throws DynamoFailure as AWS refuses what is not signed, or not rightly
   */
  public Signer signer(SignedRequest request) {
    String authorization = request.header().apply("authorization").stream().findFirst().orElse("");
    if (authorization.isEmpty() && !keys.takesAny()) {
      throw DynamoFailure.noAuthentication();
    }
    Matcher parts = PARTS.matcher(authorization);
    Matcher credential = CREDENTIAL.matcher(parts.matches() ? parts.group(1) : "");
    if (!parts.matches() || !credential.matches()) {
      if (keys.takesAny()) {
        return new Signer("", any -> true);
      }
      throw DynamoFailure.incompleteSignature("Authorization header requires 'Credential', 'SignedHeaders' and 'Signature'"
          + " parameters of the algorithm " + ALGORITHM);
    }
    if (keys.takesAny()) {
      return new Signer(credential.group(1), any -> true);
    }
    AccessKey key = keys.find(credential.group(1)).orElseThrow(DynamoFailure::unknownAccessKey);
    String date = request.header().apply("x-amz-date").stream().findFirst().orElse("");
    checkDate(date, credential.group(2));
    List<String> signed = Arrays.asList(parts.group(2).split(";"));
    if (!signed.contains("host") || !signed.contains("x-amz-date")
        || (!signed.contains("x-amz-target") && !request.header().apply("x-amz-target").isEmpty())) {
      throw DynamoFailure.wrongSignature("'Host', 'X-Amz-Date' and 'X-Amz-Target' must be signed header fields");
    }
    if (!signed.contains(REASON) && !request.header().apply(REASON).isEmpty()) {
      throw DynamoFailure.wrongSignature("'Logfold-Reason' becomes part of the audit trail: where it is sent, it must be a signed"
          + " header field");
    }
    String scope = credential.group(2) + "/" + credential.group(3) + "/" + credential.group(4) + "/aws4_request";
    String toSign = ALGORITHM + "\n" + date + "\n" + scope + "\n" + hex(sha256(canonical(request, signed, parts.group(2))
        .getBytes(StandardCharsets.ISO_8859_1))); // as header fields come
    byte[] expected = hmac(signingKey(credential.group(1), key, scope), toSign);
    if (!MessageDigest.isEqual(expected, decoded(parts.group(3)).orElse(new byte[0]))) {
      throw DynamoFailure.wrongSignature("The request signature we calculated does not match the signature you provided."
          + " Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");
    }
    return new Signer(key.principal(), Set.copyOf(signed)::contains);
  }

  private static Optional<byte[]> decoded(String hex) {
    return hex.length() % 2 == 0 ? Optional.of(HexFormat.of().parseHex(hex)) : Optional.empty();
  }

  private void checkDate(String date, String day) {
    Instant at;
    try {
      at = LocalDateTime.parse(date, DATE).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw DynamoFailure.incompleteSignature("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date'"
          + " header, of the form 20261231T235959Z");
    }
    if (!date.startsWith(day)) {
      throw DynamoFailure.wrongSignature("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP");
    }
    long offMs = clock.millis() - at.toEpochMilli();
    if (Math.abs(offMs) > MAX_SKEW_MS) {
      throw DynamoFailure.wrongSignature((offMs > 0 ? "Signature expired: " : "Signature not yet current: ") + date
          + ", and it is " + DATE.format(clock.instant().atOffset(ZoneOffset.UTC)) + " here (+/- 15 min are allowed)");
    }
  }

  private static String canonical(SignedRequest request, List<String> signed, String signedHeaders) {
    StringBuilder canonical = new StringBuilder(512);
    canonical.append(request.method()).append('\n').append(request.path()).append('\n').append(request.query()).append('\n');
    for (String name : signed) {
      canonical.append(name).append(':').append(request.header().apply(name).stream()
          .map(value -> value.strip().replaceAll(" +", " ")).collect(Collectors.joining(","))).append('\n');
    }
    return canonical.append('\n').append(signedHeaders).append('\n').append(hex(sha256(request.body()))).toString();
  }

  private byte[] signingKey(String id, AccessKey key, String scope) {
    byte[] known = signingKeys.get(id + "/" + scope);
    if (known != null) {
      return known;
    }
    byte[] made = ("AWS4" + key.secret()).getBytes(StandardCharsets.UTF_8);
    for (String part : scope.split("/")) {
      made = hmac(made, part);
    }
    if (signingKeys.size() >= MOST_SIGNING_KEYS) {
      signingKeys.clear(); // those of days past, or of many regions
    }
    signingKeys.put(id + "/" + scope, made);
    return made;
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256, this one does not", e);
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256, this one does not", e);
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
