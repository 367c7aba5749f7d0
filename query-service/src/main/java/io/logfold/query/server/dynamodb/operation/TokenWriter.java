package io.logfold.query.server.dynamodb.operation;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.ErrorCode;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Look;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Write;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Written;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes that a token names: as long as the store remembers requests (ten minutes, as DynamoDB), a transaction of the same
 * token that was applied is not applied again, and one that says something else is refused.
 *
 * <p>The token makes the store's request id, and each event says in its source what was asked ({@code #} and a digest). A
 * transaction whose conditions do not hold may be one that was applied before: the store is asked, which withdraws the id where
 * it was not. Whoever then comes with the same token goes on with the next id of it; whoever was on its way with the one that
 * was withdrawn hears that the transaction is in progress, and does nothing.
 *
 * <p>Bounds: two transactions of one token that say different things, at the same moment at two nodes, are not told apart; nor
 * is one that changes nothing remembered. Any thread.
 */
final class TokenWriter {
  private static final int MOST_IDS = 16;
  private static final int DIGEST_BYTES = 12;

  private final Store store;
  private final ItemWriter writer;

  /** What transactions under way at this node say, by their tokens. */
  private final Map<String, UnderWay> underWay = new ConcurrentHashMap<>();

  private record UnderWay(String mark, int count) {}

  TokenWriter(Store store, ItemWriter writer) {
    this.store = store;
    this.writer = writer;
  }

  /** @param asked what the transaction says */
  CompletableFuture<Written> write(Write write, String token, byte[] asked) {
    Caller caller = write.caller();
    Provenance said = caller.provenance();
    String mark = "#" + HexFormat.of().formatHex(Caller.sha256(asked), 0, DIGEST_BYTES);
    Write marked = new Write(caller.with(said.withSource(said.source() + mark)), write.part(), write.name(), write.target(),
        write.shortcut(), write.images(), write.decision());
    String name = said.principal() + "\0" + token;
    UnderWay now = underWay.merge(name, new UnderWay(mark, 1), (other, one) ->
        other.mark().equals(mark) ? new UnderWay(mark, other.count() + 1) : other);
    if (!now.mark().equals(mark)) {
      return CompletableFuture.failedFuture(DynamoFailure.mismatchOfToken());
    }
    // Behind a future that is there: what fails at once must leave the token too.
    CompletableFuture<Integer> begins = CompletableFuture.completedFuture(1);
    return begins.thenCompose(which -> attempt(marked, name, mark, which)).whenComplete((written, failure) -> underWay.computeIfPresent(name,
        (any, then) -> then.count() == 1 ? null : new UnderWay(mark, then.count() - 1)));
  }

  /** @param which of the token's ids */
  private CompletableFuture<Written> attempt(Write write, String name, String mark, int which) {
    if (which > MOST_IDS) {
      return CompletableFuture.failedFuture(DynamoFailure.validation("the ClientRequestToken was used by " + MOST_IDS
          + " transactions that failed; use a new one"));
    }
    return writer.look(write).thenComposeAsync(seen -> decide(write, name, mark, which, seen), write.caller().executor());
  }

  private CompletableFuture<Written> decide(Write write, String name, String mark, int which, Look seen) {
    RequestId id = Caller.requestId("token\0" + name, which, 0);
    List<Optional<Item>> becomes;
    try {
      becomes = write.decision().decide(seen.current());
    } catch (DynamoFailure refused) {
      return appliedBefore(write, name, mark, which, seen, id, refused);
    }
    CompletableFuture<Optional<Written>> committed =
        writer.commit(write, new RequestInfo(id, 1, write.caller().timeMs()), seen, becomes);
    return committed.handleAsync((written, failure) -> {
      if (failure != null) {
        return StoreException.from(failure).code() == ErrorCode.CANCELLED
            ? withdrawn(write, name, mark, which, seen, id) : CompletableFuture.<Written>failedFuture(failure);
      }
      if (written.isEmpty()) {
        return attempt(write, name, mark, which);
      }
      // One that lies before what was seen is an earlier transaction of this token.
      return written.get().revision() <= seen.revision() && changes(seen, becomes)
          ? asBefore(write, mark, written.get().revision()) : CompletableFuture.completedFuture(written.get());
    }, write.caller().executor()).thenCompose(next -> next);
  }

  /** The id was withdrawn: by an earlier transaction of the token, or by a later attempt of this one, which has told its caller so. */
  private CompletableFuture<Written> withdrawn(Write write, String name, String mark, int which, Look seen, RequestId id) {
    return resolve(write, id).thenComposeAsync(resolution ->
        resolution instanceof Resolution.Cancelled cancelled && cancelled.revision() <= seen.revision()
            ? attempt(write, name, mark, which + 1)
            : CompletableFuture.<Written>failedFuture(DynamoFailure.inProgress()), write.caller().executor());
  }

  private CompletableFuture<Resolution> resolve(Write write, RequestId id) {
    Caller caller = write.caller();
    return store.resolve(new ResolveRequest(ItemWriter.partitionKey(write), id, caller.timeMs() - ItemWriter.LOOK_BACK_MS,
        caller.provenance()), caller.options());
  }

  private static boolean changes(Look seen, List<Optional<Item>> becomes) {
    for (int i = 0; i < becomes.size(); i++) {
      if (!ItemWriter.same(seen.current().get(i), becomes.get(i))) {
        return true;
      }
    }
    return false;
  }

  private CompletableFuture<Written> appliedBefore(Write write, String name, String mark, int which, Look seen, RequestId id,
      DynamoFailure refused) {
    return resolve(write, id).thenComposeAsync(resolution -> switch (resolution) {
          case Resolution.Applied applied -> asBefore(write, mark, applied.revision());
          case Resolution.PredicateFailed failed -> CompletableFuture.<Written>failedFuture(refused);
          // Withdrawn just now: then it was not applied. Withdrawn before: the next id is the one to ask about.
          case Resolution.Cancelled cancelled -> cancelled.revision() > seen.revision() || which == MOST_IDS
              ? CompletableFuture.<Written>failedFuture(refused)
              : appliedBefore(write, name, mark, which + 1, seen, Caller.requestId("token\0" + name, which + 1, 0), refused);
        }, write.caller().executor());
  }

  /** The answer of a transaction that was applied before, where it said the same. */
  private CompletableFuture<Written> asBefore(Write write, String mark, long revision) {
    Written nothing = new Written(List.of(), List.of(), revision);
    Bytes partitionKey = ItemWriter.partitionKey(write);
    HistoryRequest request = new HistoryRequest(new HistoryScope.OfPrefix(partitionKey, Bytes.EMPTY), Optional.empty(),
        Optional.empty(), true, 1, Optional.empty(), Optional.of(revision - 1));
    return store.history(request, write.caller().options()).handle((page, failure) -> {
          if (failure != null) {
            StoreException why = StoreException.from(failure);
            if (why.code() == ErrorCode.UNSUPPORTED) {
              return nothing; // without a history nobody can tell what it said; that it was applied is so
            }
            throw DynamoFailure.internal("what the earlier transaction of this token said cannot be told now: "
                + why.getMessage(), why);
          }
          Optional<Change> change = page.changes().stream().filter(each -> each.revision() == revision).findFirst();
          if (change.isPresent() && !change.get().provenance().source().endsWith(mark)) {
            throw DynamoFailure.mismatchOfToken();
          }
          return nothing;
        });
  }
}
