package io.logfold.query.server.dynamodb.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

/** Signatures that AWS published, and those of the SDK's signer, are taken; whatever was changed behind them is not. */
class SignaturesTest {
  private static final Instant NOW = Instant.parse("2026-03-01T00:10:00Z");
  private static final String ID = "AKIDLAKEFS";
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  private static final byte[] BODY = "{\"TableName\":\"kvstore\"}".getBytes(StandardCharsets.UTF_8);

  @TempDir
  Path folder;

  private AccessKeys keys(String text) throws IOException {
    Path file = folder.resolve("keys");
    Files.writeString(file, text);
    return AccessKeys.read(file);
  }

  private Signatures signatures(Instant now) throws IOException {
    return new Signatures(keys("lakefs " + ID + " " + SECRET + "\nother AKIDOTHER another\n"), () -> now);
  }

  /** Header fields as the SDK's signer leaves them, by their names in small letters. */
  private static Map<String, List<String>> signed(AwsCredentialsIdentity identity, Instant at) {
    SdkHttpRequest request = SdkHttpFullRequest.builder().method(SdkHttpMethod.POST).uri(URI.create("http://localhost:7171/"))
        .putHeader("X-Amz-Target", "DynamoDB_20120810.DescribeTable")
        .putHeader("Content-Type", "application/x-amz-json-1.0")
        .putHeader("X-Two", List.of("one  and   two", " three ")).build();
    SdkHttpRequest done = AwsV4HttpSigner.create().sign(sign -> sign.identity(identity).request(request)
        .payload(ContentStreamProvider.fromByteArray(BODY))
        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "dynamodb").putProperty(AwsV4HttpSigner.REGION_NAME, "eu-west-1")
        .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(at, ZoneOffset.UTC))).request();
    Map<String, List<String>> fields = new TreeMap<>();
    done.headers().forEach((name, values) -> fields.put(name.toLowerCase(Locale.ROOT), values));
    return fields;
  }

  private static Map<String, List<String>> signed() {
    return signed(AwsCredentialsIdentity.create(ID, SECRET), NOW);
  }

  private static SignedRequest request(Map<String, List<String>> fields, byte[] body) {
    return new SignedRequest("POST", "/", "", name -> fields.getOrDefault(name, List.of()), body);
  }

  private static void assertRefused(Signatures signatures, SignedRequest request, String error) {
    assertThatThrownBy(() -> signatures.signer(request).principal()).isInstanceOfSatisfying(DynamoFailure.class, failure -> {
      assertThat(failure.type()).endsWith("#" + error);
      assertThat(failure.status()).isEqualTo(400);
      assertThat(failure.getMessage()).doesNotContain(SECRET);
    });
  }

  private static void change(Map<String, List<String>> fields, String name, String from, String to) {
    String value = fields.getOrDefault(name, List.of("")).getFirst();
    assertThat(value).contains(from);
    fields.put(name, List.of(value.replace(from, to)));
  }

  /** From AWS's test suite of Signature Version 4: post-vanilla, post-header-key-sort, post-x-www-form-urlencoded. */
  @ParameterizedTest
  @CsvSource({
      "host;x-amz-date, '', 5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
      "host;my-header1;x-amz-date, '', c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
      "content-type;host;x-amz-date, Param1=value1, ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  })
  void whatAwsPublishedIsTaken(String names, String body, String signature) throws IOException {
    Map<String, List<String>> fields = new TreeMap<>(Map.of(
        "host", List.of("example.amazonaws.com"), "x-amz-date", List.of("20150830T123600Z"), "my-header1", List.of("value1"),
        "content-type", List.of("application/x-www-form-urlencoded"), "authorization",
        List.of("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" + names
            + ", Signature=" + signature)));
    Signatures signatures = new Signatures(keys("example AKIDEXAMPLE wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        () -> Instant.parse("2015-08-30T12:36:00Z"));
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    assertThat(signatures.signer(request(fields, bytes)).principal()).isEqualTo("example");
    assertRefused(signatures, new SignedRequest("GET", "/", "", name -> fields.getOrDefault(name, List.of()), bytes),
        "InvalidSignatureException");
    // Another operation cannot be had by a field that was not signed.
    fields.put("x-amz-target", List.of("DynamoDB_20120810.DeleteTable"));
    assertRefused(signatures, request(fields, bytes), "InvalidSignatureException");
  }

  @Test
  void whatTheSdkSignedIsTakenForThePrincipalOfItsKey() throws IOException {
    Signatures signatures = signatures(NOW);
    for (int i = 0; i < 2; i++) {
      assertThat(signatures.signer(request(signed(), BODY)).principal()).isEqualTo("lakefs");
      assertThat(signatures.signer(request(signed(AwsCredentialsIdentity.create("AKIDOTHER", "another"), NOW), BODY)).principal())
          .isEqualTo("other");
    }
    assertThat(signatures.signer(request(signed(AwsSessionCredentialsIdentity.create(ID, SECRET, "session"), NOW), BODY)).principal())
        .isEqualTo("lakefs");
  }

  @Test
  void anotherBodyIsRefused() throws IOException {
    byte[] other = BODY.clone();
    other[2] ^= 1;
    assertRefused(signatures(NOW), request(signed(), other), "InvalidSignatureException");
    assertRefused(signatures(NOW), request(signed(), new byte[0]), "InvalidSignatureException");
  }

  @ParameterizedTest
  @CsvSource({"host, localhost, localhosts", "x-amz-target, Describe, Delete", "x-amz-date, T001000Z, T001001Z",
      "x-two, one, none", "authorization, eu-west-1, us-west-1", "authorization, dynamodb, s3",
      "authorization, ;x-amz-target, ''", "authorization, host;, ''", "authorization, ;x-amz-date, ''",
      "authorization, Signature=, Signature=0", "authorization, Signature=, Signature=00"})
  void aChangedFieldIsRefused(String name, String from, String to) throws IOException {
    Map<String, List<String>> fields = signed();
    change(fields, name, from, to);
    assertRefused(signatures(NOW), request(fields, BODY), "InvalidSignatureException");
  }

  @Test
  void everyDigitOfTheSignatureCounts() throws IOException {
    Signatures signatures = signatures(NOW);
    String authorization = signed().getOrDefault("authorization", List.of("")).getFirst();
    int begin = authorization.indexOf("Signature=") + "Signature=".length();
    for (int i = begin; i < authorization.length(); i++) {
      char other = authorization.charAt(i) == '0' ? '1' : '0';
      Map<String, List<String>> fields = signed();
      fields.put("authorization", List.of(authorization.substring(0, i) + other + authorization.substring(i + 1)));
      assertRefused(signatures, request(fields, BODY), "InvalidSignatureException");
    }
  }

  @Test
  void timesOffByMoreThanAQuarterOfAnHourAreRefused() throws IOException {
    Map<String, List<String>> fields = signed();
    for (int seconds : new int[] {-900, -1, 0, 1, 900}) {
      assertThat(signatures(NOW.plusSeconds(seconds)).signer(request(fields, BODY)).principal()).isEqualTo("lakefs");
    }
    for (Duration off : List.of(Duration.ofSeconds(901), Duration.ofSeconds(-901), Duration.ofDays(1), Duration.ofDays(-365))) {
      assertRefused(signatures(NOW.plus(off)), request(fields, BODY), "InvalidSignatureException");
    }
    // The scope's day is that of the request, whatever the day is here.
    assertThat(signatures(NOW.minusSeconds(660)).signer(request(fields, BODY)).principal()).isEqualTo("lakefs");
    change(fields, "authorization", "20260301", "20260228");
    assertRefused(signatures(NOW), request(fields, BODY), "InvalidSignatureException");
  }

  @Test
  void unknownKeysAndWrongSecretsAreRefused() throws IOException {
    Signatures signatures = signatures(NOW);
    assertRefused(signatures, request(signed(AwsCredentialsIdentity.create("AKIDNOBODY", SECRET), NOW), BODY),
        "UnrecognizedClientException");
    assertRefused(signatures, request(signed(AwsCredentialsIdentity.create(ID, SECRET + "x"), NOW), BODY),
        "InvalidSignatureException");
    assertRefused(signatures, request(signed(AwsCredentialsIdentity.create(ID, "another"), NOW), BODY),
        "InvalidSignatureException");
    assertRefused(signatures, request(Map.of(), BODY), "MissingAuthenticationTokenException");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic dTpw", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00",
      "AWS4-HMAC-SHA256 Credential=AKIDLAKEFS/20260301/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=zz",
      "AWS3 Credential=AKIDLAKEFS/20260301/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00"})
  void whatIsNoSignatureIsRefused(String authorization) throws IOException {
    Map<String, List<String>> fields = signed();
    fields.put("authorization", List.of(authorization));
    assertRefused(signatures(NOW), request(fields, BODY), "IncompleteSignatureException");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "yesterday", "2026-03-01T00:10:00Z", "20261301T000000Z"})
  void whatIsNoTimeIsRefused(String date) throws IOException {
    Map<String, List<String>> fields = signed();
    fields.put("x-amz-date", List.of(date));
    assertRefused(signatures(NOW), request(fields, BODY), "IncompleteSignatureException");
  }

  @Test
  void inDevelopmentAnySignatureIsTakenForTheIdOfItsKey() {
    Signatures signatures = new Signatures(AccessKeys.any(), () -> NOW);
    assertThat(signatures.signer(request(signed(AwsCredentialsIdentity.create("me", "x"), NOW.minusSeconds(99_999)), BODY)).principal())
        .isEqualTo("me");
    assertThat(signatures.signer(request(Map.of("authorization", List.of("none")), BODY)).principal()).isEmpty();
    assertThat(signatures.signer(request(Map.of(), BODY)).principal()).isEmpty();
  }

  @Test
  void aFileOfKeysSaysWhichLineIsWrongAndNeverASecret() throws IOException {
    assertThat(keys("# who\n\n  ann\tAKIDA   s3cret  \n").isOffered()).isTrue();
    for (String wrong : List.of("ann AKIDA s3cret\nbob AKIDB", "ann AKIDA s3cret\nbob AKIDA other-s3cret",
        "ann AKIDA s3cret\nann AKIDB s3cret s3cret")) {
      assertThatThrownBy(() -> keys(wrong)).isInstanceOfSatisfying(StoreException.class, failure -> {
        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(failure.getMessage()).contains("line 2").doesNotContain("s3cret");
      });
    }
    assertThatThrownBy(() -> keys("# nobody\n")).hasMessageContaining("has none");
    assertThatThrownBy(() -> AccessKeys.read(folder.resolve("absent"))).hasMessageContaining("cannot be read");
    assertThat(AccessKeys.none().isOffered()).isFalse();
    assertThat(new AccessKeys.AccessKey("ann", "s3cret").toString()).doesNotContain("s3cret");
  }
}
