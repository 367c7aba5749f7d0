package io.logfold.query.server.dynamodb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.Change;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.KeyRange;
import io.logfold.api.Limits;
import io.logfold.api.Moment;
import io.logfold.api.ScanRequest;
import io.logfold.api.Versioned;
import io.logfold.query.server.dynamodb.LakeFsCalls.Entries;
import io.logfold.query.server.dynamodb.auth.AccessKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;

/** All that lakeFS's DynamoDB driver asks of its table, by the AWS SDK, with pages of ten; and what then lies in the store. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LakeFsCallsTest {
  private static final CallOptions PATIENT = CallOptions.timeoutMs(20_000);
  private static final String TABLE = "kvstore";
  private static final byte[] START = new byte[0];
  private static final byte[] KEY = bytes("key");
  private static final byte[] ABSENT = bytes("absent");

  private final DynamoNode node = new DynamoNode(AccessKeys.any());
  private final DynamoDbClient client = node.client("lakefs", "secret");
  private final LakeFsCalls calls = new LakeFsCalls(client, TABLE, 10);
  private byte[] pk = new byte[0];

  @BeforeAll
  void createTable() {
    assertThatThrownBy(() -> client.describeTable(request -> request.tableName(TABLE)))
        .isInstanceOf(ResourceNotFoundException.class);
    DynamoNode.createPlainTable(client, TABLE);
    // Each lakeFS of an installation tries it, and takes this for success.
    assertThatThrownBy(() -> DynamoNode.createPlainTable(client, TABLE)).isInstanceOf(ResourceInUseException.class);
    await().until(() -> status(TABLE) == TableStatus.ACTIVE);
  }

  private TableStatus status(String table) {
    return client.describeTable(request -> request.tableName(table)).table().tableStatus();
  }

  @BeforeEach
  void freshPartitionKey() {
    pk = bytes("repo-" + UUID.randomUUID());
  }

  @AfterAll
  void close() {
    client.close();
    node.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static byte[] raw(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] key(int i) {
    return bytes("key-%03d".formatted(i));
  }

  private Optional<String> text(byte[] key) {
    return calls.get(pk, key).map(value -> new String(value, UTF_8));
  }

  private static List<String> keys(Entries entries) {
    List<String> keys = new ArrayList<>();
    while (entries.next()) {
      keys.add(new String(entries.key(), UTF_8));
    }
    return keys;
  }

  private static List<String> expected(int from, int to) {
    List<String> keys = new ArrayList<>();
    for (int i = from; i < to; i++) {
      keys.add(new String(key(i), UTF_8));
    }
    return keys;
  }

  /** What the store itself has under lakeFS's keys. */
  private static Bytes inStore(byte[] partitionKey) {
    byte[] prefix = bytes(TABLE + "\0");
    byte[] joined = Arrays.copyOf(prefix, prefix.length + partitionKey.length);
    System.arraycopy(partitionKey, 0, joined, prefix.length, partitionKey.length);
    return Bytes.wrap(joined);
  }

  // ---- one key

  @Test
  void whatWasSetIsReadAndOverwrittenAndGoneWhenItWasDeleted() {
    assertThat(text(KEY)).isEmpty();
    calls.set(pk, KEY, bytes("one"));
    assertThat(text(bytes("key"))).contains("one");
    calls.set(pk, KEY, bytes("two"));
    assertThat(text(KEY)).contains("two");
    assertThat(text(ABSENT)).isEmpty();
    calls.delete(pk, KEY);
    assertThat(text(KEY)).isEmpty();
    calls.delete(pk, KEY);
    calls.delete(bytes("repo-" + UUID.randomUUID()), KEY);
  }

  @Test
  void aConditionOnAbsenceHoldsOnce() {
    assertThat(calls.setIfAbsent(pk, KEY, bytes("one"))).isTrue();
    assertThat(calls.setIfAbsent(pk, KEY, bytes("two"))).isFalse();
    assertThat(text(KEY)).contains("one");
    calls.delete(pk, KEY);
    assertThat(calls.setIfAbsent(pk, KEY, bytes("three"))).isTrue();
  }

  @Test
  void aConditionOnExistenceLeavesAbsentWhatIs() {
    assertThat(calls.setIfExists(pk, KEY, bytes("one"))).isFalse();
    assertThat(text(KEY)).isEmpty();
    calls.set(pk, KEY, bytes("one"));
    assertThat(calls.setIfExists(pk, KEY, bytes("two"))).isTrue();
    assertThat(text(KEY)).contains("two");
  }

  @Test
  void aConditionOnAValueComparesItsBytes() {
    assertThat(calls.setIfEquals(pk, KEY, bytes("two"), bytes("one"))).isFalse();
    assertThat(text(KEY)).isEmpty();
    calls.set(pk, KEY, bytes("one"));
    assertThat(calls.setIfEquals(pk, KEY, bytes("two"), bytes("on"))).isFalse();
    assertThat(calls.setIfEquals(pk, KEY, bytes("two"), bytes("one\0"))).isFalse();
    assertThat(calls.setIfEquals(pk, KEY, bytes("two"), calls.get(pk, KEY).orElseThrow())).isTrue();
    assertThat(calls.setIfEquals(pk, KEY, bytes("three"), bytes("one"))).isFalse();
    assertThat(text(KEY)).contains("two");
  }

  @Test
  void anEmptyValueIsAValueAndCanBeACondition() {
    assertThat(calls.setIfEquals(pk, KEY, bytes("one"), new byte[0])).isFalse();
    calls.set(pk, KEY, new byte[0]);
    assertThat(text(KEY)).contains("");
    assertThat(calls.setIfAbsent(pk, KEY, bytes("one"))).isFalse();
    assertThat(calls.setIfExists(pk, KEY, new byte[0])).isTrue();
    assertThat(calls.setIfEquals(pk, KEY, bytes("one"), new byte[0])).isTrue();
    assertThat(calls.setIfEquals(pk, KEY, bytes("two"), new byte[0])).isFalse();
    assertThat(text(KEY)).contains("one");
  }

  /** Version 1 of Go's SDK, which older lakeFS used, writes empty bytes as NULL. */
  @Test
  void aValueThatIsNullStandsForNoBytes() {
    Map<String, AttributeValue> item = Map.of(LakeFsCalls.PARTITION_KEY, LakeFsCalls.bytes(pk), LakeFsCalls.KEY,
        LakeFsCalls.bytes(KEY), LakeFsCalls.VALUE, AttributeValue.fromNul(true));
    PutItemRequest put = PutItemRequest.builder().tableName(TABLE).item(item).build();
    PutItemRequest absent = put.toBuilder().conditionExpression("attribute_not_exists(ItemValue)").build();
    PutItemRequest equal = put.toBuilder().conditionExpression("#0 = :0")
        .expressionAttributeNames(Map.of("#0", LakeFsCalls.VALUE))
        .expressionAttributeValues(Map.of(":0", AttributeValue.fromNul(true))).build();
    assertThatThrownBy(() -> client.putItem(equal)).isInstanceOf(ConditionalCheckFailedException.class);
    client.putItem(absent);
    assertThat(client.getItem(get -> get.tableName(TABLE).key(Map.of(LakeFsCalls.PARTITION_KEY, LakeFsCalls.bytes(pk),
        LakeFsCalls.KEY, LakeFsCalls.bytes(KEY)))).item()).isEqualTo(item);
    assertThatThrownBy(() -> client.putItem(absent)).isInstanceOf(ConditionalCheckFailedException.class);
    client.putItem(equal);
    assertThat(calls.setIfEquals(pk, KEY, bytes("one"), new byte[0])).isFalse();
    assertThat(calls.setIfExists(pk, KEY, bytes("one"))).isTrue();
    assertThatThrownBy(() -> client.putItem(equal)).isInstanceOf(ConditionalCheckFailedException.class);
    assertThat(text(KEY)).contains("one");
  }

  @Test
  void ofThirtyTwoThatRaceOnOneConditionOneWins() throws Exception {
    calls.set(pk, KEY, bytes("begin"));
    for (boolean absent : new boolean[] {true, false}) {
      byte[] key = absent ? ABSENT : KEY;
      List<Future<Boolean>> wins = new ArrayList<>();
      try (ExecutorService threads = Executors.newFixedThreadPool(32)) {
        for (int i = 0; i < 32; i++) {
          byte[] value = bytes("racer-" + i);
          wins.add(threads.submit(() -> absent ? calls.setIfAbsent(pk, key, value)
              : calls.setIfEquals(pk, key, value, bytes("begin"))));
        }
      }
      int winner = -1;
      for (int i = 0; i < wins.size(); i++) {
        if (wins.get(i).get()) {
          assertThat(winner).isEqualTo(-1);
          winner = i;
        }
      }
      assertThat(text(key)).contains("racer-" + winner);
    }
  }

  @Test
  void keysAndValuesAreBytesWhateverTheyAre() {
    List<byte[]> keys = List.of(raw(0), raw(0, 0), raw(0, 255), raw(1), raw(127), raw(128), raw(255), raw(255, 0), raw(255, 255));
    byte[] partitionKey = inStore(raw(0, 255, 254)).toArray();
    for (int i = keys.size() - 1; i >= 0; i--) {
      calls.set(partitionKey, keys.get(i), keys.get(keys.size() - 1 - i));
    }
    Entries entries = calls.scan(partitionKey, START);
    for (int i = 0; i < keys.size(); i++) {
      assertThat(entries.next()).isTrue();
      assertThat(entries.key()).isEqualTo(keys.get(i));
      assertThat(entries.value()).isEqualTo(keys.get(keys.size() - 1 - i));
      assertThat(calls.get(partitionKey, keys.get(i))).contains(keys.get(keys.size() - 1 - i));
    }
    assertThat(entries.next()).isFalse();
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    // The bytes that other items of such a table begin with are not special in a value.
    for (byte[] value : List.of(all, raw(0xF7, 'l', 'f', 'i', 't', 'e', 'm', 1), raw(0xF7, 'l', 'f', 'i', 't', 'e', 'm', 1, 0, 5))) {
      calls.set(pk, KEY, value);
      assertThat(calls.get(pk, KEY)).contains(value);
      assertThat(calls.setIfEquals(pk, KEY, value, value)).isTrue();
    }
  }

  @Test
  void aPairOfKeysIsNeverTakenForAnother() {
    calls.set(bytes("a"), bytes("b/c"), bytes("1"));
    calls.set(bytes("a/b"), bytes("c"), bytes("2"));
    calls.set(bytes("a\0b"), bytes("c"), bytes("3"));
    calls.set(bytes("a"), bytes("b\0c"), bytes("4"));
    assertThat(calls.get(bytes("a"), bytes("b/c"))).contains(bytes("1"));
    assertThat(calls.get(bytes("a/b"), bytes("c"))).contains(bytes("2"));
    assertThat(calls.get(bytes("a\0b"), bytes("c"))).contains(bytes("3"));
    assertThat(keys(calls.scan(bytes("a"), START))).containsExactly("b\0c", "b/c");
  }

  @Test
  void theLargestKeysAndValuesFitAndLargerOnesAreRefused() {
    byte[] longPk = new byte[Limits.MAX_PARTITION_KEY_BYTES - TABLE.length() - 1];
    byte[] longKey = new byte[Limits.MAX_KEY_BYTES];
    byte[] longValue = new byte[Limits.MAX_VALUE_BYTES];
    calls.set(longPk, longKey, longValue);
    assertThat(calls.get(longPk, longKey)).contains(longValue);
    assertThat(keys(calls.scan(longPk, START))).hasSize(1);
    for (byte[][] tooLong : List.of(new byte[][] {new byte[longPk.length + 1], longKey, KEY},
        new byte[][] {longPk, new byte[longKey.length + 1], KEY}, new byte[][] {longPk, longKey, new byte[longValue.length + 1]},
        new byte[][] {new byte[0], KEY, KEY}, new byte[][] {pk, new byte[0], KEY})) {
      assertThatThrownBy(() -> calls.set(tooLong[0], tooLong[1], tooLong[2]))
          .isInstanceOfSatisfying(DynamoDbException.class, refused -> {
            assertThat(refused.awsErrorDetails().errorCode()).isEqualTo("ValidationException");
            assertThat(refused.numAttempts()).isEqualTo(1);
          });
    }
    calls.delete(longPk, longKey);
  }

  // ---- scans

  private byte[] hundredKeysBesideAnother() {
    byte[] other = Arrays.copyOf(pk, pk.length + 1);
    other[pk.length] = 'a';
    for (int i = 0; i < 100; i++) {
      calls.set(pk, key(i), bytes("value-" + i));
      calls.set(other, key(i), bytes("other-" + i));
    }
    return other;
  }

  @Test
  void aHundredKeysUnderTwoPartitionKeysAreScannedFromAnywhereByTens() {
    byte[] other = hundredKeysBesideAnother();
    for (byte[] each : List.of(pk, other)) {
      Entries entries = calls.scan(each, START);
      for (int i = 0; i < 100; i++) {
        assertThat(entries.next()).isTrue();
        assertThat(entries.key()).isEqualTo(key(i));
        assertThat(new String(entries.value(), UTF_8)).isEqualTo((each == pk ? "value-" : "other-") + i);
      }
      assertThat(entries.next()).isFalse();
      assertThat(entries.next()).isFalse();
      assertThat(entries.pages()).isBetween(10, 11);
    }
    assertThat(keys(calls.scan(pk, key(50)))).isEqualTo(expected(50, 100));
    assertThat(keys(calls.scan(pk, bytes("key-0495")))).isEqualTo(expected(50, 100));
    assertThat(keys(calls.scan(pk, key(99)))).isEqualTo(expected(99, 100));
    assertThat(keys(calls.scan(pk, bytes("key-1")))).isEmpty();
    assertThat(keys(calls.scan(pk, bytes("a")))).hasSize(100);
    assertThat(keys(calls.scan(bytes("repo-" + UUID.randomUUID()), START))).isEmpty();
    assertThat(keys(calls.scan(bytes("repo-" + UUID.randomUUID()), KEY))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 95, 99, 100, 101, 1_024})
  void theLastKeyMayBeDeletedInMidScan(int scanLimit) {
    for (int i = 0; i < 100; i++) {
      calls.set(pk, key(i), bytes("value-" + i));
    }
    Entries entries = new LakeFsCalls(client, TABLE, scanLimit).scan(pk, START);
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < 95; i++) {
      assertThat(entries.next()).isTrue();
      seen.add(new String(entries.key(), UTF_8));
    }
    calls.delete(pk, key(99));
    seen.addAll(keys(entries));
    assertThat(seen.subList(0, 99)).isEqualTo(expected(0, 99));
    assertThat(seen.size()).isBetween(99, 100);
  }

  @Test
  void theKeyThatAPageEndedWithMayBeDeleted() {
    for (int i = 0; i < 30; i++) {
      calls.set(pk, key(i), new byte[0]);
    }
    Entries entries = calls.scan(pk, START);
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      assertThat(entries.next()).isTrue();
      seen.add(new String(entries.key(), UTF_8));
      calls.delete(pk, entries.key());
    }
    assertThat(entries.next()).isFalse();
    assertThat(seen).isEqualTo(expected(0, 30));
    assertThat(keys(calls.scan(pk, START))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"RRRRRRRDDDDDDD", "RRRDRDRDRDRDDD", "RRRRRDRDRDRDRDRRRRR", "DDDDRDRDRDRDDRDDDDD", "DDDDRDRDDRRDDDDD",
      "DDDDDRRRRR"})
  void oneMayReadWhileAnotherDeletes(String steps) {
    for (int limit : new int[] {1, 2, 10}) {
      for (int i = 0; i < 20; i++) {
        calls.set(pk, key(i), bytes("value"));
      }
      LakeFsCalls paged = new LakeFsCalls(client, TABLE, limit);
      Entries reader = paged.scan(pk, START);
      Entries deleter = paged.scan(pk, START);
      int read = 0;
      int deleted = 0;
      int last = -1;
      for (char step : steps.toCharArray()) {
        Entries iterator = step == 'R' ? reader : deleter;
        if (!iterator.next()) {
          continue;
        }
        int number = Integer.parseInt(new String(iterator.key(), UTF_8).substring(4));
        if (step == 'D') {
          assertThat(number).isEqualTo(deleted++);
          calls.delete(pk, iterator.key());
        } else {
          // Whatever is not deleted is read, and in order.
          assertThat(number).isGreaterThan(last).isLessThanOrEqualTo(Math.max(last + 1, deleted));
          last = number;
          read++;
        }
      }
      while (reader.next()) {
        int number = Integer.parseInt(new String(reader.key(), UTF_8).substring(4));
        assertThat(number).isGreaterThan(last).isLessThanOrEqualTo(Math.max(last + 1, deleted));
        last = number;
        read++;
      }
      assertThat(last).isEqualTo(19);
      assertThat(read).isBetween(20 - deleted, 20);
      for (Entries rest = calls.scan(pk, START); rest.next();) {
        calls.delete(pk, rest.key());
      }
    }
  }

  // ---- what lies in the store

  @Test
  void whatLiesInTheStoreIsThePlainKeyAndValue() {
    byte[] key = raw('k', 0, 255);
    byte[] value = raw(0, 1, 255, 'v');
    calls.set(pk, key, value);
    calls.set(pk, bytes("empty"), new byte[0]);
    List<Optional<Versioned>> found = node.store().get(new GetRequest(inStore(pk),
        List.of(Bytes.wrap(key), Bytes.utf8("empty"), Bytes.utf8("absent")), Consistency.LINEARIZABLE), PATIENT).join().entries();
    assertThat(found.get(0).map(Versioned::value)).contains(Bytes.wrap(value));
    assertThat(found.get(1).map(Versioned::value)).contains(Bytes.EMPTY);
    assertThat(found.get(2)).isEmpty();
    assertThat(node.store().scan(new ScanRequest(inStore(pk), KeyRange.ALL, 10, false, true, Consistency.LINEARIZABLE, false,
        Optional.empty()), PATIENT).join().entries()).extracting(entry -> entry.key())
        .containsExactly(Bytes.utf8("empty"), Bytes.wrap(key));
  }

  @Test
  void theHistoryAndThePastTellWhatLakeFsDid() {
    calls.set(pk, KEY, bytes("one"));
    assertThat(calls.setIfEquals(pk, KEY, bytes("two"), bytes("one"))).isTrue();
    assertThat(calls.setIfEquals(pk, KEY, bytes("never"), bytes("one"))).isFalse();
    calls.delete(pk, KEY);
    List<Change> changes = node.history(inStore(pk));
    assertThat(changes).extracting(Change::kind).containsExactly(Change.Kind.PUT, Change.Kind.PUT, Change.Kind.DELETE);
    assertThat(changes).extracting(Change::value).containsExactly(Optional.of(Bytes.utf8("one")),
        Optional.of(Bytes.utf8("two")), Optional.empty());
    assertThat(changes).allSatisfy(change -> {
      assertThat(change.key()).isEqualTo(Bytes.wrap(KEY));
      assertThat(change.provenance().principal()).isEqualTo("lakefs");
    });
    assertThat(changes).extracting(change -> change.provenance().source())
        .containsExactly("127.0.0.1 DynamoDB.PutItem", "127.0.0.1 DynamoDB.PutItem", "127.0.0.1 DynamoDB.DeleteItem");
    for (Change change : changes) {
      assertThat(node.store().get(new GetRequest(inStore(pk), List.of(Bytes.wrap(KEY)),
          new Consistency.AsOf(new Moment.Revision(change.revision()))), PATIENT).join().entries().getFirst()
          .map(Versioned::value)).isEqualTo(change.value());
    }
  }

  // ---- the table

  @Test
  void aTableThatWasDroppedIsGoneWithItsItemsAndMayBeMadeAnew() {
    String table = "dropped";
    LakeFsCalls dropped = new LakeFsCalls(client, table, 10);
    DynamoNode.createPlainTable(client, table);
    for (int i = 0; i < 150; i++) {
      dropped.set(bytes("p" + i % 3), key(i), bytes("value"));
    }
    client.deleteTable(request -> request.tableName(table));
    assertThatThrownBy(() -> dropped.get(bytes("p0"), key(0))).isInstanceOf(ResourceNotFoundException.class);
    await().ignoreExceptionsInstanceOf(ResourceInUseException.class).untilAsserted(() -> {
      DynamoNode.createPlainTable(client, table);
      assertThat(status(table)).isEqualTo(TableStatus.ACTIVE);
    });
    assertThat(client.scan(request -> request.tableName(table)).items()).isEmpty();
    assertThat(dropped.get(bytes("p0"), key(0))).isEmpty();
    assertThat(node.history(Bytes.utf8(table + "\0p0"))).hasSize(100);
    calls.set(pk, KEY, bytes("another table's"));
    assertThat(text(KEY)).contains("another table's");
  }
}
