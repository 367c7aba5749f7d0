package io.logfold.query.server.dynamodb.operation;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
import io.logfold.api.KeyRange;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.query.server.dynamodb.expression.Condition;
import io.logfold.query.server.dynamodb.expression.KeyCondition;
import io.logfold.query.server.dynamodb.expression.KeySchema;
import io.logfold.query.server.dynamodb.expression.Projection;
import io.logfold.query.server.dynamodb.expression.RangeCondition;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.KeyAttribute;
import io.logfold.query.server.dynamodb.operation.Capacity.Told;
import io.logfold.query.server.dynamodb.table.Catalogue;
import io.logfold.query.server.dynamodb.table.ItemLayout;
import io.logfold.query.server.dynamodb.table.ItemLayout.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * Query and Scan. A query is a scan of one partition key; a scan goes through the table's partition keys in their order and
 * each one's items in theirs, so that its segments and pages are stable. Any thread.
 */
final class ReadOperations {
  private static final int PAGE = 500;
  private static final int PARTITION_KEYS = 64;
  private static final int PARTITION_KEYS_OF_SEGMENTS = 2_000;
  private static final int SIDE_BY_SIDE = 8;
  private static final int FIRST_ROWS = 200;
  private static final long MOST_SEGMENTS = 1_000_000;

  private final Store store;
  private final Catalogue catalogue;

  ReadOperations(Store store, Catalogue catalogue) {
    this.store = store;
    this.catalogue = catalogue;
  }

