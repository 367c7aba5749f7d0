package io.logfold.api.wire;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.KeyRange;
import io.logfold.api.Limits;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanRequest;
import io.logfold.api.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Requests to and from the wire. Pure; any thread. Decoding constructs the API's records, which refuse what is illegal
 * with {@link StoreException}; an empty partition key or key means a missing one, an empty value is a value.
 */
public final class WireRequests {
  private WireRequests() {}

  public static Get encode(GetRequest request) {
    Get.Builder get = Get.newBuilder().setPartitionKey(WireBytes.encode(request.partitionKey()));
    for (Bytes key : request.keys()) {
      get.addKeys(WireBytes.encode(key));
    }
    encode(request.consistency()).ifPresent(get::setConsistency);
    return get.build();
  }

  public static GetRequest decode(Get get) {
    return new GetRequest(WireBytes.decode(get.getPartitionKey()), WireBytes.decode(get.getKeysList()),
        decode(get.getConsistency()));
  }

  public static Commit encode(CommitRequest request) {
    Commit.Builder commit = Commit.newBuilder()
        .setPartitionKey(WireBytes.encode(request.partitionKey()))
        .setRequestId(WireBytes.encode(request.request().id().bytes()))
        .setAttempt(request.request().attempt())
        .setRequestTimeMs(request.request().timeMs());
    for (io.logfold.api.Predicate predicate : request.predicates()) {
      commit.addPredicates(encode(predicate));
    }
    for (io.logfold.api.Mutation mutation : request.mutations()) {
      commit.addMutations(encode(mutation));
    }
    encode(request.provenance()).ifPresent(commit::setProvenance);
    return commit.build();
  }

  /** @param source where the request came from; used where the message does not say */
  public static CommitRequest decode(Commit commit, String source) {
    Bytes partitionKey = Limits.checkPartitionKey(WireBytes.decode(commit.getPartitionKey()));
    List<io.logfold.api.Predicate> predicates = new ArrayList<>(commit.getPredicatesCount());
    for (Predicate predicate : commit.getPredicatesList()) {
      predicates.add(decode(predicate));
    }
    List<io.logfold.api.Mutation> mutations = new ArrayList<>(commit.getMutationsCount());
    for (Mutation mutation : commit.getMutationsList()) {
      mutations.add(decode(mutation));
    }
    RequestInfo request = new RequestInfo(
        RequestId.of(WireBytes.decode(commit.getRequestId())), commit.getAttempt(), commit.getRequestTimeMs());
    return new CommitRequest(partitionKey, predicates, mutations, request, decode(commit.getProvenance(), source));
  }

  public static Resolve encode(ResolveRequest request) {
    Resolve.Builder resolve = Resolve.newBuilder()
        .setPartitionKey(WireBytes.encode(request.partitionKey()))
        .setRequestId(WireBytes.encode(request.requestId().bytes()))
        .setRequestTimeMs(request.requestTimeMs());
    encode(request.provenance()).ifPresent(resolve::setProvenance);
    return resolve.build();
  }

  /** @param source where the request came from; used where the message does not say */
  public static ResolveRequest decode(Resolve resolve, String source) {
    return new ResolveRequest(Limits.checkPartitionKey(WireBytes.decode(resolve.getPartitionKey())),
        RequestId.of(WireBytes.decode(resolve.getRequestId())), resolve.getRequestTimeMs(),
        decode(resolve.getProvenance(), source));
  }

  public static Scan encode(ScanRequest request) {
    Scan.Builder scan = Scan.newBuilder()
        .setPartitionKey(WireBytes.encode(request.partitionKey()))
        .setPageSize(request.pageSize())
        .setReverse(request.reverse())
        .setKeysOnly(request.keysOnly())
        .setSnapshot(request.snapshot())
        .setSnapshotId(request.snapshotId().orElse(""));
    KeyRange range = request.range();
    range.endExclusive().ifPresent(end -> scan.setEnd(WireBytes.encode(end)));
    // An empty range is legal in process (a prefix beyond the end); on the wire start above end is refused.
    Bytes start = range.isEmpty() ? range.endExclusive().orElseThrow() : range.startInclusive();
    if (!start.isEmpty()) {
      scan.setStart(WireBytes.encode(start));
    }
    encode(request.consistency()).ifPresent(scan::setConsistency);
    return scan.build();
  }

