package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.applied;
import static io.logfold.api.testing.Kit.assertFails;
import static io.logfold.api.testing.Kit.atOnce;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.found;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** Whoever asks what became of a request gets an answer that no later attempt contradicts. */
public interface ResolveContract extends ContractFixture {

  @Test
  default void anAppliedRequestResolvesToItsRevision() {
    assumeTrue(supportsResolve());
    CommitRequest request = put(fresh("resolve"), "mine");
    long revision = applied(blocking().commit(request)).revision();
    blocking().set(request.partitionKey(), bytes("key"), bytes("theirs"));
    assertThat(resolve(request)).isEqualTo(new Resolution.Applied(revision, true));
    assertThat(resolve(request)).isEqualTo(new Resolution.Applied(revision, true));
    assertThat(found(blocking(), request.partitionKey(), bytes("key")).value()).isEqualTo(bytes("theirs"));
  }

  @Test
  default void aFailedPredicateThatIsLoggedResolvesToItself() {
    assumeTrue(supportsResolve());
    Bytes partitionKey = fresh("resolve");
    long current = blocking().set(partitionKey, bytes("key"), bytes("v"));
    CommitRequest request = again(request(partitionKey,
        List.of(new Predicate.Exists(bytes("key")), new Predicate.Absent(bytes("key")))));
    CommitOutcome.PredicateFailed failed = refused(blocking().commit(request));
    assertThat(failed.index()).isEqualTo(1);
    assertThat(failed.currentRevision()).hasValue(current);
    blocking().delete(partitionKey, bytes("key"));
    assertThat(resolve(request)).isEqualTo(new Resolution.PredicateFailed(1, failed.currentRevision()));
  }

  @Test
  default void aDeleteThatFoundNothingAndIsLoggedResolvesToUnchanged() {
    assumeTrue(supportsResolve());
    CommitRequest request = again(new CommitRequest(fresh("resolve"), List.of(),
        List.of(new Mutation.Delete(bytes("key"))), blocking().newRequest(), Provenance.NONE));
    CommitOutcome.Applied unchanged = applied(blocking().commit(request));
    assertThat(resolve(request)).isEqualTo(new Resolution.Applied(unchanged.revision(), false));
  }

  @Test
  default void aRequestThatNeverArrivedIsCancelledAndVoidWhenItDoes() {
    assumeTrue(supportsResolve());
    CommitRequest late = put(fresh("resolve"), "late");
    Resolution first = resolve(late);
    assertThat(first).isInstanceOf(Resolution.Cancelled.class);
    assertFails(ErrorCode.CANCELLED, () -> blocking().commit(late));
    assertFails(ErrorCode.CANCELLED, () -> blocking().commit(again(late)));
    assertThat(blocking().get(late.partitionKey(), bytes("key"))).isEmpty();
    assertThat(resolve(late)).isEqualTo(first);
  }

  @Test
  default void aCancelledRequestTakesARevisionOfItsOwn() {
    assumeTrue(supportsResolve());
    Bytes partitionKey = fresh("resolve");
    long before = blocking().set(partitionKey, bytes("key"), bytes("v"));
    Resolution resolution = resolve(put(partitionKey, "late"));
    long after = blocking().set(partitionKey, bytes("key"), bytes("w"));
    assertThat(((Resolution.Cancelled) resolution).revision()).isGreaterThan(before).isLessThan(after);
  }

  @Test
  default void cancellingOneRequestLeavesOthersAlone() {
    assumeTrue(supportsResolve());
    Bytes partitionKey = fresh("resolve");
    CommitRequest mine = put(partitionKey, "mine");
    resolve(put(partitionKey, "late"));
    applied(blocking().commit(mine));
    assertThat(found(blocking(), partitionKey, bytes("key")).value()).isEqualTo(bytes("mine"));
  }

  @Test
  default void aRequestOlderThanTheDedupeWindowCannotBeResolved() {
    assumeTrue(supportsResolve());
    Bytes partitionKey = fresh("resolve");
    blocking().set(partitionKey, bytes("key"), bytes("v"));
    assertFails(ErrorCode.REQUEST_EXPIRED, () -> blocking().resolve(
        new ResolveRequest(partitionKey, blocking().newRequest().id(), 1, Provenance.NONE)));
  }

  @Test
  default void aCommitThatRacesItsResolutionIsEitherAppliedOrCancelledForBoth() throws Exception {
    assumeTrue(supportsResolve());
    for (int round = 0; round < 20; round++) {
      CommitRequest request = put(fresh("resolve"), "raced");
      List<Callable<Object>> racers = new ArrayList<>(List.of(() -> {
        try {
          return blocking().commit(request);
        } catch (StoreException refused) {
          return refused.code();
        }
      }, () -> resolve(request)));
      if (round % 2 == 1) {
        racers = racers.reversed();
      }
      List<Object> answers = atOnce(racers);
      Object commit = answers.get(round % 2);
      Object resolution = answers.get(1 - round % 2);
      if (resolution instanceof Resolution.Applied applied) {
        assertThat(commit).isEqualTo(new CommitOutcome.Applied(applied.revision(), true));
        assertThat(found(blocking(), request.partitionKey(), bytes("key")).revision()).isEqualTo(applied.revision());
      } else {
        assertThat(resolution).isInstanceOf(Resolution.Cancelled.class);
        assertThat(commit).isEqualTo(ErrorCode.CANCELLED);
        assertThat(blocking().get(request.partitionKey(), bytes("key"))).isEmpty();
      }
    }
  }

  private Resolution resolve(CommitRequest request) {
    return blocking().resolve(ResolveRequest.of(request));
  }

  private CommitRequest put(Bytes partitionKey, String value) {
    return new CommitRequest(partitionKey, List.of(), List.of(new Mutation.Put(bytes("key"), bytes(value))),
        blocking().newRequest(), Provenance.NONE);
  }

  private CommitRequest request(Bytes partitionKey, List<Predicate> predicates) {
    return new CommitRequest(partitionKey, predicates, List.of(new Mutation.Put(bytes("key"), bytes("mine"))),
        blocking().newRequest(), Provenance.NONE);
  }

  private static CommitRequest again(CommitRequest request) {
    RequestInfo next = request.request().nextAttempt();
    return new CommitRequest(request.partitionKey(), request.predicates(), request.mutations(), next,
        request.provenance());
  }
}
