package io.logfold.query.server.dynamodb.operation;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Limits;
import io.logfold.api.Moment;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.table.ItemLayout;
import io.logfold.query.server.dynamodb.table.ItemLayout.Place;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/**
 * Writes items of one partition key: each write is one commit, whose predicates say that the items are as they were when it
 * was decided. So the partition's leader decides condition and write in one event; where something came between, it is
 * decided anew. Of writers that get in one another's way one always comes through.
 *
 * <p><b>Retries.</b> An SDK's retry has the invocation id of its first attempt, and another attempt number. Each attempt is
 * a request of its own to the store; before it does anything an attempt settles those before it by {@link Store#resolve}:
 * one that was applied is the answer, the others are withdrawn and never will be. So a call is applied at most once, and
 * the retry of a conditional put that was applied does not fail by its own condition. So it is for attempts within
 * {@link #LOOK_BACK_MS} of each other, as long as the store remembers them; where it does not, the retry fails.
 *
 * <p>Any thread may call it; none blocks.
 */
final class ItemWriter {
  /** How long ago the first attempt of a call may have been made. */
  static final long LOOK_BACK_MS = 120_000;

  private final Store store;
  private final RandomGenerator random;

  ItemWriter(Store store, RandomGenerator random) {
    this.store = store;
    this.random = random;
  }

  /** What shall be, given what is. Must come to the same for the same items: it may be asked again. */
  interface Decision {
    /**
     * @param current of the places, in their order
     * @return what they shall hold, in their order; a place whose item is the same is only looked at
     * @throws DynamoFailure where a condition does not hold
     */
    List<Optional<Item>> decide(List<Optional<Item>> current);
  }

  /** What can be tried without a look at the items: where the predicates hold, the condition surely does. */
  record Shortcut(List<Predicate> predicates, List<Optional<Item>> becomes) {}

  /** Which items: all of one partition key. */
  record Target(List<ItemLayout> layouts, List<Place> places) {
    static Target of(ItemLayout layout, Place place) {
      return new Target(List.of(layout), List.of(place));
    }
  }

  /**
   * One write.
   *
   * @param part which one of the call
   * @param name what makes the retries of it the same request; empty: nothing does
   * @param images whether the caller must know what was before, and what is now
   */
  record Write(Caller caller, int part, Optional<String> name, Target target, Optional<Shortcut> shortcut, boolean images,
      Decision decision) {}

  /** What was before, and what is now; empty lists where nobody asked. */
  record Written(List<Optional<Item>> before, List<Optional<Item>> after, long revision) {}

  /** A look at the items, at one moment. */
  record Look(List<Optional<Item>> current, List<Predicate> unchanged, long revision) {}

  CompletableFuture<Written> write(Write write) {
    if (write.name().isEmpty() || write.caller().attempt() <= 1) {
      return first(write);
    }
    return settled(write).thenComposeAsync(
        applied -> applied.isPresent() ? applied(write, applied.get()) : first(write), write.caller().executor());
  }

  /** What became of the attempts before; the revision of the one that was applied. */
  private CompletableFuture<Optional<Resolution.Applied>> settled(Write write) {
    Caller caller = write.caller();
    List<CompletableFuture<Resolution>> earlier = new ArrayList<>();
    for (int attempt = Math.max(1, caller.attempt() - Caller.MOST_ATTEMPTS); attempt < caller.attempt(); attempt++) {
      earlier.add(store.resolve(new ResolveRequest(partitionKey(write), id(write, attempt), caller.timeMs() - LOOK_BACK_MS,
          caller.provenance()), caller.options()));
    }
    return CompletableFuture.allOf(earlier.toArray(CompletableFuture<?>[]::new)).handle((done, failure) -> {
      for (CompletableFuture<Resolution> each : earlier) {
        if (!each.isCompletedExceptionally() && each.join() instanceof Resolution.Applied applied) {
          return Optional.of(applied);
        }
      }
      if (failure != null) {
        StoreException why = StoreException.from(failure);
        throw DynamoFailure.internal("what became of an earlier attempt of this call cannot be told: " + why.code() + ": "
            + why.getMessage(), why);
      }
      return Optional.empty();
    });
  }

  static Bytes partitionKey(Write write) {
    return write.target().places().getFirst().partitionKey();
  }

  private RequestId id(Write write, int attempt) {
    return write.name().map(name -> Caller.requestId(name, attempt, write.part())).orElseGet(() -> RequestId.random(random));
  }

  private CompletableFuture<Written> first(Write write) {
    RequestInfo request = new RequestInfo(id(write, write.caller().attempt()), 1, write.caller().timeMs());
    Optional<Shortcut> shortcut = write.images() ? Optional.empty() : write.shortcut();
    if (shortcut.isEmpty()) {
      return look(write, request);
    }
    Shortcut guess = shortcut.get();
    return commit(write, request, guess.predicates(), mutations(write.target(), guess.becomes(), Set.of()))
        .thenComposeAsync(outcome -> switch (outcome) {
          case CommitOutcome.Applied applied ->
              CompletableFuture.completedFuture(new Written(List.of(), List.of(), applied.revision()));
          case CommitOutcome.PredicateFailed failed -> look(write, request);
        }, write.caller().executor());
  }

