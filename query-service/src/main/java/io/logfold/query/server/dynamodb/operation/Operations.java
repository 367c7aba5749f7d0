package io.logfold.query.server.dynamodb.operation;

import io.logfold.api.Store;
import io.logfold.query.server.dynamodb.table.Catalogue;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/** The operations there are, by their names. Any thread. */
public final class Operations {
  /** Answers a request, or fails as {@link io.logfold.query.server.dynamodb.failure.DynamoFailure#of} tells. */
  @FunctionalInterface
  public interface Operation {
    CompletableFuture<Reply> call(Params request, Caller caller);
  }

  private final Map<String, Operation> operations;

  /**
   * @param random must be safe to share between threads
   * @param callMs how long a call may take
   */
  public Operations(Store store, InstantSource clock, RandomGenerator random, long callMs) {
    Catalogue catalogue = new Catalogue(store, clock, random, callMs);
    ItemWriter writer = new ItemWriter(store, random);
    TableOperations tables = new TableOperations(catalogue, random);
    ItemOperations items = new ItemOperations(store, catalogue, writer);
    BatchOperations batches = new BatchOperations(store, catalogue, writer);
    TransactionOperations transactions = new TransactionOperations(store, catalogue, writer);
    ReadOperations reads = new ReadOperations(store, catalogue);
    this.operations = Map.ofEntries(
        Map.entry("CreateTable", tables::create),
        Map.entry("DescribeTable", tables::describe),
        Map.entry("ListTables", tables::list),
        Map.entry("DeleteTable", tables::delete),
        Map.entry("UpdateTable", tables::update),
        Map.entry("UpdateTimeToLive", tables::updateTimeToLive),
        Map.entry("DescribeTimeToLive", tables::describeTimeToLive),
        Map.entry("GetItem", items::get),
        Map.entry("PutItem", items::put),
        Map.entry("UpdateItem", items::update),
        Map.entry("DeleteItem", items::delete),
        Map.entry("BatchGetItem", batches::get),
        Map.entry("BatchWriteItem", batches::write),
        Map.entry("TransactGetItems", transactions::get),
        Map.entry("TransactWriteItems", transactions::write),
        Map.entry("Query", reads::query),
        Map.entry("Scan", reads::scan));
  }

  public Optional<Operation> find(String name) {
    return Optional.ofNullable(operations.get(name));
  }
}
