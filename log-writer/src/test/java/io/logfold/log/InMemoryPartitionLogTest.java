package io.logfold.log;

import io.logfold.log.testing.PartitionLogContract;
import java.util.HashMap;
import java.util.Map;

class InMemoryPartitionLogTest extends PartitionLogContract {
  private final Map<String, PartitionLog> logs = new HashMap<>();

  @Override
  protected PartitionLog open(String name) {
    return logs.computeIfAbsent(name, each -> new InMemoryPartitionLog());
  }
}
