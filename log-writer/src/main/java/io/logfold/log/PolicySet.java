package io.logfold.log;

import io.logfold.api.Bytes;
import io.logfold.api.Policy;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The policies in force at a position of a partition's log. Immutable, and small: it is part of every checkpoint.
 *
 * <p>A change that would make it larger than its bounds changes nothing, whoever wrote it: leaders refuse it before it
 * is logged, and a fold that meets it all the same must come to the same state as every other.
 */
public final class PolicySet {
  public static final int MAX_POLICIES = 64;
  public static final int MAX_BYTES = 4 * 1024;

  public static final PolicySet NONE = new PolicySet(List.of());

  private final List<Policy> policies;

  private PolicySet(List<Policy> policies) {
    this.policies = policies;
  }

  /** @throws IllegalArgumentException where they are not in order of their names, or too many */
  public static PolicySet of(List<Policy> policies) {
    PolicySet set = policies.isEmpty() ? NONE : new PolicySet(List.copyOf(policies));
    for (int i = 1; i < policies.size(); i++) {
      if (policies.get(i - 1).name().compareTo(policies.get(i).name()) >= 0) {
        throw new IllegalArgumentException("policies are not in order: " + policies.get(i).name());
      }
    }
    if (!set.fits()) {
      throw new IllegalArgumentException("too many policies: " + policies.size() + ", " + set.bytes() + " bytes");
    }
    return set;
  }

  /** In order of their names. */
  public List<Policy> all() {
    return policies;
  }

  public Optional<Policy> named(String name) {
    return policies.stream().filter(policy -> policy.name().equals(name)).findFirst();
  }

  /** Behind the change; itself where nothing had to change, or where it would not fit. */
  public PolicySet with(PolicyChange change) {
    PolicySet changed = changed(change);
    return changed.equals(this) || !changed.fits() ? this : changed;
  }

  /** Why the change cannot be made, in words for people; empty: it can. */
  public Optional<String> refusal(PolicyChange change) {
    PolicySet changed = changed(change);
    return changed.fits() ? Optional.empty() : Optional.of("there can be " + MAX_POLICIES + " policies with " + MAX_BYTES
        + " bytes of names and prefixes in all; with \"" + change.name() + "\" it would be " + changed.policies.size()
        + " with " + changed.bytes() + "; remove one before, or use a shorter prefix");
  }

  /** What a write to this partition key lacks, with the names of the policies that demand it; empty: nothing. */
  public Optional<String> refusal(Bytes partitionKey, Provenance provenance) {
    if (policies.isEmpty()) {
      return Optional.empty();
    }
    List<String> demands = new ArrayList<>();
    boolean noPrincipal = provenance.principal().isBlank();
    boolean noReason = provenance.reason().isBlank();
    boolean principalMissing = false;
    boolean reasonMissing = false;
    for (Policy policy : policies) {
      boolean principal = noPrincipal && policy.requirePrincipal();
      boolean reason = noReason && policy.requireReason();
      if ((principal || reason) && policy.matches(partitionKey)) {
        demands.add("policy \"" + policy.name() + "\" requires " + missing(principal, reason));
        principalMissing |= principal;
        reasonMissing |= reason;
      }
    }
    return demands.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", demands)
        + " for this partition key; the write does not say " + (principalMissing && reasonMissing
            ? "who makes it, nor why" : principalMissing ? "who makes it" : "why it is made"));
  }

  private static String missing(boolean principal, boolean reason) {
    return principal && reason ? "a principal and a reason" : principal ? "a principal" : "a reason";
  }

  /** Whether values of this partition key are encrypted. */
  public boolean redactable(Bytes partitionKey) {
    for (Policy policy : policies) {
      if (policy.redactable() && policy.matches(partitionKey)) {
        return true;
      }
    }
    return false;
  }

  private PolicySet changed(PolicyChange change) {
    TreeMap<String, Policy> byName = new TreeMap<>();
    policies.forEach(policy -> byName.put(policy.name(), policy));
    switch (change) {
      case PolicyChange.Put put -> byName.put(put.name(), put.policy());
      case PolicyChange.Remove remove -> byName.remove(remove.name());
    }
    return byName.isEmpty() ? NONE : new PolicySet(List.copyOf(byName.values()));
  }

  private boolean fits() {
    return policies.size() <= MAX_POLICIES && bytes() <= MAX_BYTES;
  }

  private int bytes() {
    return policies.stream()
        .mapToInt(policy -> policy.name().getBytes(StandardCharsets.UTF_8).length + policy.partitionKeyPrefix().size()).sum();
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object other) {
    return other instanceof PolicySet set && set.policies.equals(policies);
  }

  @Override
  public int hashCode() {
    return policies.hashCode();
  }

  @Override
  public String toString() {
    return policies.toString();
  }
}
