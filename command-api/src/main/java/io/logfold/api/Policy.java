package io.logfold.api;

/**
 * What a store demands of writes to some of its partition keys, and does with their values. Policies are part of the log
 * and in force from their event's LSN; of several that match a partition key all count, and what they demand adds up.
 *
 * @param name what it is called, 1 to 40 of a-z, 0-9, _ and -
 * @param partitionKeyPrefix the partition keys that it is about: those that begin with it; empty: all
 * @param requirePrincipal whether a write must say who makes it
 * @param requireReason whether a write must say why
 * @param redactable whether values are encrypted, each under a key of its own, so that one can be made unreadable later
 */
public record Policy(String name, Bytes partitionKeyPrefix, boolean requirePrincipal, boolean requireReason,
    boolean redactable) {
  public Policy {
    Limits.checkPolicyName(name);
    Limits.checkPolicyPrefix(partitionKeyPrefix);
  }

  public boolean matches(Bytes partitionKey) {
    return partitionKey.startsWith(partitionKeyPrefix);
  }
}
