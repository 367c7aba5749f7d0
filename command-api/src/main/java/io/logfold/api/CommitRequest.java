package io.logfold.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Every write there is: predicates that must hold and mutations that then happen, all or nothing, in one partition key,
 * with one revision. Set, SetIf, Delete and DeleteIf are commits of one mutation. Legal by construction.
 */
public record CommitRequest(
    Bytes partitionKey,
    List<Predicate> predicates,
    List<Mutation> mutations,
    RequestInfo request,
    Provenance provenance) {

  public CommitRequest {
    Limits.checkPartitionKey(partitionKey);
    predicates = List.copyOf(predicates);
    mutations = List.copyOf(mutations);
    if (mutations.isEmpty()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "a commit needs at least one mutation, got none");
    }
    Limits.checkCommit(predicates, mutations);
    if (mutations.size() > 1) {
      Set<Bytes> keys = new HashSet<>();
      for (Mutation mutation : mutations) {
        if (!keys.add(mutation.key())) {
          throw new StoreException(ErrorCode.INVALID_ARGUMENT,
              "a commit changes a key at most once, got " + mutation.key() + " twice");
        }
      }
    }
  }
}
