package io.logfold.query.server.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.query.server.dynamodb.auth.AccessKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;

/** Who has a key of the node's file may call, and is the principal of what it writes; nobody else may do anything. */
class SignedCallsTest {
  @TempDir
  Path folder;

  private AccessKeys keys() throws IOException {
    return AccessKeys.read(Files.writeString(folder.resolve("keys"), """
        # name, access key id, secret access key
        lakefs-prod AKIDPROD c0rrect+horse/battery=
        ann         AKIDANN  staple
        """));
  }

  private static AttributeValue bytes(String text) {
    return AttributeValue.fromB(SdkBytes.fromUtf8String(text));
  }

  private static void put(DynamoDbClient client, String value) {
    client.putItem(request -> request.tableName("kvstore").item(
        Map.of("PartitionKey", bytes("p"), "ItemKey", bytes("k"), "ItemValue", bytes(value))));
  }

  @Test
  void theKeysNameIsThePrincipalOfWhatItWrites() throws IOException {
    try (DynamoNode node = new DynamoNode(keys()); DynamoDbClient prod = node.client("AKIDPROD", "c0rrect+horse/battery=");
        DynamoDbClient ann = node.client("AKIDANN", "staple")) {
      DynamoNode.createPlainTable(prod, "kvstore");
      put(prod, "one");
      put(ann, "two");
      assertThat(node.history(Bytes.utf8("kvstore\0p"))).extracting(change -> change.provenance().principal())
          .containsExactly("lakefs-prod", "ann");
      assertThat(node.history(Bytes.utf8("kvstore\0p"))).extracting(change -> change.provenance().source())
          .allSatisfy(source -> assertThat(source).isEqualTo("127.0.0.1 DynamoDB.PutItem"));
    }
  }

  @Test
  void wrongSecretsUnknownKeysAndUnsignedRequestsAreRefusedAndNotTriedAgain() throws IOException {
    try (DynamoNode node = new DynamoNode(keys()); DynamoDbClient wrong = node.client("AKIDPROD", "wrong");
        DynamoDbClient unknown = node.client("AKIDNOBODY", "staple")) {
      assertRefused(wrong, "InvalidSignatureException");
      assertRefused(unknown, "UnrecognizedClientException");
      assertThat(node.call("ListTables", "{}").error()).isEqualTo("UnrecognizedClientException");
      assertThat(node.call("NoSuchOperation", "{}").error()).isEqualTo("UnrecognizedClientException");
      assertThat(node.store().commits()).isEmpty();
    }
  }

  private static void assertRefused(DynamoDbClient client, String error) {
    assertThatThrownBy(() -> DynamoNode.createPlainTable(client, "kvstore"))
        .isInstanceOfSatisfying(DynamoDbException.class, refused -> {
          assertThat(refused.awsErrorDetails().errorCode()).isEqualTo(error);
          assertThat(refused.statusCode()).isEqualTo(400);
          assertThat(refused.numAttempts()).isEqualTo(1);
        });
  }
}