  public static ScanRequest decode(Scan scan) {
    Bytes partitionKey = Limits.checkPartitionKey(WireBytes.decode(scan.getPartitionKey()));
    ScanOptions options = new ScanOptions(
        scan.hasStart() ? Optional.of(WireBytes.decode(scan.getStart())) : Optional.empty(),
        scan.hasAfter() ? Optional.of(WireBytes.decode(scan.getAfter())) : Optional.empty(),
        scan.hasEnd() ? Optional.of(WireBytes.decode(scan.getEnd())) : Optional.empty(),
        scan.hasPrefix() ? Optional.of(WireBytes.decode(scan.getPrefix())) : Optional.empty(),
        0, 0, scan.getReverse(), scan.getKeysOnly(), scan.getSnapshot(), decode(scan.getConsistency())).check();
    int pageSize = scan.getPageSize() == 0 ? ScanRequest.DEFAULT_PAGE_SIZE : scan.getPageSize();
    return new ScanRequest(partitionKey, options.range(), pageSize, options.reverse(), options.keysOnly(),
        options.consistency(), options.snapshot(),
        scan.getSnapshotId().isEmpty() ? Optional.empty() : Optional.of(scan.getSnapshotId()));
  }

  public static PartitionKeys encode(PartitionKeysRequest request) {
    PartitionKeys.Builder keys = PartitionKeys.newBuilder().setPageSize(request.pageSize());
    request.after().ifPresent(after -> keys.setAfter(WireBytes.encode(after)));
    request.asOf().ifPresent(moment -> keys.setAsOf(WireMoments.encode(moment)));
    return keys.build();
  }

  public static PartitionKeysRequest decode(PartitionKeys keys) {
    return new PartitionKeysRequest(
        keys.hasAfter() ? Optional.of(WireBytes.decode(keys.getAfter())) : Optional.empty(),
        keys.getPageSize() == 0 ? ScanRequest.DEFAULT_PAGE_SIZE : keys.getPageSize(),
        keys.hasAsOf() ? Optional.of(WireMoments.decode(keys.getAsOf())) : Optional.empty());
  }

  public static EndSnapshot encodeEndSnapshot(Bytes partitionKey, String snapshotId) {
    return EndSnapshot.newBuilder()
        .setPartitionKey(WireBytes.encode(partitionKey)).setSnapshotId(snapshotId).build();
  }

  public static Bytes partitionKey(EndSnapshot end) {
    return Limits.checkPartitionKey(WireBytes.decode(end.getPartitionKey()));
  }

  /** How long the operation may take; where it does not say, the server's default. */
  public static CallOptions options(Operation operation, CallOptions serverDefault) {
    return operation.getTimeoutMs() == 0
        ? serverDefault
        : new CallOptions(Duration.ofMillis(Integer.toUnsignedLong(operation.getTimeoutMs())));
  }

  static Optional<Provenance> encode(io.logfold.api.Provenance provenance) {
    return provenance.equals(io.logfold.api.Provenance.NONE) ? Optional.empty() : Optional.of(Provenance.newBuilder()
        .setPrincipal(provenance.principal())
        .setReason(provenance.reason())
        .setSource(provenance.source())
        .build());
  }

  static io.logfold.api.Provenance decode(Provenance said, String source) {
    return new io.logfold.api.Provenance(
        said.getPrincipal(), said.getReason(), said.getSource().isEmpty() ? source : said.getSource());
  }

  private static Predicate encode(io.logfold.api.Predicate predicate) {
    Predicate.Builder wire = Predicate.newBuilder().setKey(WireBytes.encode(predicate.key()));
    switch (predicate) {
      case io.logfold.api.Predicate.Absent absent -> wire.setAbsent(true);
      case io.logfold.api.Predicate.Exists exists -> wire.setExists(true);
      case io.logfold.api.Predicate.ValueEquals equal -> wire.setValueEquals(WireBytes.encode(equal.value()));
      case io.logfold.api.Predicate.RevisionIs is -> wire.setRevisionIs(is.revision());
    }
    return wire.build();
  }

