package io.logfold.query.server.dynamodb.operation;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.Limits;
import io.logfold.api.Store;
import io.logfold.query.server.dynamodb.expression.Projection;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.failure.DynamoFailure.Reason;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.ValidationException;
import io.logfold.query.server.dynamodb.operation.Capacity.Told;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Target;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Write;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Written;
import io.logfold.query.server.dynamodb.table.Catalogue;
import io.logfold.query.server.dynamodb.table.ItemLayout;
import io.logfold.query.server.dynamodb.table.ItemLayout.Place;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * TransactWriteItems and TransactGetItems, within one partition key: one commit, or one read of one moment. Across partition
 * keys they are refused, since the store has no transactions there. Any thread.
 */
final class TransactionOperations {
  private static final int MOST_ACTIONS = 100;
  private static final int MAX_TOKEN = 36;

  private final Store store;
  private final Catalogue catalogue;
  private final ItemWriter writer;
  private final TokenWriter tokens;

  TransactionOperations(Store store, Catalogue catalogue, ItemWriter writer) {
    this.store = store;
    this.catalogue = catalogue;
    this.writer = writer;
    this.tokens = new TokenWriter(store, writer);
  }

  private static List<Params> parts(Params request) {
    if (!request.has("TransactItems")) {
      throw Params.missing("TransactItems");
    }
    List<Params> parts = request.structures("TransactItems");
    if (parts.isEmpty() || parts.size() > MOST_ACTIONS) {
      throw DynamoFailure.validation("1 validation error detected: Value '" + (parts.isEmpty() ? "[]" : "...")
          + "' at 'transactItems' failed to satisfy constraint: Member must have length "
          + (parts.isEmpty() ? "greater than or equal to 1" : "less than or equal to " + MOST_ACTIONS));
    }
    if (parts.size() > Limits.MAX_COMMIT_MUTATIONS) {
      throw DynamoFailure.validation("Transactions of this store have at most " + Limits.MAX_COMMIT_MUTATIONS
          + " actions, got " + parts.size());
    }
    return parts;
  }

  private static void checkOnePartitionKey(List<Place> places) {
    if (places.stream().map(Place::partitionKey).distinct().count() > 1) {
      throw DynamoFailure.validation("Transactions across partition keys are not supported by this store: all items of a"
          + " transaction must be of one table and have one hash key");
    }
    if (new HashSet<>(places).size() < places.size()) {
      throw DynamoFailure.validation("Transaction request cannot include multiple operations on one item");
    }
  }

  /** What does not go with the key of its table cancels a transaction, where it refuses a request of one item. */
  private static void checkMatches(int actions, IntFunction<Optional<String>> mismatch) {
    List<Reason> reasons = IntStream.range(0, actions)
        .mapToObj(i -> mismatch.apply(i).map(Reason::invalid).orElse(Reason.NONE)).toList();
    if (reasons.stream().anyMatch(reason -> reason != Reason.NONE)) {
      throw DynamoFailure.cancelled(reasons);
    }
  }

  // ---- writing

  CompletableFuture<Reply> write(Params request, Caller caller) {
    Told told = Capacity.told(request);
    request.oneOf("ReturnItemCollectionMetrics", List.of("NONE", "SIZE"));
    List<Action> actions = parts(request).stream().map(TransactionOperations::action).toList();
    Optional<String> token = request.string("ClientRequestToken");
    if (token.isPresent() && (token.get().isEmpty() || token.get().length() > MAX_TOKEN)) {
      throw DynamoFailure.validation("1 validation error detected: Value '" + token.get() + "' at 'clientRequestToken' failed to"
          + " satisfy constraint: Member must have length between 1 and " + MAX_TOKEN);
    }
    return layouts(actions.stream().map(Action::table).toList(), caller).thenCompose(layouts -> {
      checkMatches(actions.size(), i -> actions.get(i).mismatch(layouts.get(i)));
      List<Place> places = new ArrayList<>();
      for (int i = 0; i < actions.size(); i++) {
        places.add(actions.get(i).at(layouts.get(i)));
      }
      checkOnePartitionKey(places);
      Write write = new Write(caller, 0, caller.invocation(), new Target(layouts, places), Optional.empty(), told != Told.NONE,
          current -> decide(actions, current));
      CompletableFuture<Written> written = token.isEmpty() ? writer.write(write)
          : tokens.write(write, token.get(), request.node().path("TransactItems").toString().getBytes(StandardCharsets.UTF_8));
      return written.thenApply(done -> json -> {
        if (told != Told.NONE) {
          json.writeArrayFieldStart("ConsumedCapacity");
          for (Map.Entry<String, Double> each : units(actions, done).entrySet()) {
            Capacity.object(json, told, each.getKey(), each.getValue());
          }
          json.writeEndArray();
        }
      });
    });
  }