  /** What query and scan have in common. */
  private record Asked(String table, Optional<Condition> filter, Optional<Projection> projection, boolean count, long limit,
      boolean consistent, Told told, Optional<Item> start) {

    static Asked of(Params request, Optional<Condition> filter, Optional<Projection> projection) {
      if (request.has("IndexName")) {
        throw DynamoFailure.validation("The table does not have the specified index: " + request.required("IndexName"));
      }
      String select = request.oneOf("Select",
          List.of("ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "COUNT"));
      if (select.equals("ALL_PROJECTED_ATTRIBUTES")) {
        throw DynamoFailure.validation("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
      }
      if (select.equals("SPECIFIC_ATTRIBUTES") && projection.isEmpty()) {
        throw DynamoFailure.validation("Must specify the AttributesToGet or ProjectionExpression when choosing to get"
            + " SPECIFIC_ATTRIBUTES");
      }
      if (request.has("Select") && !select.equals("SPECIFIC_ATTRIBUTES") && projection.isPresent()) {
        throw DynamoFailure.validation("Cannot specify the ProjectionExpression when choosing to get "
            + (select.equals("COUNT") ? "only the Count" : select));
      }
      long limit = request.integer("Limit").orElse(Long.MAX_VALUE);
      if (limit < 1) {
        throw DynamoFailure.validation("1 validation error detected: Value '" + limit + "' at 'limit' failed to satisfy"
            + " constraint: Member must have value greater than or equal to 1");
      }
      return new Asked(TableOperations.name(request), filter, projection, select.equals("COUNT"), limit,
          request.bool("ConsistentRead", false), Capacity.told(request),
          request.item("ExclusiveStartKey").map(key -> key.get("The provided starting key is invalid: ", "")));
    }

    void check(ItemLayout layout) {
      projection.ifPresent(wanted -> wanted.checkKeys(RequestExpressions.schema(layout.table())));
    }

    Reply reply(ItemLayout layout, Page page, boolean more) {
      return page.reply(layout, more, count, projection, told, consistent);
    }
  }

  private static Place start(ItemLayout layout, Item key) {
    try {
      return Keys.ofKey(layout, key);
    } catch (DynamoFailure e) {
      throw DynamoFailure.validation("The provided starting key is invalid: " + e.getMessage());
    }
  }

  // ---- one partition key

  CompletableFuture<Reply> query(Params request, Caller caller) {
    TableOperations.name(request);
    if (!request.has("KeyConditionExpression") && !request.has("KeyConditions")) {
      throw DynamoFailure.validation("Either the KeyConditions or KeyConditionExpression parameter must be specified in the"
          + " request.");
    }
    RequestExpressions expressions = new RequestExpressions(request);
    Optional<Condition> filter = expressions.filter();
    Optional<Projection> projection = expressions.projection();
    KeyCondition condition = expressions.keyCondition().orElseThrow();
    expressions.checkAllUsed();
    Asked asked = Asked.of(request, filter, projection);
    boolean reverse = !request.bool("ScanIndexForward", true);
    return catalogue.layout(asked.table(), caller.options(), caller.executor()).thenCompose(layout -> {
      KeySchema keys = RequestExpressions.schema(layout.table());
      KeyCondition.Split split = condition.split(keys);
      filter.ifPresent(each -> each.checkFilterOfQuery(keys));
      asked.check(layout);
      Keys.checkHash(layout, split.hash());
      Bytes partitionKey = layout.partitionKey(split.hash());
      KeyRange range = split.range().map(ReadOperations::range).orElse(KeyRange.ALL);
      if (asked.start().isPresent()) {
        Place start = start(layout, asked.start().get());
        if (!start.partitionKey().equals(partitionKey) || !range.contains(start.key())) {
          throw DynamoFailure.validation("The provided starting key is outside query boundaries based on provided conditions");
        }
        range = range.beyond(start.key(), reverse);
      }
      Page page = new Page(asked.filter(), asked.limit());
      // Without a range key there is one item and no other, also where a page of one was asked for.
      return fill(layout, page, partitionKey, range, reverse, caller)
          .thenApply(more -> asked.reply(layout, page, more && layout.table().range().isPresent()));
    });
  }

  /** Keys are in the order of their values, so that every condition on one is a range. */
  private static KeyRange range(RangeCondition condition) {
    return switch (condition) {
      case RangeCondition.Equal equal -> atLeast(equal.value()).intersect(atMost(equal.value()));
      case RangeCondition.Less less -> new KeyRange(Bytes.EMPTY, Optional.of(KeyAttribute.encode(less.value())));
      case RangeCondition.AtMost most -> atMost(most.value());
      case RangeCondition.Greater greater -> new KeyRange(KeyAttribute.encode(greater.value()).successor(), Optional.empty());
      case RangeCondition.AtLeast least -> atLeast(least.value());
      case RangeCondition.Between between -> atLeast(between.low()).intersect(atMost(between.high()));
      case RangeCondition.BeginsWith begins -> KeyRange.prefix(KeyAttribute.encode(begins.prefix()));
    };
  }

  private static KeyRange atLeast(AttributeValue value) {
    return new KeyRange(KeyAttribute.encode(value), Optional.empty());
  }

  private static KeyRange atMost(AttributeValue value) {
    return new KeyRange(Bytes.EMPTY, Optional.of(KeyAttribute.encode(value).successor()));
  }

  /** Whether the page ended before the range did. */
  private CompletableFuture<Boolean> fill(ItemLayout layout, Page page, Bytes partitionKey, KeyRange range, boolean reverse,
      Caller caller) {
    if (range.isEmpty()) {
      return CompletableFuture.completedFuture(false);
    }
    return scan(partitionKey, range, page.room(PAGE), reverse, caller).thenComposeAsync(read -> {
      for (Entry entry : read.entries()) {
        if (!page.add(layout.item(partitionKey, entry.key(), entry.value(), entry.redacted()))) {
          return CompletableFuture.completedFuture(true);
        }
      }
      return read.more()
          ? fill(layout, page, partitionKey, range.beyond(read.last(), reverse), reverse, caller)
          : CompletableFuture.completedFuture(false);
    }, caller.executor());
  }

  private CompletableFuture<ScanPage> scan(Bytes partitionKey, KeyRange range, int rows, boolean reverse, Caller caller) {
    return store.scan(new ScanRequest(partitionKey, range, rows, reverse, false, Consistency.LINEARIZABLE, false,
        Optional.empty()), caller.options());
  }

  // ---- all of them

  CompletableFuture<Reply> scan(Params request, Caller caller) {
    TableOperations.name(request);
    RequestExpressions expressions = new RequestExpressions(request);
    Optional<Condition> filter = expressions.filter();
    Optional<Projection> projection = expressions.projection();
    expressions.checkAllUsed();
    Asked asked = Asked.of(request, filter, projection);
    Optional<Predicate<Bytes>> segment = segment(request);
    return catalogue.layout(asked.table(), caller.options(), caller.executor()).thenCompose(layout -> {
      filter.ifPresent(each -> each.checkKeys(RequestExpressions.schema(layout.table())));
      asked.check(layout);
      Page page = new Page(asked.filter(), asked.limit());
      if (asked.start().isEmpty()) {
        return behind(layout, page, layout.prefix(), segment, caller).thenApply(more -> asked.reply(layout, page, more));
      }
      Place start = start(layout, asked.start().get());
      if (segment.isPresent() && !segment.get().test(start.partitionKey())) {
        throw DynamoFailure.validation("The provided starting key is outside the segment that is scanned");
      }
      return fill(layout, page, start.partitionKey(), KeyRange.ALL.beyond(start.key(), false), false, caller)
          .thenComposeAsync(full -> full ? CompletableFuture.completedFuture(true)
              : behind(layout, page, start.partitionKey(), segment, caller), caller.executor())
          .thenApply(more -> asked.reply(layout, page, more));
    });
  }

  /** Which partition keys are wanted; empty: all. */
  private static Optional<Predicate<Bytes>> segment(Params request) {
    Optional<Long> segment = request.integer("Segment");
    Optional<Long> total = request.integer("TotalSegments");
    if (segment.isEmpty() && total.isEmpty()) {
      return Optional.empty();
    }
    if (segment.isEmpty() || total.isEmpty()) {
      throw DynamoFailure.validation(segment.isEmpty()
          ? "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"
          : "The TotalSegments parameter is required but was not present in the request when Segment parameter is present");
    }
    if (total.get() < 1 || total.get() > MOST_SEGMENTS) {
      throw DynamoFailure.validation("1 validation error detected: Value '" + total.get() + "' at 'totalSegments' failed to"
          + " satisfy constraint: Member must have value between 1 and " + MOST_SEGMENTS);
    }
    if (segment.get() < 0 || segment.get() >= total.get()) {
      throw DynamoFailure.validation("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: "
          + segment.get() + " is not less than TotalSegments: " + total.get());
    }
    int segments = total.get().intValue();
    int wanted = segment.get().intValue();
    return Optional.of(partitionKey -> Math.floorMod(partitionKey.hashCode(), segments) == wanted);
  }

  /**
   * Goes through the partition keys behind one. Whether the page ended before the table did; where there are many, and few
   * of them have anything, it ends when the call's time soon does.
   */
  private CompletableFuture<Boolean> behind(ItemLayout layout, Page page, Bytes after, Optional<Predicate<Bytes>> segment,
      Caller caller) {
    int at = segment.isPresent() ? PARTITION_KEYS_OF_SEGMENTS : PARTITION_KEYS;
    return store.partitionKeys(new PartitionKeysRequest(Optional.of(after), at), caller.options())
        .thenComposeAsync(read -> {
          List<Bytes> ours = read.partitionKeys().stream().filter(key -> key.startsWith(layout.prefix())).toList();
          boolean last = !read.more() || ours.size() < read.partitionKeys().size();
          List<Bytes> wanted = segment.isEmpty() ? ours : ours.stream().filter(segment.get()).toList();
          return each(layout, page, wanted, caller).thenComposeAsync(full -> full || last
              ? CompletableFuture.completedFuture(full)
              : page.begun() && caller.endsSoon() ? CompletableFuture.completedFuture(true)
              : behind(layout, page, read.last().orElse(after), segment, caller), caller.executor());
        }, caller.executor());
  }

  /** The first rows of a few are read side by side: most partition keys of most tables have few. */
  private CompletableFuture<Boolean> each(ItemLayout layout, Page page, List<Bytes> partitionKeys, Caller caller) {
    if (partitionKeys.isEmpty()) {
      return CompletableFuture.completedFuture(false);
    }
    int together = Math.min(page.room(SIDE_BY_SIDE), partitionKeys.size());
    int rows = Math.max(1, page.room(FIRST_ROWS) / together);
    List<CompletableFuture<ScanPage>> first = new ArrayList<>();
    List<Bytes> begun = partitionKeys.subList(0, together);
    begun.forEach(partitionKey -> first.add(scan(partitionKey, KeyRange.ALL, rows, false, caller)));
    CompletableFuture<Boolean> full = CompletableFuture.completedFuture(false);
    for (int i = 0; i < together; i++) {
      Bytes partitionKey = begun.get(i);
      full = full.thenCombineAsync(first.get(i), (done, read) -> done
          ? CompletableFuture.completedFuture(true) : goOn(layout, page, partitionKey, read, caller), caller.executor())
          .thenCompose(next -> next);
    }
    List<Bytes> rest = partitionKeys.subList(together, partitionKeys.size());
    return full.thenComposeAsync(done -> done || (page.begun() && caller.endsSoon())
        ? CompletableFuture.completedFuture(done || !rest.isEmpty())
        : each(layout, page, rest, caller), caller.executor());
  }

  private CompletableFuture<Boolean> goOn(ItemLayout layout, Page page, Bytes partitionKey, ScanPage read, Caller caller) {
    for (Entry entry : read.entries()) {
      if (!page.add(layout.item(partitionKey, entry.key(), entry.value(), entry.redacted()))) {
        return CompletableFuture.completedFuture(true);
      }
    }
    return read.more()
        ? fill(layout, page, partitionKey, KeyRange.ALL.beyond(read.last(), false), false, caller)
        : CompletableFuture.completedFuture(false);
  }
}