  private static io.logfold.api.Predicate decode(Predicate predicate) {
    Bytes key = Limits.checkKey(WireBytes.decode(predicate.getKey()));
    return switch (predicate.getConditionCase()) {
      case ABSENT -> {
        refuseFalse(predicate.getAbsent(), "predicate", "absent", key);
        yield new io.logfold.api.Predicate.Absent(key);
      }
      case EXISTS -> {
        refuseFalse(predicate.getExists(), "predicate", "exists", key);
        yield new io.logfold.api.Predicate.Exists(key);
      }
      case VALUE_EQUALS ->
          new io.logfold.api.Predicate.ValueEquals(key, WireBytes.decode(predicate.getValueEquals()));
      case REVISION_IS -> new io.logfold.api.Predicate.RevisionIs(key, predicate.getRevisionIs());
      case CONDITION_NOT_SET -> throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "predicate on " + key + " says none of absent, exists, value_equals, revision_is");
    };
  }

  private static Mutation encode(io.logfold.api.Mutation mutation) {
    Mutation.Builder wire = Mutation.newBuilder().setKey(WireBytes.encode(mutation.key()));
    switch (mutation) {
      case io.logfold.api.Mutation.Put put -> wire.setPut(WireBytes.encode(put.value()));
      case io.logfold.api.Mutation.Delete delete -> wire.setDelete(true);
    }
    return wire.build();
  }

  private static io.logfold.api.Mutation decode(Mutation mutation) {
    Bytes key = Limits.checkKey(WireBytes.decode(mutation.getKey()));
    return switch (mutation.getChangeCase()) {
      case PUT -> new io.logfold.api.Mutation.Put(key, WireBytes.decode(mutation.getPut()));
      case DELETE -> {
        refuseFalse(mutation.getDelete(), "mutation", "delete", key);
        yield new io.logfold.api.Mutation.Delete(key);
      }
      case CHANGE_NOT_SET -> throw new StoreException(ErrorCode.MISSING_VALUE,
          "mutation of " + key + " says neither put nor delete");
    };
  }

  private static void refuseFalse(boolean said, String what, String field, Bytes key) {
    if (!said) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          what + " on " + key + ": " + field + " must be true where it is set, got false");
    }
  }

  /** Empty for linearizable, the default: most requests then carry no such message. */
  private static Optional<Consistency> encode(io.logfold.api.Consistency consistency) {
    return switch (consistency) {
      case io.logfold.api.Consistency.Linearizable linearizable -> Optional.empty();
      case io.logfold.api.Consistency.Barrier barrier ->
          Optional.of(Consistency.newBuilder().setBarrier(true).build());
      case io.logfold.api.Consistency.ReadIndex readIndex ->
          Optional.of(Consistency.newBuilder().setReadIndex(true).build());
      case io.logfold.api.Consistency.AtLeast atLeast ->
          Optional.of(Consistency.newBuilder().setAtLeastRevision(atLeast.revision()).build());
      case io.logfold.api.Consistency.Stale stale ->
          Optional.of(Consistency.newBuilder().setStaleMs(millis(stale.maxAge())).build());
      case io.logfold.api.Consistency.AsOf asOf ->
          Optional.of(Consistency.newBuilder().setAsOf(WireMoments.encode(asOf.moment())).build());
    };
  }

  private static io.logfold.api.Consistency decode(Consistency consistency) {
    return switch (consistency.getLevelCase()) {
      case BARRIER -> consistency.getBarrier()
          ? io.logfold.api.Consistency.BARRIER : io.logfold.api.Consistency.LINEARIZABLE;
      case READ_INDEX -> consistency.getReadIndex()
          ? io.logfold.api.Consistency.READ_INDEX : io.logfold.api.Consistency.LINEARIZABLE;
      case AT_LEAST_REVISION -> new io.logfold.api.Consistency.AtLeast(consistency.getAtLeastRevision());
      case STALE_MS -> new io.logfold.api.Consistency.Stale(Duration.ofMillis(consistency.getStaleMs()));
      case AS_OF -> new io.logfold.api.Consistency.AsOf(WireMoments.decode(consistency.getAsOf()));
      case LINEARIZABLE, LEVEL_NOT_SET -> io.logfold.api.Consistency.LINEARIZABLE;
    };
  }

  /** Whole milliseconds, rounded down (the stricter side); ages beyond all bounds are cut. */
  private static long millis(Duration age) {
    return age.getSeconds() >= Long.MAX_VALUE / 1_000 ? Long.MAX_VALUE : age.toMillis();
  }
}
