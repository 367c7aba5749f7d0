package io.logfold.query.server.dynamodb.operation;

import com.fasterxml.jackson.core.JsonGenerator;
import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.Store;
import io.logfold.query.server.dynamodb.expression.Projection;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.ItemJson;
import io.logfold.query.server.dynamodb.operation.Capacity.Told;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Shortcut;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Target;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Write;
import io.logfold.query.server.dynamodb.table.Catalogue;
import io.logfold.query.server.dynamodb.table.ItemLayout;
import io.logfold.query.server.dynamodb.table.ItemLayout.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * BatchGetItem and BatchWriteItem. Items of one partition key are read together, and written by one commit, as far as they
 * fit; nothing else binds them together. What the store could not take just now is told as not processed. Any thread.
 */
final class BatchOperations {
  private static final int MOST_GETS = 100;
  private static final int MOST_WRITES = 25;
  private static final long MOST_BYTES_ANSWERED = 16L << 20;
  private static final long MOST_BYTES_COMMITTED = 2L << 20;
  private static final int KEYS_AT_ONCE = 30;

  private final Store store;
  private final Catalogue catalogue;
  private final ItemWriter writer;

  BatchOperations(Store store, Catalogue catalogue, ItemWriter writer) {
    this.store = store;
    this.catalogue = catalogue;
    this.writer = writer;
  }

  private static Map<String, Params> tables(Params request) {
    if (!request.has("RequestItems")) {
      throw Params.missing("RequestItems");
    }
    Map<String, Params> tables = request.structuresByName("RequestItems");
    if (tables.isEmpty()) {
      throw DynamoFailure.validation("1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint:"
          + " Member must have length greater than or equal to 1");
    }
    return tables;
  }

  private static DynamoFailure duplicates() {
    return DynamoFailure.validation("Provided list of item keys contains duplicates");
  }

  // ---- reading

  /** What is asked of one table. */
  private record Asked(String table, Params said, List<Item> keys, Optional<Projection> projection, boolean consistent) {}

  /** One key of one table, and what came of it. */
  private static final class Answered {
    final Item key;
    boolean read;
    Optional<Item> item = Optional.empty();

    Answered(Item key) {
      this.key = key;
    }
  }

  CompletableFuture<Reply> get(Params request, Caller caller) {
    Told told = Capacity.told(request);
    List<Asked> asked = new ArrayList<>();
    int count = 0;
    for (Map.Entry<String, Params> each : tables(request).entrySet()) {
      Params said = each.getValue();
      RequestExpressions expressions = RequestExpressions.withoutValues(said);
      Optional<Projection> projection = expressions.projection();
      expressions.checkAllUsed();
      List<Item> keys = said.items("Keys");
      if (keys.isEmpty()) {
        throw DynamoFailure.validation("1 validation error detected: Value '[]' at 'requestItems." + each.getKey()
            + ".member.keys' failed to satisfy constraint: Member must have length greater than or equal to 1");
      }
      count += keys.size();
      asked.add(new Asked(TableOperations.checkedName(each.getKey()), said, keys, projection, said.bool("ConsistentRead", false)));
    }
    if (asked.stream().map(Asked::table).distinct().count() < asked.size()) {
      throw DynamoFailure.validation("One table is asked twice, by its name and by its ARN");
    }
    if (count > MOST_GETS) {
      throw DynamoFailure.validation("Too many items requested for the BatchGetItem call");
    }
    return layouts(asked.stream().map(Asked::table).toList(), caller).thenCompose(layouts -> {
      Map<Asked, List<Answered>> answers = new LinkedHashMap<>();
      List<CompletableFuture<Boolean>> reads = new ArrayList<>();
      for (int i = 0; i < asked.size(); i++) {
        Asked table = asked.get(i);
        ItemLayout layout = layouts.get(i);
        table.projection().ifPresent(wanted -> wanted.checkKeys(RequestExpressions.schema(layout.table())));
        answers.put(table, read(table, layout, caller, reads));
      }
      return allOrSome(reads).thenApplyAsync(done -> answer(answers, told), caller.executor());
    });
  }

  /** Reads of each partition key its keys at once, or as many as surely fit into one answer of another node's. */
  private List<Answered> read(Asked table, ItemLayout layout, Caller caller, List<CompletableFuture<Boolean>> reads) {
    List<Answered> all = new ArrayList<>();
    Map<Bytes, Map<Bytes, Answered>> byPartitionKey = new LinkedHashMap<>();
    for (Item key : table.keys()) {
      Place place = Keys.ofKey(layout, key);
      Answered answered = new Answered(key);
      all.add(answered);
      if (byPartitionKey.computeIfAbsent(place.partitionKey(), each -> new LinkedHashMap<>()).put(place.key(), answered) != null) {
        throw duplicates();
      }
    }
    byPartitionKey.forEach((partitionKey, wanted) -> {
      List<Bytes> keys = List.copyOf(wanted.keySet());
      for (int from = 0; from < keys.size(); from += KEYS_AT_ONCE) {
        List<Bytes> slice = keys.subList(from, Math.min(from + KEYS_AT_ONCE, keys.size()));
        reads.add(read(layout, partitionKey, slice, wanted, caller));
      }
    });
    return all;
  }

