package io.logfold.projector.table.dynamodb;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableDriver;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/** Opens {@code dynamodb://REGION/TABLE?endpoint=URL&create=true}. Credentials come from the SDK's default chain. */
public final class DynamoDbTableDriver implements TableDriver {
  @Override
  public String scheme() {
    return "dynamodb";
  }

  @Override
  public boolean local() {
    return false;
  }

  /** {@code _history} behind the table's name. */
  @Override
  public Optional<String> historyUrl(String url) {
    int query = url.indexOf('?');
    return Optional.of(query < 0 ? url + "_history" : url.substring(0, query) + "_history" + url.substring(query));
  }

  @Override
  public Table open(URI url, String store, int partitions) {
    return open(url, store, partitions, new RequestCounts());
  }

  /** As the other, and every request that goes out is counted there. */
  public Table open(URI url, String store, int partitions, RequestCounts counts) {
    return DynamoDbTable.open(DynamoDbUrl.parse(url), store, partitions, List.of(counts), Timing.SYSTEM);
  }
}
