package io.logfold.projector.table.dynamodb;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableDriver;
import java.net.URI;

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

  @Override
  public Table open(URI url, String store, int partitions) {
    return DynamoDbTable.open(DynamoDbUrl.parse(url), store, partitions, new RequestCounts(), Timing.SYSTEM);
  }
}