  private CompletableFuture<Written> look(Write write, RequestInfo request) {
    return look(write).thenComposeAsync(seen -> decide(write, request, seen), write.caller().executor());
  }

  CompletableFuture<Look> look(Write write) {
    Target target = write.target();
    return store.get(new GetRequest(partitionKey(write), target.places().stream().map(Place::key).toList(),
        Consistency.LINEARIZABLE), write.caller().options()).thenApplyAsync(result -> {
          List<Predicate> unchanged = new ArrayList<>();
          for (int i = 0; i < target.places().size(); i++) {
            Bytes key = target.places().get(i).key();
            unchanged.add(result.entries().get(i).<Predicate>map(known -> new Predicate.RevisionIs(key, known.revision()))
                .orElseGet(() -> new Predicate.Absent(key)));
          }
          return new Look(items(target, result), unchanged, result.position().revision());
        }, write.caller().executor());
  }

  private CompletableFuture<Written> decide(Write write, RequestInfo request, Look seen) {
    List<Optional<Item>> becomes = write.decision().decide(seen.current());
    return commit(write, request, seen, becomes).thenComposeAsync(
        written -> written.isPresent() ? CompletableFuture.completedFuture(written.get()) : look(write, request),
        write.caller().executor());
  }

  /** Writes what was decided on what was seen; empty where something came between. */
  CompletableFuture<Optional<Written>> commit(Write write, RequestInfo request, Look seen, List<Optional<Item>> becomes) {
    Set<Integer> same = new HashSet<>();
    for (int i = 0; i < becomes.size(); i++) {
      if (same(seen.current().get(i), becomes.get(i))) {
        same.add(i);
      }
    }
    List<Mutation> mutations = mutations(write.target(), becomes, same);
    if (mutations.isEmpty()) {
      return CompletableFuture.completedFuture(Optional.of(new Written(seen.current(), becomes, seen.revision())));
    }
    return commit(write, request, seen.unchanged(), mutations).thenApply(outcome -> switch (outcome) {
      case CommitOutcome.Applied applied -> Optional.of(new Written(seen.current(), becomes, applied.revision()));
      case CommitOutcome.PredicateFailed changedMeanwhile -> Optional.empty();
    });
  }

  /** Whether it is to stay as it is. An item that is put is written, also where one is there that equals it. */
  @SuppressWarnings({"OptionalEquality", "ReferenceEquality"})
  static boolean same(Optional<Item> current, Optional<Item> becomes) {
    return current == becomes;
  }

  private static List<Mutation> mutations(Target target, List<Optional<Item>> becomes, Set<Integer> same) {
    List<Mutation> mutations = new ArrayList<>(becomes.size());
    for (int i = 0; i < becomes.size(); i++) {
      if (!same.contains(i)) {
        Place place = target.places().get(i);
        ItemLayout layout = target.layouts().get(i);
        mutations.add(becomes.get(i).<Mutation>map(item -> new Mutation.Put(place.key(), value(layout, item)))
            .orElseGet(() -> new Mutation.Delete(place.key())));
      }
    }
    return mutations;
  }

  /** As it is stored; refuses what the store does not hold. */
  static Bytes value(ItemLayout layout, Item item) {
    Bytes value = layout.value(item);
    if (value.size() > Limits.MAX_VALUE_BYTES) {
      throw DynamoFailure.validation("Item size has exceeded the maximum allowed size of this store: as it is stored it has "
          + value.size() + " bytes beside its key, at most " + Limits.MAX_VALUE_BYTES + " are allowed");
    }
    return value;
  }

  private CompletableFuture<CommitOutcome> commit(Write write, RequestInfo request, List<Predicate> predicates,
      List<Mutation> mutations) {
    return store.commit(new CommitRequest(partitionKey(write), predicates, mutations, request, write.caller().provenance()),
        write.caller().options());
  }

  /** An earlier attempt did it: it is answered as that one would have been. */
  private CompletableFuture<Written> applied(Write write, Resolution.Applied applied) {
    if (!write.images()) {
      return CompletableFuture.completedFuture(new Written(List.of(), List.of(), applied.revision()));
    }
    Target target = write.target();
    long before = applied.changed() ? applied.revision() - 1 : applied.revision();
    Moment moment = new Moment.Revision(before);
    return store.get(new GetRequest(partitionKey(write), target.places().stream().map(Place::key).toList(),
        new Consistency.AsOf(moment)), write.caller().options()).handleAsync((result, failure) -> {
          if (failure != null) {
            StoreException why = StoreException.from(failure);
            throw DynamoFailure.internal("an earlier attempt of this call was applied, and what it found cannot be told: "
                + why.getMessage(), why);
          }
          List<Optional<Item>> current = items(target, result);
          return new Written(current, write.decision().decide(current), applied.revision());
        }, write.caller().executor());
  }

  private static List<Optional<Item>> items(Target target, GetResult result) {
    List<Optional<Item>> items = new ArrayList<>(result.entries().size());
    for (int i = 0; i < result.entries().size(); i++) {
      Place place = target.places().get(i);
      ItemLayout layout = target.layouts().get(i);
      items.add(result.entries().get(i).map(entry ->
          layout.item(place.partitionKey(), place.key(), entry.value(), entry.redacted())));
    }
    return items;
  }
}
