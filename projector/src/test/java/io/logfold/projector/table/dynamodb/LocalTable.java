package io.logfold.projector.table.dynamodb;

import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.testing.Checkpoints;
import io.logfold.projector.testing.DynamoDbLocal;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** A table of a test's own in DynamoDB Local, opened as often as one likes. */
final class LocalTable implements AutoCloseable {
  static final String STORE = "s";
  static final Bytes PK = Bytes.utf8("pk");

  private final String name = "t" + UUID.randomUUID().toString().replace("-", "");
  private final java.util.ArrayList<AutoCloseable> opened = new java.util.ArrayList<>();

  String name() {
    return name;
  }

  DynamoDbUrl url() {
    return DynamoDbUrl.parse(URI.create(DynamoDbLocal.url(name)));
  }

  /** As a process of its own would have it. */
  Table open(ExecutionInterceptor... interceptors) {
    return open(Timing.SYSTEM, interceptors);
  }

  Table open(Timing timing, ExecutionInterceptor... interceptors) {
    return kept(DynamoDbTable.open(url(), STORE, 2, List.of(interceptors), timing));
  }

  DynamoDbClient client() {
    return kept(DynamoDbClient.builder().region(Region.of("local"))
        .endpointOverride(URI.create(DynamoDbLocal.endpoint()))
        .httpClient(UrlConnectionHttpClient.create()).build());
  }

  private <T extends AutoCloseable> T kept(T one) {
    opened.add(one);
    return one;
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
  }

  static Checkpoint at(long lsn) {
    return Checkpoints.at(STORE, 0, lsn);
  }

  static RowChange put(String key, String value, long revision) {
    return put(PK, Bytes.utf8(key), Bytes.utf8(value), revision);
  }

  static RowChange put(Bytes partitionKey, Bytes key, Bytes value, long revision) {
    return new RowChange(partitionKey, key, Optional.of(value), revision);
  }

  static RowChange delete(String key, long revision) {
    return new RowChange(PK, Bytes.utf8(key), Optional.empty(), revision);
  }

  static Optional<Row> row(Table table, String key) {
    return table.get(0, PK, List.of(Bytes.utf8(key))).rows().get(0);
  }

  static Bytes filled(int size, int value) {
    byte[] bytes = new byte[size];
    java.util.Arrays.fill(bytes, (byte) value);
    return Bytes.wrap(bytes);
  }
}