  private static Action action(Params part) {
    Optional<Action> action = Optional.empty();
    int count = 0;
    for (String kind : List.of("Put", "Delete", "Update", "ConditionCheck")) {
      Optional<Params> given = part.structure(kind);
      if (given.isEmpty()) {
        continue;
      }
      Params said = given.get();
      count++;
      action = Optional.of(switch (kind) {
        case "Put" -> Action.put(said);
        case "Delete" -> Action.delete(said);
        case "Update" -> {
          said.required("UpdateExpression");
          yield Action.change(said);
        }
        default -> Action.check(said);
      });
    }
    if (action.isEmpty() || count != 1) {
      throw DynamoFailure.validation(count > 1
          ? "TransactItems can only contain one of Check, Put, Update or Delete"
          : "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
    }
    return action.get();
  }

  private static List<Optional<Item>> decide(List<Action> actions, List<Optional<Item>> current) {
    List<Reason> reasons = new ArrayList<>();
    List<Optional<Item>> becomes = new ArrayList<>();
    for (int i = 0; i < actions.size(); i++) {
      Action action = actions.get(i);
      Reason reason = Reason.NONE;
      Optional<Item> after = current.get(i);
      if (!action.holds(current.get(i))) {
        reason = Reason.conditionFailed(action.tellsItem() ? current.get(i) : Optional.empty());
      } else {
        try {
          after = action.becomes(current.get(i));
        } catch (ValidationException e) {
          reason = Reason.invalid(e.text());
        }
      }
      reasons.add(reason);
      becomes.add(after);
    }
    if (reasons.stream().anyMatch(reason -> reason != Reason.NONE)) {
      throw DynamoFailure.cancelled(reasons);
    }
    return becomes;
  }

  private static Map<String, Double> units(List<Action> actions, Written written) {
    Map<String, Double> units = new TreeMap<>();
    for (int i = 0; i < actions.size(); i++) {
      long before = written.before().isEmpty() ? 0 : written.before().get(i).map(Item::sizeBytes).orElse(0);
      long after = written.after().isEmpty() ? 0 : written.after().get(i).map(Item::sizeBytes).orElse(0);
      units.merge(actions.get(i).table(), 2 * Capacity.write(Math.max(before, after)), Double::sum);
    }
    return units;
  }

  // ---- reading

  private record Get(String table, Item key, Optional<Projection> projection) {}

  CompletableFuture<Reply> get(Params request, Caller caller) {
    Told told = Capacity.told(request);
    List<Get> gets = parts(request).stream().map(TransactionOperations::oneGet).toList();
    return layouts(gets.stream().map(Get::table).toList(), caller).thenCompose(layouts -> {
      checkMatches(gets.size(), i -> Keys.mismatchOfKey(layouts.get(i), gets.get(i).key()));
      List<Place> places = new ArrayList<>();
      for (int i = 0; i < gets.size(); i++) {
        ItemLayout layout = layouts.get(i);
        gets.get(i).projection().ifPresent(wanted -> wanted.checkKeys(RequestExpressions.schema(layout.table())));
        places.add(Keys.ofKey(layout, gets.get(i).key()));
      }
      checkOnePartitionKey(places);
      Bytes partitionKey = places.getFirst().partitionKey();
      return store.get(new GetRequest(partitionKey, places.stream().map(Place::key).toList(), Consistency.LINEARIZABLE),
          caller.options()).thenApplyAsync(result -> {
            List<Optional<Item>> items = new ArrayList<>();
            for (int i = 0; i < gets.size(); i++) {
              Place place = places.get(i);
              ItemLayout layout = layouts.get(i);
              items.add(result.entries().get(i).map(entry ->
                  layout.item(partitionKey, place.key(), entry.value(), entry.redacted())));
            }
            return answer(gets, items, told);
          }, caller.executor());
    });
  }

  private static Get oneGet(Params part) {
    Params said = part.structure("Get").orElseThrow(() -> Params.missing("transactItems.1.member.get"));
    RequestExpressions expressions = RequestExpressions.withoutValues(said);
    Optional<Projection> projection = expressions.projection();
    expressions.checkAllUsed();
    return new Get(TableOperations.name(said), said.requiredItem("Key"), projection);
  }

  private static Reply answer(List<Get> gets, List<Optional<Item>> items, Told told) {
    return json -> {
      json.writeArrayFieldStart("Responses");
      Map<String, Double> units = new TreeMap<>();
      for (int i = 0; i < gets.size(); i++) {
        Get get = gets.get(i);
        json.writeStartObject();
        if (items.get(i).isPresent()) {
          Item item = items.get(i).get();
          ItemOperations.write(json, "Item", get.projection().map(wanted -> wanted.of(item)).orElse(item));
        }
        json.writeEndObject();
        units.merge(get.table(), 2 * Capacity.read(items.get(i).map(Item::sizeBytes).orElse(0), true), Double::sum);
      }
      json.writeEndArray();
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