  private CompletableFuture<Boolean> read(ItemLayout layout, Bytes partitionKey, List<Bytes> keys, Map<Bytes, Answered> wanted,
      Caller caller) {
    return store.get(new GetRequest(partitionKey, keys, Consistency.LINEARIZABLE), caller.options()).thenApplyAsync(result -> {
      for (int i = 0; i < keys.size(); i++) {
        Bytes key = keys.get(i);
        Answered answered = Objects.requireNonNull(wanted.get(key), "each key was asked for by somebody");
        answered.item = result.entries().get(i).map(entry -> layout.item(partitionKey, key, entry.value(), entry.redacted()));
        answered.read = true;
      }
      return true;
    }, caller.executor());
  }

  /** Done when all are; fails where one did otherwise than by being too much just now, or where all were. */
  private static CompletableFuture<Boolean> allOrSome(List<CompletableFuture<Boolean>> parts) {
    return CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new)).handle((done, failure) -> {
      boolean any = false;
      Optional<DynamoFailure> throttled = Optional.empty();
      for (CompletableFuture<Boolean> part : parts) {
        if (!part.isCompletedExceptionally()) {
          any = true;
          continue;
        }
        DynamoFailure why = DynamoFailure.of(part.exceptionNow());
        if (!why.isThrottled()) {
          throw why;
        }
        throttled = Optional.of(why);
      }
      if (!any && throttled.isPresent()) {
        throw throttled.get();
      }
      return true;
    });
  }

  private static Reply answer(Map<Asked, List<Answered>> answers, Told told) {
    return json -> {
      Map<Asked, List<Item>> unprocessed = new LinkedHashMap<>();
      long bytes = 0;
      json.writeObjectFieldStart("Responses");
      for (Map.Entry<Asked, List<Answered>> each : answers.entrySet()) {
        Asked table = each.getKey();
        json.writeArrayFieldStart(table.table());
        for (Answered answered : each.getValue()) {
          long size = answered.item.map(Item::sizeBytes).orElse(0);
          if (!answered.read || bytes + size > MOST_BYTES_ANSWERED) {
            unprocessed.computeIfAbsent(table, none -> new ArrayList<>()).add(answered.key);
          } else if (answered.item.isPresent()) {
            bytes += size;
            ItemJson.write(json, table.projection().map(wanted -> wanted.of(answered.item.get())).orElse(answered.item.get()));
          }
        }
        json.writeEndArray();
      }
      json.writeEndObject();
      json.writeObjectFieldStart("UnprocessedKeys");
      for (Map.Entry<Asked, List<Item>> each : unprocessed.entrySet()) {
        unprocessed(json, each.getKey(), each.getValue());
      }
      json.writeEndObject();
      if (told != Told.NONE) {
        json.writeArrayFieldStart("ConsumedCapacity");
        for (Map.Entry<Asked, List<Answered>> each : answers.entrySet()) {
          double units = 0;
          for (Answered answered : each.getValue()) {
            units += Capacity.read(answered.item.map(Item::sizeBytes).orElse(0), each.getKey().consistent());
          }
          Capacity.object(json, told, each.getKey().table(), units);
        }
        json.writeEndArray();
      }
    };
  }

  private static void unprocessed(JsonGenerator json, Asked table, List<Item> keys) throws IOException {
    json.writeObjectFieldStart(table.table());
    json.writeArrayFieldStart("Keys");
    for (Item key : keys) {
      ItemJson.write(json, key);
    }
    json.writeEndArray();
    for (String said : List.of("ProjectionExpression", "ExpressionAttributeNames", "ConsistentRead")) {
      if (table.said().has(said)) {
        json.writeFieldName(said);
        json.writeTree(table.said().node().get(said));
      }
    }
    json.writeEndObject();
  }

  // ---- writing

  /** One put or delete of a batch. */
  private record Single(String table, Params said, Action action) {}

  /** Singles that one commit can hold. */
  private record Group(List<Single> singles, List<ItemLayout> layouts, List<Place> places) {}

  CompletableFuture<Reply> write(Params request, Caller caller) {
    Told told = Capacity.told(request);
    request.oneOf("ReturnItemCollectionMetrics", List.of("NONE", "SIZE"));
    List<Single> singles = new ArrayList<>();
    Params byTable = request.structure("RequestItems").orElseThrow(() -> Params.missing("RequestItems"));
    for (String name : (Iterable<String>) byTable.node()::fieldNames) {
      String table = TableOperations.checkedName(name);
      List<Params> writes = byTable.structures(name);
      if (writes.isEmpty()) {
        throw DynamoFailure.validation("The batch write request list for a table cannot be null or empty: " + name);
      }
      for (Params each : writes) {
        singles.add(new Single(table, each, action(table, each)));
      }
    }
    if (singles.isEmpty() || singles.size() > MOST_WRITES) {
      throw DynamoFailure.validation(singles.isEmpty()
          ? "The batch write request list for a table cannot be null or empty"
          : "Too many items requested for the BatchWriteItem call");
    }
    List<String> names = singles.stream().map(Single::table).distinct().toList();
    return layouts(names, caller).thenCompose(layouts -> {
      List<Group> groups = groups(singles, names, layouts);
      List<CompletableFuture<Boolean>> writes = new ArrayList<>();
      for (int part = 0; part < groups.size(); part++) {
        Group group = groups.get(part);
        List<Optional<Item>> becomes = group.singles().stream().map(single -> single.action().becomes(Optional.empty())).toList();
        writes.add(writer.write(new Write(caller, part, caller.invocation(), new Target(group.layouts(), group.places()),
            Optional.of(new Shortcut(List.of(), becomes)), false, current -> becomes)).thenApply(written -> true));
      }
      return allOrSome(writes).thenApplyAsync(done -> answer(groups, writes, told), caller.executor());
    });
  }

  private static Action action(String table, Params each) {
    Optional<Params> put = each.structure("PutRequest");
    Optional<Params> delete = each.structure("DeleteRequest");
    if (put.isPresent() == delete.isPresent()) {
      throw DynamoFailure.validation(put.isPresent()
          ? "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
          : "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
    }
    Action.Kind kind = put.isPresent() ? new Action.Put(put.get().requiredItem("Item"))
        : new Action.Delete(delete.orElseThrow().requiredItem("Key"));
    return new Action(table, kind, Optional.empty(), false);
  }

  private static List<Group> groups(List<Single> singles, List<String> names, List<ItemLayout> layouts) {
    Set<Place> places = new HashSet<>();
    Map<Bytes, Group> open = new LinkedHashMap<>();
    Map<Group, Long> bytes = new IdentityHashMap<>();
    List<Group> groups = new ArrayList<>();
    for (Single single : singles) {
      ItemLayout layout = layouts.get(names.indexOf(single.table()));
      Place place = single.action().at(layout);
      if (!places.add(place)) {
        throw duplicates();
      }
      // As it is stored; and what the store does not hold is refused before anything is written.
      long size = single.action().kind() instanceof Action.Put put ? ItemWriter.value(layout, put.item()).size() : 0;
      Group group = open.get(place.partitionKey());
      if (group == null || bytes.getOrDefault(group, 0L) + size > MOST_BYTES_COMMITTED) {
        group = new Group(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        open.put(place.partitionKey(), group);
        groups.add(group);
      }
      bytes.merge(group, size, Long::sum);
      group.singles().add(single);
      group.layouts().add(layout);
      group.places().add(place);
    }
    return groups;
  }

  private static Reply answer(List<Group> groups, List<CompletableFuture<Boolean>> writes, Told told) {
    Map<String, List<Params>> unprocessed = new LinkedHashMap<>();
    Map<String, Double> units = new LinkedHashMap<>();
    for (int i = 0; i < groups.size(); i++) {
      for (Single single : groups.get(i).singles()) {
        if (writes.get(i).isCompletedExceptionally()) {
          unprocessed.computeIfAbsent(single.table(), none -> new ArrayList<>()).add(single.said());
        } else {
          long size = single.action().kind() instanceof Action.Put put ? put.item().sizeBytes() : 0;
          units.merge(single.table(), Capacity.write(size), Double::sum);
        }
      }
    }
    return json -> {
      json.writeObjectFieldStart("UnprocessedItems");
      for (Map.Entry<String, List<Params>> each : unprocessed.entrySet()) {
        json.writeArrayFieldStart(each.getKey());
        for (Params said : each.getValue()) {
          json.writeTree(said.node());
        }
        json.writeEndArray();
      }
      json.writeEndObject();
      if (told != Told.NONE) {
        json.writeArrayFieldStart("ConsumedCapacity");
        for (Map.Entry<String, Double> each : units.entrySet()) {
          Capacity.object(json, told, each.getKey(), each.getValue());
        }
        json.writeEndArray();
      }
    };
  }

  private CompletableFuture<List<ItemLayout>> layouts(List<String> tables, Caller caller) {
    List<CompletableFuture<ItemLayout>> all = tables.stream().map(table -> catalogue.layout(table, caller.options(), caller.executor())).toList();
    return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
        .thenApply(done -> all.stream().map(CompletableFuture::join).toList());
  }
}
