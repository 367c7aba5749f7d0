package io.logfold.projector.table.dynamodb;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.projector.table.Table.TableRead;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.TransactGetItem;

/**
 * The reads of {@link DynamoDbTable}.
 *
 * <ul>
 *   <li>get: TransactGetItems of the checkpoint and up to 99 rows is one moment. More rows, or more than 4 MB, take
 *       several; where each tells the same checkpoint nothing changed between them.
 *   <li>scan: a settled checkpoint first ({@link Settling}), then Query; what was applied meanwhile may be seen.
 *   <li>partitionKeys: see there.
 * </ul>
 */
final class Reads {
  private static final int ROWS_AT_ONCE = 99;
  private static final int NAMES_AT_ONCE = 100;
  /** As many connections as the JDK's client keeps open. */
  private static final int LOOKS_AT_ONCE = 5;
  private static final int LONGEST_KEY = 1_024;

  private final Requests requests;
  private final String rowTable;
  private final String checkpointTable;
  private final String store;
  private final Settling settling;
  private final KeyRegistry registry;

  Reads(Requests requests, DynamoDbUrl url, String store, Settling settling, KeyRegistry registry) {
    this.requests = requests;
    this.rowTable = url.table();
    this.checkpointTable = url.checkpoints();
    this.store = store;
    this.settling = settling;
    this.registry = registry;
  }

  TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
    List<Bytes> distinct = keys.stream().distinct().toList();
    Requests.Attempts attempts = requests.attempts("read from", requests.timing().readBudgetMs());
    Map<Bytes, Row> found = new HashMap<>();
    Checkpoint checkpoint = null;
    int atOnce = ROWS_AT_ONCE;
    int from = 0;
    while (checkpoint == null || from < distinct.size()) {
      List<Bytes> some = distinct.subList(from, Math.min(distinct.size(), from + atOnce));
      try {
        List<ItemResponse> items = atOneMoment(partition, partitionKey, some);
        Checkpoint seen = Items.checkpoint(items.get(0).item(), store, partition);
        if (checkpoint != null && !Settling.same(checkpoint, seen)) {
          found.clear();
          from = 0;
          checkpoint = null;
          attempts.again("it moved on with each of several requests for " + distinct.size() + " keys",
              new IllegalStateException("now at offset " + seen.at().position()));
          continue;
        }
        checkpoint = seen;
        for (ItemResponse item : items.subList(1, items.size())) {
          if (item.hasItem() && !item.item().isEmpty()) {
            Row row = Items.row(item.item(), false);
            found.put(row.key(), row);
          }
        }
        from += some.size();
      } catch (SdkException e) {
        if (some.size() > 1 && Faults.refusedAsItIs(e)) {
          atOnce = some.size() / 2;
        } else {
          attempts.failed(e);
        }
      }
    }
    return new TableRead(keys.stream().map(key -> Optional.ofNullable(found.get(key))).toList(), checkpoint);
  }

  private List<ItemResponse> atOneMoment(int partition, Bytes partitionKey, List<Bytes> keys) {
    List<TransactGetItem> gets = new ArrayList<>();
    gets.add(Settling.get(checkpointTable, Items.checkpointKey(partition)));
    keys.forEach(key -> gets.add(Settling.get(rowTable, Items.rowKey(partitionKey, key))));
    return requests.once(client -> client.transactGetItems(get -> get.transactItems(gets))).responses();
  }

  TablePage scan(int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    Checkpoint checkpoint = settling.settled(partition, partitionKey);
    List<Row> rows = new ArrayList<>();
    if (range.isEmpty()) {
      return new TablePage(rows, false, checkpoint);
    }
    long bytes = 0;
    Map<String, AttributeValue> after = Map.of();
    do {
      // One more than wanted tells whether there is more, and two may lie on the bounds and be dropped.
      int wanted = (int) Math.min(Integer.MAX_VALUE, limit - rows.size() + 3L);
      QueryRequest query = query(partitionKey, range, wanted, reverse, keysOnly, after);
      QueryResponse page = requests.read("scan", client -> client.query(query));
      for (Map<String, AttributeValue> item : page.items()) {
        Row row = Items.row(item, keysOnly);
        if (range.contains(row.key())) {
          if (rows.size() >= limit || bytes >= Table.PAGE_BYTES) {
            return new TablePage(rows, true, checkpoint);
          }
          rows.add(row);
          bytes += row.key().size() + row.value().size();
        }
      }
      after = page.hasLastEvaluatedKey() ? page.lastEvaluatedKey() : Map.of();
    } while (!after.isEmpty());
    return new TablePage(rows, false, checkpoint);
  }

  /**
   * Names that have rows. A name whose rows exist all the while is told, one that has none all the while is not:
   *
   * <ul>
   *   <li>The settled checkpoint at the beginning makes sure that the registry holds every name with a row there, and
   *       names are never removed.
   *   <li>A row that is found proves its name. Where none is found, a transaction under way may have ended one row and
   *       not yet shown another. So that answer counts only if the partition is then at rest and stands where it stood,
   *       settled, before the question: nothing happened between.
   * </ul>
   */
  List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit) {
    settling.settled(partition);
    List<Bytes> found = new ArrayList<>();
    Optional<Bytes> behind = after;
    while (found.size() < limit) {
      int wanted = Math.min(NAMES_AT_ONCE, limit - found.size());
      List<Bytes> names = registry.names(partition, behind, wanted);
      found.addAll(withRows(partition, names));
      if (names.size() < wanted) {
        return found;
      }
      behind = Optional.of(names.get(names.size() - 1));
    }
    return found;
  }

  private List<Bytes> withRows(int partition, List<Bytes> names) {
    Requests.Attempts attempts = requests.attempts("read from", requests.timing().readBudgetMs());
    Set<Bytes> without = new HashSet<>(names);
    while (true) {
      Checkpoint before = settling.settled(partition);
      without.removeAll(haveRows(List.copyOf(without)));
      if (without.isEmpty() || Settling.same(before, settling.checkpointAtRest(partition))) {
        return names.stream().filter(name -> !without.contains(name)).toList();
      }
      attempts.again("it moved on with each look for rows of " + without.size() + " partition keys",
          new IllegalStateException("was at offset " + before.at().position()));
    }
  }

  private Set<Bytes> haveRows(List<Bytes> names) {
    Set<Bytes> found = new HashSet<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(LOOKS_AT_ONCE, Thread.ofVirtual().factory())) {
      List<Callable<Boolean>> looks = names.stream().<Callable<Boolean>>map(name -> () -> hasRows(name)).toList();
      List<Future<Boolean>> answers = threads.invokeAll(looks);
      for (int i = 0; i < names.size(); i++) {
        if (answers.get(i).get()) {
          found.add(names.get(i));
        }
      }
      return found;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw requests.failure("read from", "interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
    }
  }

  private boolean hasRows(Bytes partitionKey) {
    QueryRequest query = query(partitionKey, KeyRange.ALL, 1, false, true, Map.of());
    return !requests.read("read from", client -> client.query(query)).items().isEmpty();
  }

  /** Bounds are inclusive on both sides and cut to the longest key there can be: the caller drops what is outside. */
  private QueryRequest query(Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly,
      Map<String, AttributeValue> after) {
    Map<String, String> names = new HashMap<>(Map.of("#p", Items.PARTITION_KEY));
    Map<String, AttributeValue> values = new HashMap<>(Map.of(":p", Items.b(partitionKey)));
    String condition = "#p = :p";
    boolean start = !range.startInclusive().isEmpty();
    boolean end = range.endExclusive().isPresent();
    if (start) {
      values.put(":from", bound(range.startInclusive()));
    }
    if (end) {
      values.put(":to", bound(range.endExclusive().get()));
    }
    if (start || end) {
      names.put("#i", Items.ITEM_KEY);
      condition += start && end ? " AND #i BETWEEN :from AND :to" : start ? " AND #i >= :from" : " AND #i <= :to";
    }
    @Nullable String projection = null;
    if (keysOnly) {
      names.put("#i", Items.ITEM_KEY);
      names.put("#r", Items.REVISION);
      projection = "#i, #r";
    }
    return QueryRequest.builder().tableName(rowTable).consistentRead(true).limit(limit).scanIndexForward(!reverse)
        .keyConditionExpression(condition).projectionExpression(projection).expressionAttributeNames(names)
        .expressionAttributeValues(values).exclusiveStartKey(after.isEmpty() ? null : after).build();
  }

  private static AttributeValue bound(Bytes key) {
    return Items.b(key.size() <= LONGEST_KEY ? key : Bytes.wrap(Arrays.copyOf(key.unsafeArray(), LONGEST_KEY)));
  }
}
