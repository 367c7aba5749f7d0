package io.logfold.query.server.dynamodb.operation;

import com.fasterxml.jackson.core.JsonGenerator;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.Store;
import io.logfold.query.server.dynamodb.expression.Projection;
import io.logfold.query.server.dynamodb.expression.Update;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.ItemJson;
import io.logfold.query.server.dynamodb.operation.Capacity.Told;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Target;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Write;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Written;
import io.logfold.query.server.dynamodb.table.Catalogue;
import io.logfold.query.server.dynamodb.table.ItemLayout;
import io.logfold.query.server.dynamodb.table.ItemLayout.Place;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** GetItem, PutItem, UpdateItem, DeleteItem. Any thread. */
final class ItemOperations {
  private final Store store;
  private final Catalogue catalogue;
  private final ItemWriter writer;

  ItemOperations(Store store, Catalogue catalogue, ItemWriter writer) {
    this.store = store;
    this.catalogue = catalogue;
    this.writer = writer;
  }

  CompletableFuture<Reply> get(Params request, Caller caller) {
    String table = TableOperations.name(request);
    RequestExpressions expressions = RequestExpressions.withoutValues(request);
    Optional<Projection> projection = expressions.projection();
    expressions.checkAllUsed();
    boolean consistent = request.bool("ConsistentRead", false);
    Told told = Capacity.told(request);
    Item key = request.requiredItem("Key");
    return catalogue.layout(table, caller.options(), caller.executor()).thenCompose(layout -> {
      projection.ifPresent(wanted -> wanted.checkKeys(RequestExpressions.schema(layout.table())));
      Place place = Keys.ofKey(layout, key);
      return store.get(new GetRequest(place.partitionKey(), List.of(place.key()), Consistency.LINEARIZABLE), caller.options())
          .thenApplyAsync(result -> {
            Optional<Item> item = result.entries().getFirst().map(entry ->
                layout.item(place.partitionKey(), place.key(), entry.value(), entry.redacted()));
            return json -> {
              if (item.isPresent()) {
                write(json, "Item", projection.map(wanted -> wanted.of(item.get())).orElse(item.get()));
              }
              Capacity.write(json, told, table, Capacity.read(item.map(Item::sizeBytes).orElse(0), consistent));
            };
          }, caller.executor());
    });
  }

  CompletableFuture<Reply> put(Params request, Caller caller) {
    Returned returned = returned(request, List.of("NONE", "ALL_OLD"));
    return write(request, caller, Action.put(request), returned);
  }

  CompletableFuture<Reply> delete(Params request, Caller caller) {
    Returned returned = returned(request, List.of("NONE", "ALL_OLD"));
    return write(request, caller, Action.delete(request), returned);
  }

  CompletableFuture<Reply> update(Params request, Caller caller) {
    Returned returned = returned(request, List.of("NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"));
    return write(request, caller, Action.change(request), returned);
  }

  /** What of the item the answer has. */
  private enum Returned { NONE, ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATED_NEW }

  private static Returned returned(Params request, List<String> allowed) {
    Returned returned = Returned.valueOf(request.oneOf("ReturnValues",
        List.of("NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW")));
    request.oneOf("ReturnItemCollectionMetrics", List.of("NONE", "SIZE"));
    if (!allowed.contains(returned.name())) {
      throw DynamoFailure.validation("ReturnValues can only be ALL_OLD or NONE");
    }
    return returned;
  }

  private CompletableFuture<Reply> write(Params request, Caller caller, Action action, Returned returned) {
    Told told = Capacity.told(request);
    return catalogue.layout(action.table(), caller.options(), caller.executor()).thenCompose(layout -> {
      Place place = action.at(layout);
      return writer.write(new Write(caller, 0, caller.invocation(), Target.of(layout, place), action.shortcut(layout, place),
          returned != Returned.NONE, current -> {
            if (!action.holds(current.getFirst())) {
              throw action.refused(current.getFirst());
            }
            return List.of(action.becomes(current.getFirst()));
          })).thenApply(written -> json -> {
            Optional<Item> attributes = attributes(action, returned, written);
            if (attributes.isPresent()) {
              write(json, "Attributes", attributes.get());
            }
            Capacity.write(json, told, action.table(), Capacity.write(bytes(action, written)));
          });
    });
  }

  private static Optional<Item> attributes(Action action, Returned returned, Written written) {
    if (returned == Returned.NONE) {
      return Optional.empty();
    }
    Optional<Item> before = written.before().getFirst();
    Optional<Update> update = action.kind() instanceof Action.Change change ? change.update() : Optional.empty();
    return switch (returned) {
      case NONE -> Optional.empty();
      case ALL_OLD -> before;
      case ALL_NEW -> written.after().getFirst();
      case UPDATED_OLD -> update.flatMap(changes -> before.map(old -> changes.apply(old).updatedOld())).filter(part -> !part.isEmpty());
      case UPDATED_NEW -> update.map(changes -> changes.apply(before.orElse(keyOf(action))).updatedNew()).filter(part -> !part.isEmpty());
    };
  }

  private static Item keyOf(Action action) {
    return action.kind() instanceof Action.Change change ? change.key() : Item.EMPTY;
  }

  /** The larger of what was and what is, as far as it is known. */
  private static long bytes(Action action, Written written) {
    long put = action.kind() instanceof Action.Put item ? item.item().sizeBytes() : 0;
    long before = written.before().stream().mapToLong(item -> item.map(Item::sizeBytes).orElse(0)).sum();
    long after = written.after().stream().mapToLong(item -> item.map(Item::sizeBytes).orElse(0)).sum();
    return Math.max(put, Math.max(before, after));
  }

  static void write(JsonGenerator json, String field, Item item) throws IOException {
    json.writeFieldName(field);
    ItemJson.write(json, item);
  }
}
